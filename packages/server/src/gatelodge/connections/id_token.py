"""What an ID token of another party must say (OIDC Core §3.1.3.7).

The signature has been checked against that party's keys; here stand the claims.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Any, Final

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections.provider import Party

LEEWAY: Final = 60
_PLACE: Final = re.compile(r"\{(\w+)\}")


def check(
    claims: Mapping[str, Any], party: Party, *, issuer: str, nonce: str, now: int
) -> None:
    """Who says it, to whom, when, and in answer to what; ``now`` in milliseconds.

    Raises:
        UpstreamRefusal: it must not be believed.
    """
    _refuse(
        _issuer(claims, party, issuer)
        or _audience(claims, party.upstream.client_id)
        or _times(claims, now // 1000)
        or _nonce(claims, nonce)
    )


def check_for_apps(
    claims: Mapping[str, Any],
    party: Party,
    *,
    issuer: str,
    nonce: str | None,
    apps: tuple[str, ...],
    now: int,
) -> None:
    """One that an app brings: for one of ``apps``, by the party's names of them.

    Who asked for it (``azp``) may be another app of the same maker: Google's tokens for
    our server name the app there. ``nonce``: only where the app says that it sent one.

    Raises:
        UpstreamRefusal: it must not be believed.
    """
    audience = claims.get("aud")
    _refuse(
        _issuer(claims, party, issuer)
        or (None if audience in apps else "for none of our apps")
        or _times(claims, now // 1000)
        or (None if nonce is None else _nonce(claims, nonce))
    )


def _refuse(problem: str | None) -> None:
    if problem:
        raise UpstreamRefusal(
            "error.upstream_failed", rule="OIDC-3.1.3.7", because=problem
        )


def _issuer(claims: Mapping[str, Any], party: Party, issuer: str) -> str | None:
    """Exactly the issuer that was asked; a provider of many tenants has a pattern."""
    said = claims.get("iss")
    own = party.upstream.issuer
    allowed = (own,) if own else party.provider.issuers or (issuer,)
    if not any(said == _filled(pattern, claims) for pattern in allowed):
        return "another issuer"
    return None


def _filled(pattern: str, claims: Mapping[str, Any]) -> str:
    return _PLACE.sub(lambda place: str(claims.get(place[1], "")), pattern)


def _audience(claims: Mapping[str, Any], client_id: str) -> str | None:
    said = claims.get("aud")
    audiences = said if isinstance(said, list) else [said]
    if client_id not in audiences:
        return "for another client"
    if len(audiences) > 1 and "azp" not in claims:
        return "for several clients, and it does not say whose"
    if claims.get("azp", client_id) != client_id:
        return "issued to another client"
    return None


def _times(claims: Mapping[str, Any], now: int) -> str | None:
    for name in ("exp", "iat"):
        value = claims.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{name} is missing or not a number"
    if claims["exp"] + LEEWAY <= now:
        return "it has ended"
    if claims["iat"] - LEEWAY > now:
        return "it comes from the future"
    return None


def _nonce(claims: Mapping[str, Any], nonce: str) -> str | None:
    said = claims.get("nonce")
    if not isinstance(said, str):
        return "no nonce"
    fits = hmac.compare_digest(said.encode("utf-8", "replace"), nonce.encode())
    return None if fits else "it answers another request"
