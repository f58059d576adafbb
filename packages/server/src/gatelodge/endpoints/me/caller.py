"""Who calls My Account, and whether their token is good for this (contract 2.3, 3.9).

The token is checked by the guard that protects any API. What adds or removes a way to
sign in wants a proof of the last quarter of an hour, and by two factors from somebody
who has a second one (RFC 9470).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import AccountRefusal, Refusal
from gatelodge.base.exchange import NO_STORE, Exchange, Json
from gatelodge.endpoints.calling import json_body
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House, Snapshot
from gatelodge.login import password_change
from gatelodge.login.factor_change import FAILED
from gatelodge.model.builtin import audience_of
from gatelodge.model.reads import FindBearer, ListWays
from gatelodge.model.user import Person, User
from gatelodge.oauth import second_factor
from gatelodge.oauth.subject import usable
from gatelodge_guard import bearer, jws
from gatelodge_guard.claims import Claims
from gatelodge_guard.errors import NoCredentials
from gatelodge_guard.errors import Refusal as Refused
from gatelodge_guard.verify import Rules, read_claims

FRESH: Final = 15 * MINUTE
_SAYS: Final = "The access token is not valid here"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """A person whose app calls."""

    snapshot: Snapshot
    person: Person
    client_id: str

    @property
    def user(self) -> User:
        """Whose account it is."""
        return self.person.user


async def caller(
    house: House, exchange: Exchange, scope: str, *, recent: bool = False
) -> Caller:
    """Check the token for ``scope``.

    Raises:
        AccountRefusal: no good token, not this scope, or proven too long ago or by too
            little.
    """
    claims = _claims(house, exchange)
    snapshot = house.snapshot
    bundle = await house.store.read(FindBearer(user_id=claims.sub))
    client = snapshot.catalogue.clients.get(claims.client_id)
    gone = bundle is None or client is None
    if bundle is None or client is None or not _alive(bundle.person):
        because = "person or client gone" if gone else "person blocked or leaving"
        raise unauthorized(_SAYS, rule="House-me-alive", because=because)
    if not usable(bundle.person, client, snapshot.catalogue):
        raise unauthorized(_SAYS, rule="House-me-alive", because="connection closed")
    if scope not in claims.scopes:
        raise _forbidden(
            f"Insufficient scope; expected: {scope}",
            rule="RFC6750-3.1.scope",
            challenge=f'error="insufficient_scope", scope="{scope}"',
        )
    if recent:
        _check_proof(claims, bundle.person.user, house.clock.now())
        await _check_password(house, claims)
    return Caller(snapshot=snapshot, person=bundle.person, client_id=claims.client_id)


def _check_proof(claims: Claims, user: User, now: int) -> None:
    """Recent, and by two factors where there are two (RFC 9470 §3)."""
    short = 'error="insufficient_user_authentication"'
    if not _recent(claims, now):
        raise _forbidden(
            "A recent authentication is required",
            rule="House-me-recent",
            challenge=f'{short}, max_age="{FRESH // 1000}"',
        )
    if not second_factor.proven_enough(user, claims.payload.get("acr")):
        raise _forbidden(
            "A multi-factor authentication is required",
            rule="House-me-two-factors",
            challenge=f'{short}, acr_values="{second_factor.ACR}"',
        )


async def _check_password(house: House, claims: Claims) -> None:
    """A new password ends what was proven with the one before."""
    ways = await house.store.read(ListWays(user_id=claims.sub))
    proven_at = second_factor.proven_at(claims.payload.get("auth_time"))
    if password_change.since(ways, proven_at):
        raise unauthorized(
            _SAYS, rule="House-me-alive", because="another password since"
        )


def _claims(house: House, exchange: Exchange) -> Claims:
    sent = exchange.headers.get("authorization")
    try:
        token = bearer.read((sent,) if sent else (), query=exchange.query)
        rules = Rules(
            issuer=exchange.issuer, audience=audience_of(exchange.issuer), strict=True
        )
        verified = jws.verify(token, house.snapshot.keyring.public_keys)
        return read_claims(verified, rules, now=house.clock.now())
    except NoCredentials as error:
        raise unauthorized(error.says, rule="RFC6750-3.1.none", bare=True) from error
    except Refused as error:
        raise unauthorized(_SAYS, rule=error.rule, because=str(error)) from error


def body_of(exchange: Exchange) -> dict[str, Any]:
    """The JSON object that was sent.

    Raises:
        AccountRefusal: another media type, or no object.
    """
    media_type = exchange.headers.get("content-type", "").partition(";")[0].strip()
    if media_type.lower() != "application/json":
        raise problem("Send application/json", rule="Auth0-me-body", status=415)
    try:
        found = json_body(exchange)
    except Refusal as error:
        raise problem(error.says, rule="Auth0-me-body") from error
    if not isinstance(found, dict):
        raise problem("Send a JSON object", rule="Auth0-me-body")
    return found


def text_of(body: Mapping[str, Any], name: str) -> str:
    """A member that has to be text.

    Raises:
        AccountRefusal: it is missing, or something else.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise problem(
            f"'{name}' must be a text that is not empty", rule="Auth0-me-body"
        )
    return value


