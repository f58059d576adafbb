"""Who calls the MFA API: a person halfway through a sign-in, by their ``mfa_token``."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import InvalidGrant, InvalidRequest, MfaRequired, NoToken
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.login import factors, mfa_token
from gatelodge.login.mfa_token import MfaToken
from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindPerson, ListFactors
from gatelodge.model.settings import MfaFactor
from gatelodge.model.user import User
from gatelodge.oauth.direct import Asked
from gatelodge.oauth.subject import check_not_blocked

GONE = "Malformed mfa_token"


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A person halfway through a sign-in, and the factors they have."""

    token: MfaToken
    user: User
    held: tuple[Factor, ...]
    allowed: tuple[MfaFactor, ...]

    @property
    def usable(self) -> tuple[Factor, ...]:
        """What they can answer with."""
        return factors.usable(self.held, self.allowed)


async def by_header(house: House, exchange: Exchange) -> Holder:
    """The holder whose token is in ``Authorization``.

    Raises:
        NoToken: there is none.
        InvalidGrant, ExpiredToken: it is not good.
    """
    scheme, _, value = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise NoToken("No access token was sent", rule="RFC6750-3.1.none")
    token = mfa_token.unseal(value.strip(), house.sealer, house.clock.now())
    return await _holder(house, token)


async def by_params(house: House, calling: Calling) -> Holder:
    """The holder whose token is among the parameters of this client's call.

    Raises:
        InvalidRequest: there is none.
        InvalidGrant, ExpiredToken: it is not good, or another client's.
    """
    text = required(calling.params, "mfa_token")
    token = mfa_token.unseal(text, house.sealer, calling.witness.at)
    if token.client_id != calling.client.client_id:
        raise InvalidGrant(
            GONE, rule="Auth0-mfa-token-client", because="another client's token"
        )
    return await _holder(house, token)


def required(params: Mapping[str, str], name: str) -> str:
    """A parameter that has to be there.

    Raises:
        InvalidRequest: it is not.
    """
    if name not in params:
        raise InvalidRequest(
            f"Missing required parameter: {name}", rule="Auth0-mfa-parameters"
        )
    return params[name]


async def _holder(house: House, token: MfaToken) -> Holder:
    person = await house.store.read(FindPerson(user_id=token.user_id))
    if person is None:
        raise InvalidGrant(GONE, rule="Auth0-mfa-token", because="the person is gone")
    check_not_blocked(person)
    held = await house.store.read(ListFactors(user_id=token.user_id))
    allowed = house.snapshot.catalogue.settings.mfa.factors
    return Holder(token=token, user=person.user, held=held, allowed=allowed)


async def more(
    house: House,
    calling: Calling,
    user_id: str,
    wanted: Asked,
    amr: tuple[str, ...],
    refusal: MfaRequired,
) -> None:
    """Give ``mfa_required`` what the app needs to go on (contract 3.4)."""
    token = MfaToken(
        user_id=user_id,
        client_id=calling.client.client_id,
        audience=wanted.audience,
        scope=wanted.scope,
        amr=amr,
        issued_at=calling.witness.at,
        jti=b64url(house.entropy.draw(mfa_token.JTI_BYTES)),
    )
    held = await house.store.read(ListFactors(user_id=user_id))
    allowed = calling.snapshot.catalogue.settings.mfa.factors
    refusal.more = {
        "mfa_token": mfa_token.seal(
            token, house.sealer, house.entropy.draw(NONCE_BYTES)
        ),
        "mfa_requirements": factors.requirements(held, allowed),
    }
