"""Normal forms of what people type: e-mail addresses, user names, passwords."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_EMAIL: Final = re.compile(
    r"[^\s@\"(),:;<>\[\]\\]{1,64}@"
    r"[A-Za-z0-9\u00a1-\U0010ffff]([A-Za-z0-9.\u00a1-\U0010ffff-]{0,251}"
    r"[A-Za-z0-9\u00a1-\U0010ffff])?"
)
_LONGEST_EMAIL: Final = 254
LONGEST_PASSWORD: Final = 1024
_UNSPEAKABLE: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


def email_key(typed: str) -> str:
    """The form under which an e-mail address is stored and looked up.

    NFKC, trimmed, lower case: two spellings of one address are one account. A key is
    its own key.
    """
    lowered = unicodedata.normalize("NFKC", typed).lower()
    return unicodedata.normalize("NFKC", lowered).strip()


def is_email(key: str) -> bool:
    """Whether ``key`` (from ``email_key``) can be an address (RFC 5321 §4.5.3.1)."""
    if len(key) > _LONGEST_EMAIL or ".." in key or key.startswith("."):
        return False
    return key.isprintable() and _EMAIL.fullmatch(key) is not None


def password_text(typed: str) -> str:
    """NFC, so that one password typed on two keyboards is one (RFC 8265 §4.2.2)."""
    return unicodedata.normalize("NFC", typed)


def password_too_long(typed: str) -> bool:
    """More bytes than are ever hashed (security defaults 27)."""
    raw = password_text(typed).encode("utf-8", "surrogatepass")
    return len(raw) > LONGEST_PASSWORD


def printable(text: str, limit: int) -> str:
    """Cut to ``limit`` characters and drop control characters: for logs and mail."""
    return "".join(char for char in text if char.isprintable())[:limit]


def echo(text: str, limit: int) -> str:
    """What a caller sent, fit for an ``error_description`` (RFC 6749 §5.2)."""
    return _UNSPEAKABLE.sub("?", text[:limit])
