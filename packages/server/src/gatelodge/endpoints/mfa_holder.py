"""Who calls the MFA API: a person halfway through a sign-in, by their ``mfa_token``.

Or a person who is signed in, by an access token for the API; to set up or remove a
factor they have proven themselves within the last quarter of an hour, and by two
factors if they have a second one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import b64url
from gatelodge.base.errors import (
    InsufficientScope,
    InvalidGrant,
    InvalidRequest,
    InvalidToken,
    MfaRequired,
    NoToken,
)
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints.calling import Calling
from gatelodge.house import House
from gatelodge.login import factors, mfa_token, password_change
from gatelodge.login.mfa_token import MfaToken
from gatelodge.model.builtin import mfa_audience
from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindPerson, ListFactors, ListWays, Way
from gatelodge.model.settings import MfaFactor
from gatelodge.model.user import Person, User
from gatelodge.oauth import second_factor
from gatelodge.oauth.direct import Asked
from gatelodge.oauth.subject import check_alive
from gatelodge_guard import jws
from gatelodge_guard.claims import Claims
from gatelodge_guard.errors import Refusal as Refused
from gatelodge_guard.verify import Rules, read_claims

GONE: Final = "Malformed mfa_token"
ENROLL: Final = "enroll"
READ: Final = "read:authenticators"
REMOVE: Final = "remove:authenticators"
FRESH: Final = 15 * MINUTE
_SAYS: Final = "The access token is not valid here"


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A person halfway through a sign-in, or signed in, and the factors they have."""

    token: MfaToken
    user: User
    held: tuple[Factor, ...]
    allowed: tuple[MfaFactor, ...]
    signed_in: bool = False

    @property
    def usable(self) -> tuple[Factor, ...]:
        """What they can answer with."""
        return factors.usable(self.held, self.allowed)


async def by_header(house: House, exchange: Exchange, scope: str) -> Holder:
    """The holder whose token is in ``Authorization``.

    ``scope`` is what an access token has to have; an ``mfa_token`` may do what one
    halfway needs to.

    Raises:
        NoToken: there is none.
        InvalidGrant, ExpiredToken: it is no good ``mfa_token``.
        InvalidToken, InsufficientScope: it is no good access token for this.
    """
    scheme, _, value = exchange.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise NoToken("No access token was sent", rule="RFC6750-3.1.none")
    return await _by_token(house, exchange, value.strip(), scope)


async def by_params(house: House, calling: Calling) -> Holder:
    """The holder whose token is among the parameters of this client's call.

    Raises:
        InvalidRequest: there is none.
        InvalidGrant, ExpiredToken: it is not good, or another client's.
    """
    text = required(calling.params, "mfa_token")
    holder = await _by_token(house, calling.exchange, text, ENROLL)
    if holder.token.client_id != calling.client.client_id:
        raise InvalidGrant(
            GONE, rule="Auth0-mfa-token-client", because="another client's token"
        )
    return holder


async def _by_token(house: House, exchange: Exchange, text: str, scope: str) -> Holder:
    if "." in text:  # a JWT; an ``mfa_token`` has no dot
        return await _by_access_token(house, exchange, text, scope)
    token = mfa_token.unseal(text, house.sealer, house.clock.now())
    return await _holder(house, token)


async def _by_access_token(
    house: House, exchange: Exchange, text: str, scope: str
) -> Holder:
    claims = _claims(house, exchange, text, scope)
    token = MfaToken(
        user_id=claims.sub,
        client_id=claims.client_id,
        audience=mfa_audience(exchange.issuer),
        scope=" ".join(claims.scopes),
        amr=(),
        issued_at=second_factor.proven_at(claims.payload.get("auth_time")),
        jti=str(claims.payload.get("jti")),
    )
    try:
        holder = await _holder(house, token, signed_in=True)
    except InvalidGrant as error:
        raise InvalidToken(_SAYS, rule=error.rule, because=error.because) from error
    acr = claims.payload.get("acr")
    if scope != READ and not second_factor.proven_enough(holder.user, acr):
        raise _insufficient(
            "A multi-factor authentication is required",
            f'acr_values="{second_factor.ACR}"',
            rule="House-mfa-two-factors",
        )
    return holder


def _claims(house: House, exchange: Exchange, text: str, scope: str) -> Claims:
    """What an access token for the MFA API says, if it is good (RFC 9068 §4)."""
    audience, now = mfa_audience(exchange.issuer), house.clock.now()
    try:
        verified = jws.verify(text, house.snapshot.keyring.public_keys)
        rules = Rules(issuer=exchange.issuer, audience=audience, strict=True)
        claims = read_claims(verified, rules, now=now)
    except Refused as error:
        raise InvalidToken(_SAYS, rule=error.rule, because=str(error)) from error
    if scope not in claims.scopes:
        raise insufficient(scope)
    at = claims.payload.get("auth_time")
    if scope != READ and not (isinstance(at, int) and now - at * 1000 <= FRESH):
        raise _insufficient(
            "A recent authentication is required",
            f"max_age={FRESH // 1000}",
            rule="House-mfa-recent",
        )
    return claims


def _insufficient(says: str, wanted: str, *, rule: str) -> InsufficientScope:
    """The person has to prove more, or once more (RFC 9470 §3)."""
    challenge = f'Bearer error="insufficient_user_authentication", {wanted}'
    return InsufficientScope(says, rule=rule, headers={"WWW-Authenticate": challenge})


def insufficient(scope: str) -> InsufficientScope:
    """The token may not do this; the challenge says what could (RFC 6750 §3.1)."""
    challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
    return InsufficientScope(
        f"Insufficient scope; expected: {scope}",
        rule="RFC6750-3.1.scope",
        headers={"WWW-Authenticate": challenge},
    )


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


async def _holder(house: House, token: MfaToken, *, signed_in: bool = False) -> Holder:
    person = await house.store.read(FindPerson(user_id=token.user_id))
    ways = await house.store.read(ListWays(user_id=token.user_id))
    person = _alive(house, token, person, ways)
    held = await house.store.read(ListFactors(user_id=token.user_id))
    allowed = factors.beside(house.snapshot.catalogue.settings.mfa.factors, token.amr)
    return Holder(
        token=token,
        user=person.user,
        held=held,
        allowed=allowed,
        signed_in=signed_in,
    )


def _alive(
    house: House, token: MfaToken, person: Person | None, ways: tuple[Way, ...]
) -> Person:
    """Somebody who could still sign in at this client, as when the token was given.

    A new password ends what was begun with the old one.

    Raises:
        ProtocolRefusal: they could not, or have another password since.
    """
    catalogue = house.snapshot.catalogue
    client = catalogue.clients.get(token.client_id)
    if client is None or password_change.since(ways, token.issued_at):
        raise InvalidGrant(
            GONE,
            rule="House-mfa-alive",
            because="the app is gone, or the password is another one since",
        )
    return check_alive(person, client, catalogue, says=GONE)


async def more(
    house: House,
    calling: Calling,
    user_id: str,
    wanted: Asked,
    amr: tuple[str, ...],
    refusal: MfaRequired,
    *,
    joining: str | None = None,
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
        joining=joining,
    )
    held = await house.store.read(ListFactors(user_id=user_id))
    allowed = factors.beside(calling.snapshot.catalogue.settings.mfa.factors, amr)
    refusal.more = {
        "mfa_token": mfa_token.seal(
            token, house.sealer, house.entropy.draw(NONCE_BYTES)
        ),
        "mfa_requirements": factors.requirements(held, allowed),
    }
