"""Identifiers shaped as Auth0's tools expect them, made from random bytes."""

from __future__ import annotations

import string
from typing import Final

_ALPHABET: Final = string.ascii_letters + string.digits
_LETTERS: Final = 62
CLIENT_ID_BYTES: Final = 48
ENTITY_ID_BYTES: Final = 24
USER_ID_BYTES: Final = 12


def alphanumeric(raw: bytes, length: int) -> str:
    """Spell random bytes with letters and digits, ``length`` characters.

    Draw at least 1.5 bytes a character so that the bias stays negligible.
    """
    number = int.from_bytes(raw, "big")
    chars: list[str] = []
    for _ in range(length):
        number, index = divmod(number, _LETTERS)
        chars.append(_ALPHABET[index])
    return "".join(chars)


def client_id(raw: bytes) -> str:
    """32 letters and digits from ``CLIENT_ID_BYTES`` bytes."""
    return alphanumeric(raw, 32)


def entity_id(prefix: str, raw: bytes) -> str:
    """``con_``, ``rol_``, ``cgr_`` and 16 letters or digits."""
    return f"{prefix}_{alphanumeric(raw, 16)}"


def user_id(provider: str, raw: bytes) -> str:
    """``auth0|`` and 24 hexadecimal digits from ``USER_ID_BYTES`` bytes."""
    return f"{provider}|{raw.hex()}"


def log_id(at: int, raw: bytes) -> str:
    """Time-ordered id of a log line: milliseconds first, then randomness."""
    return f"{at:013d}{raw.hex()}"
