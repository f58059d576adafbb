"""Sealing: what we must read again, and nobody else may (AES-256-GCM, NIST SP 800-38D).

A sealed value is ``version ‖ key id ‖ nonce ‖ ciphertext ‖ tag``. The purpose is
bound in as associated data, so a value sealed for one use opens for no other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatelodge.base.encoding import b64url, unb64url

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_HEAD: Final = 1 + _KEY_ID_BYTES + NONCE_BYTES


class SealBroken(Exception):
    """The value was not sealed by us, for this purpose, with a key we still hold."""


def key_id(key: bytes) -> bytes:
    """Name a master key without telling it."""
    return hashlib.sha256(b"gatelodge key id\x00" + key).digest()[:_KEY_ID_BYTES]


def derive(key: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose (HMAC-SHA-256 as a PRF)."""
    return hmac.digest(key, b"gatelodge\x00" + purpose.encode(), "sha256")


class Sealer:
    """Seals with the first master key, opens with any of them (key rotation)."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError("a master key is 32 bytes")
        self._first = key_id(keys[0])
        self._ciphers: Mapping[bytes, AESGCM] = {
            key_id(key): AESGCM(derive(key, "seal")) for key in reversed(keys)
        }
        self._keys = keys

    def seal(self, plain: bytes, *, purpose: str, nonce: bytes) -> bytes:
        """Seal ``plain`` for ``purpose``; ``nonce`` is 12 fresh random bytes."""
        cipher = self._ciphers[self._first]
        body = cipher.encrypt(nonce, plain, purpose.encode())
        return _VERSION + self._first + nonce + body

    def unseal(self, sealed: bytes, *, purpose: str) -> bytes:
        """Open a value sealed for ``purpose``.

        Raises:
            SealBroken: forged, for another purpose, or by a key no longer held.
        """
        cipher = self._ciphers.get(sealed[1 : 1 + _KEY_ID_BYTES])
        if sealed[:1] != _VERSION or cipher is None or len(sealed) < _HEAD:
            raise SealBroken
        try:
            nonce = sealed[1 + _KEY_ID_BYTES : _HEAD]
            return cipher.decrypt(nonce, sealed[_HEAD:], purpose.encode())
        except InvalidTag as error:
            raise SealBroken from error

    def seal_text(self, plain: bytes, *, purpose: str, nonce: bytes) -> str:
        """Seal for a URL or a form field."""
        return b64url(self.seal(plain, purpose=purpose, nonce=nonce))

    def unseal_text(self, text: str, *, purpose: str) -> bytes:
        """Open what ``seal_text`` made.

        Raises:
            SealBroken: as ``unseal``, or the text is not base64url.
        """
        try:
            return self.unseal(unb64url(text), purpose=purpose)
        except ValueError as error:
            raise SealBroken from error

    def mac_keys(self, purpose: str) -> tuple[bytes, ...]:
        """HMAC keys for ``purpose``, the one to use first, then the older ones."""
        return tuple(derive(key, purpose) for key in self._keys)
