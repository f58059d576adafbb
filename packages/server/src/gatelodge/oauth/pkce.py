"""Proof key for code exchange, S256 only (RFC 7636, RFC 9700 §2.1.1)."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import InvalidGrant, InvalidRequest

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 §4.2)."""
    return b64url(hashlib.sha256(verifier.encode("ascii")).digest())


def check_challenge(
    challenge: str | None, method: str | None, *, required: bool
) -> str | None:
    """Take the challenge of an authorization request (RFC 7636 §4.3).

    ``plain`` does not exist here: it protects nothing once the request is seen.

    Raises:
        InvalidRequest: missing though required, malformed, or not S256.
    """
    if challenge is None:
        if required or method is not None:
            raise InvalidRequest(
                "Parameter 'code_challenge' is required", rule="RFC7636-4.4.1"
            )
        return None
    if method != "S256":
        raise InvalidRequest(
            "Parameter 'code_challenge_method' must be 'S256'", rule="RFC7636-4.2"
        )
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest(
            "Parameter 'code_challenge' must be 43 base64url characters",
            rule="RFC7636-4.3",
        )
    return challenge


def check_verifier(verifier: str | None, challenge: str | None) -> None:
    """Only the app that asked may redeem the code (RFC 7636 §4.6).

    A verifier without a challenge is refused too: it would mean that somebody
    stripped the challenge from the request (RFC 9700 §4.8.2).

    Raises:
        InvalidRequest: the verifier is missing or malformed.
        InvalidGrant: it does not fit.
    """
    if challenge is None:
        if verifier is not None:
            raise InvalidGrant("Failed to verify code verifier", rule="RFC9700-4.8.2")
        return
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise InvalidRequest(
            "Parameter 'code_verifier' is missing or malformed", rule="RFC7636-4.5"
        )
    if not hmac.compare_digest(challenge_of(verifier), challenge):
        raise InvalidGrant("Failed to verify code verifier", rule="RFC7636-4.6")
