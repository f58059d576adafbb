"""What a client must check before it believes who signed in (OIDC Core §3.1.3.7).

The signature is the guard's matter; here stand the claims. All times in the token are
seconds; a minute of leeway is given to clocks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadIdToken
from .kit import Kit
from .metadata import Provider
from .request import Request
from .signature import verify
from .steps import Flow, note
from .tokens import Issued

LEEWAY = 60
_LONGEST_SUBJECT = 255
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the claims are measured against; ``now`` in seconds."""

    issuer: str
    client_id: str
    now: float


def believe(
    kit: Kit, provider: Provider, *, issued: Issued, request: Request
) -> Flow[tuple[dict[str, Any], str]]:
    """Check the ID token of a fresh sign-in; its claims and itself.

    Raises ``BadIdToken``, ``Unreachable`` or ``BadAnswer``.
    """
    if issued.id_token is None:
        raise BadIdToken("The provider issued no ID token.")
    algorithm, claims = yield from verify(kit, provider, token=issued.id_token)
    check_claims(claims, _expected(kit, provider))
    check_nonce(claims, request.nonce)
    check_auth_time(claims, request.max_age, now=kit.clock() / 1000)
    check_organization(claims, request.organization)
    check_access_token(claims, issued.access_token, algorithm=algorithm)
    yield from note("ID token checked", algorithm=algorithm, issuer=provider.issuer)
    return claims, issued.id_token


def believe_renewed(
    kit: Kit, provider: Provider, *, issued: Issued, id_token: str, known: Claims
) -> Flow[dict[str, Any]]:
    """Check the ID token that came with a renewal (OIDC Core §12.2)."""
    algorithm, claims = yield from verify(kit, provider, token=id_token)
    check_claims(claims, _expected(kit, provider))
    check_same_person(claims, known)
    check_access_token(claims, issued.access_token, algorithm=algorithm)
    yield from note("ID token checked", algorithm=algorithm, issuer=provider.issuer)
    return claims


def check_claims(claims: Claims, expected: Expected) -> None:
    """Who says it, for whom, and when (OIDC Core §3.1.3.7, 2-5 and 9-10)."""
    if claims.get("iss") != expected.issuer:
        raise BadIdToken("The ID token comes from another issuer.")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise BadIdToken("The ID token names nobody.")
    _check_audience(claims, expected.client_id)
    if _moment(claims, "exp") + LEEWAY <= expected.now:
        raise BadIdToken("The ID token has ended.")
    if _moment(claims, "iat") - LEEWAY > expected.now:
        raise BadIdToken("The ID token comes from the future.")


def check_nonce(claims: Claims, nonce: str) -> None:
    """It answers this very request (OIDC Core §3.1.3.7, 11)."""
    given = claims.get("nonce")
    if not isinstance(given, str) or not _same(given, nonce):
        raise BadIdToken("The ID token answers another request.")


def check_auth_time(claims: Claims, max_age: int | None, *, now: float) -> None:
    """The person signed in recently enough, if that was asked (§3.1.3.7, 13)."""
    if max_age is not None and _moment(claims, "auth_time") + max_age + LEEWAY < now:
        raise BadIdToken("The person signed in longer ago than max_age allows.")


def check_organization(claims: Claims, asked: str | None) -> None:
    """The organization is the one that was asked for (Auth0's rule)."""
    if asked is None:
        return
    by_id = asked.startswith("org_")
    given = claims.get("org_id" if by_id else "org_name")
    if given != (asked if by_id else asked.lower()):
        raise BadIdToken("The ID token is for another organization.")


def check_access_token(claims: Claims, access_token: str, *, algorithm: str) -> None:
    """The access token belongs to it, where ``at_hash`` says so (§3.1.3.8)."""
    given = claims.get("at_hash")
    if given is None:
        return
    # Ed25519 hashes with SHA-512; the other accepted algorithms end in 256.
    hashed = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256
    digest = hashed(access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not isinstance(given, str) or not _same(given, half):
        raise BadIdToken("The access token does not belong to the ID token.")


def check_same_person(claims: Claims, known: Claims) -> None:
    """A renewal cannot change who is signed in, nor when (OIDC Core §12.2)."""
    if claims.get("sub") != known.get("sub") or claims.get("iss") != known.get("iss"):
        raise BadIdToken("The renewed ID token is about another person.")
    for name in ("auth_time", "nonce", "azp"):
        if name in claims and name in known and claims[name] != known[name]:
            raise BadIdToken(f"The renewed ID token has another {name}.")


def _check_audience(claims: Claims, client_id: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences:
        raise BadIdToken("The ID token is for another client.")
    if len(audiences) > 1 and "azp" not in claims:
        raise BadIdToken("The ID token is for several clients and does not say whose.")
    if "azp" in claims and claims["azp"] != client_id:
        raise BadIdToken("The ID token was issued to another client.")


def _expected(kit: Kit, provider: Provider) -> Expected:
    return Expected(
        issuer=provider.issuer,
        client_id=kit.settings.client_id,
        now=kit.clock() / 1000,
    )


def _moment(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadIdToken(f"The ID token's {name} is missing or not a number.")
    return value


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