def only(body: Mapping[str, Any], *names: str) -> None:
    """Nothing else may be sent.

    Raises:
        AccountRefusal: a member we do not know.
    """
    unknown = sorted(body.keys() - set(names))
    if unknown:
        raise problem("Members that are not known were sent", rule="Auth0-me-body")


def answer(body: object, *, status: int = 200, location: str | None = None) -> Json:
    """A success."""
    headers = {**NO_STORE, **({"Location": location} if location else {})}
    return Json(body=body, status=status, headers=headers)


def last_part(exchange: Exchange, *, of: int = 1) -> str:
    """What the path names: its last segment, or the ``of``-th from the end."""
    return exchange.path.split("/")[-of]


async def failed(
    house: House, exchange: Exchange, who: Caller, refusal: AccountRefusal
) -> NoReturn:
    """What was refused to somebody we know is told to the operator too.

    Raises:
        AccountRefusal: the same one.
    """
    line = witness(house, exchange).line(
        FAILED,
        client_id=who.client_id,
        user_id=who.user.user_id,
        description=refusal.because,
        rule=refusal.rule,
    )
    refusal.writes = (*refusal.writes, line)
    raise refusal


def problem(
    says: str, *, rule: str, status: int = 400, because: str | None = None
) -> AccountRefusal:
    """A refusal without a page of its own."""
    return AccountRefusal(
        says, text_id="error.unexpected", rule=rule, status=status, because=because
    )


def not_offered() -> AccountRefusal:
    """A way to sign in that cannot be set up here, or not by this person."""
    return problem(
        "This type of authentication method cannot be set up here",
        rule="Auth0-me-type",
    )


def unauthorized(
    says: str, *, rule: str, because: str | None = None, bare: bool = False
) -> AccountRefusal:
    """401 with a challenge (RFC 6750 §3); ``bare`` where no token was sent."""
    refusal = problem(says, rule=rule, status=401, because=because)
    error = "" if bare else f' error="invalid_token", error_description="{says}"'
    refusal.headers = {"WWW-Authenticate": f"Bearer{error}"}
    return refusal


def _forbidden(says: str, *, rule: str, challenge: str) -> AccountRefusal:
    refusal = problem(says, rule=rule, status=403)
    refusal.headers = {"WWW-Authenticate": f"Bearer {challenge}"}
    return refusal


def _alive(person: Person) -> bool:
    return person.user.blocked_at is None and person.user.leaving_at is None


def _recent(claims: Claims, now: int) -> bool:
    at: Sequence[object] | object = claims.payload.get("auth_time")
    return isinstance(at, int) and now - at * 1000 <= FRESH
