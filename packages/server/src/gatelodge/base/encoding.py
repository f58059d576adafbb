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
    """Decode strictly: our alphabet only, no padding, one spelling for each value.

    Raises:
        ValueError: the text is not base64url.
    """
    if not text.isascii() or any(char in text for char in "=+/ \n\r\t"):
        raise ValueError("not base64url")
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
    if b64url(raw) != text:  # the last letter has bits to spare
        raise ValueError("not base64url")
    return raw


def digest_of(secret: str | bytes) -> Digest:
    """Digest a secret of full entropy for storage; no slow hash is needed."""
    # Half a surrogate pair cannot be stored, but it can be digested: no match, no 500.
    raw = secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
    return Digest(b64url(hashlib.sha256(raw).digest()))
