"""What an API demands of an access token (RFC 9068 §4, RFC 8725 §3, RFC 7519 §4).

Two forms are known. RFC 9068 marks its tokens ``at+jwt``. Auth0's dialect says ``JWT``,
as an ID token does, so there the claims must show that this is no ID token: it is
meant for this API, it names the client apart from the audience, and it carries
nothing that only an ID token or a logout token has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from .claims import Claims
from .errors import ExpiredToken, ForbiddenHeader, Mistake, WrongClaim
from .jws import Verified

MAX_LEEWAY = 60
"""Seconds that clocks may differ by at most."""

_NOT_OF_ACCESS_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash", "events")
_REQUIRED_BY_RFC9068 = ("client_id", "iat", "jti")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What this API accepts.

    ``issuer`` and ``audience`` are compared as exact strings, a trailing slash
    included. ``strict`` accepts only the RFC 9068 form. ``leeway`` is in seconds.
    Raises ``Mistake`` for values that would accept too much.
    """

    issuer: str
    audience: str
    strict: bool = False
    leeway: int = 30

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise Mistake("issuer and audience must be given")
        if not 0 <= self.leeway <= MAX_LEEWAY:
            raise Mistake(f"leeway must be between 0 and {MAX_LEEWAY} seconds")


def read_claims(token: Verified, rules: Rules, *, now: int) -> Claims:
    """Accept a token whose signature holds, or refuse it (RFC 9068 §4).

    ``now`` is in milliseconds since 1970. Raises subtypes of ``InvalidToken``.
    """
    says = token.payload
    is_marked = _check_type(token.header, strict=rules.strict)
    _check_issuer(says, rules.issuer)
    audience = _check_audience(says, rules.audience)
    expires_at = check_times(says, now=now, leeway=rules.leeway)
    client_id = _client(says)
    if rules.strict:
        _check_complete(says)
    if not is_marked:
        _check_is_no_id_token(says, client_id, audience)
    return Claims(
        sub=_text(says, "sub"),
        client_id=client_id,
        issuer=rules.issuer,
        audience=audience,
        expires_at=expires_at,
        scopes=_scopes(says),
        permissions=_permissions(says),
        payload=says,
    )


def check_times(says: Mapping[str, Any], *, now: int, leeway: int) -> int:
    """Check ``exp`` (required), ``nbf`` and ``iat``; return the expiry in milliseconds.

    ``now`` is in milliseconds, ``leeway`` in seconds (RFC 7519 §4.1.4-4.1.6).
    """
    expires_at = _instant(says, "exp")
    if expires_at is None:
        raise WrongClaim("The token has no exp", claim="exp", rule="RFC9068-4.exp")
    if now >= expires_at + leeway * 1000:
        raise ExpiredToken("The token has expired", rule="RFC9068-4.exp")
    for name, rule in (("nbf", "RFC7519-4.1.5"), ("iat", "RFC7519-4.1.6")):
        begins = _instant(says, name)
        if begins is not None and now + leeway * 1000 < begins:
            raise WrongClaim("The token is not valid yet", claim=name, rule=rule)
    return expires_at


def _check_type(header: Mapping[str, Any], *, strict: bool) -> bool:
    """Is the token marked as an access token? Other kinds end here (RFC 8725 §3.11)."""
    typ = header.get("typ", "JWT")
    kind = typ.lower().removeprefix("application/") if isinstance(typ, str) else ""
    if kind == "at+jwt":
        return True
    if strict or kind != "jwt":
        raise ForbiddenHeader("The token is not an access token", rule="RFC9068-4.typ")
    return False


def _check_issuer(says: Mapping[str, Any], issuer: str) -> None:
    """The issuer is one exact string (RFC 9068 §4)."""
    said = says.get("iss")
    if said != issuer:
        raise WrongClaim(
            "The token is from another issuer",
            claim="iss",
            rule="RFC9068-4.iss",
            because=f"iss {said!r}, expected {issuer!r}",
        )


def _check_audience(says: Mapping[str, Any], audience: str) -> tuple[str, ...]:
    """The token is meant for this API (RFC 9068 §4, RFC 7519 §4.1.3)."""
    said = says.get("aud")
    named = [said] if isinstance(said, str) else said
    if not _is_list_of_text(named):
        raise WrongClaim("The token has no aud", claim="aud", rule="RFC9068-4.aud")
    if audience not in named:
        raise WrongClaim(
            "The token is for another API",
            claim="aud",
            rule="RFC9068-4.aud",
            because=f"aud {named!r}, expected {audience!r}",
        )
    return tuple(named)


def _check_complete(says: Mapping[str, Any]) -> None:
    """RFC 9068 §2.2 lists what a token of its form always carries."""
    for name in _REQUIRED_BY_RFC9068:
        if says.get(name) in (None, ""):
            raise WrongClaim(f"The token has no {name}", claim=name, rule="RFC9068-2.2")


def _check_is_no_id_token(
    says: Mapping[str, Any], client_id: str, audience: tuple[str, ...]
) -> None:
    """An ID token is written for the client, an access token never (RFC 8725 §3.12)."""
    found = [name for name in _NOT_OF_ACCESS_TOKENS if name in says]
    if found or client_id in audience:
        raise WrongClaim(
            "The token is not an access token",
            claim=found[0] if found else "aud",
            rule="RFC8725-3.12",
        )


def _client(says: Mapping[str, Any]) -> str:
    """RFC 9068 says ``client_id``, Auth0's dialect ``azp``."""
    return _text(says, "client_id" if "client_id" in says else "azp")


def _text(says: Mapping[str, Any], name: str) -> str:
    value = says.get(name)
    if not isinstance(value, str) or not value:
        raise WrongClaim(f"The token has no {name}", claim=name, rule="RFC9068-2.2")
    return value


def _instant(says: Mapping[str, Any], name: str) -> int | None:
    """Read a NumericDate as milliseconds; ``true`` and infinity are none."""
    value = says.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongClaim(f"{name} is not a number", claim=name, rule="RFC7519-2")
    try:
        return int(value * 1000)
    except (OverflowError, ValueError):  # larger than any float; not a number
        raise WrongClaim(
            f"{name} is not a number", claim=name, rule="RFC7519-2"
        ) from None


def _scopes(says: Mapping[str, Any]) -> frozenset[str]:
    """Scopes are one string, parted by spaces (RFC 8693 §4.2)."""
    scope = says.get("scope", "")
    if not isinstance(scope, str):
        raise WrongClaim("scope is not a string", claim="scope", rule="RFC9068-2.2.3")
    return frozenset(scope.split())


def _permissions(says: Mapping[str, Any]) -> frozenset[str]:
    """Permissions are an array of strings, as Auth0's dialect writes them."""
    granted = says.get("permissions", [])
    if not _is_list_of_text(granted):
        raise WrongClaim(
            "permissions is not an array of strings",
            claim="permissions",
            rule="RFC9068-2.2.3",
        )
    return frozenset(granted)


def _is_list_of_text(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
