"""Base64url without padding (RFC 4648 §5, RFC 7515 §2) and digests at rest."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NewType

Digest = NewType("Digest", str)
"""SHA-256 of a secret, base64url: what the database may hold of it."""


def b64url(raw: bytes) -> str:
    """Encode without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64url(text: str) -> bytes:
    """Decode strictly: our alphabet only, no padding.

    Raises:
        ValueError: the text is not base64url.
    """
    if not text.isascii() or any(char in text for char in "=+/ \n\r\t"):
        raise ValueError("not base64url")
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def digest_of(secret: str | bytes) -> Digest:
    """Digest a secret of full entropy for storage; no slow hash is needed."""
    raw = secret.encode("utf-8") if isinstance(secret, str) else secret
    return Digest(b64url(hashlib.sha256(raw).digest()))
