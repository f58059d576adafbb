"""Which language a page speaks, and its catalogue (RFC 4647 §3.4, RFC 9110 §12.5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

FALLBACK: Final = "en"
_LONGEST: Final = 1_000
_RANGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_QUALITY: Final = re.compile(r"[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_SCRIPT: Final = re.compile(r"[a-z]{4}")
_RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
)
_RIGHT_TO_LEFT_SCRIPTS: Final = frozenset(
    {"adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa"}
)


def choose(
    ui_locales: str | None, accept_language: str | None, enabled: Sequence[str]
) -> str:
    """The language to speak: what the app asked for, then the browser, then the first.

    Each wish is shortened from the end until an enabled language has that name
    (RFC 4647 §3.4). Whatever cannot be read is passed over; nothing is ever refused.
    """
    known = {name.lower(): name for name in enabled}
    for wish in (*_asked(ui_locales or ""), *_accepted(accept_language or "")):
        for shorter in _shortened(wish):
            if shorter in known:
                return known[shorter]
    return enabled[0] if enabled else FALLBACK


def direction(locale: str) -> str:
    """``rtl`` or ``ltr``, for the ``dir`` attribute."""
    language, *rest = locale.lower().replace("_", "-").split("-")
    scripts = [part for part in rest if _SCRIPT.fullmatch(part)]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


def _asked(ui_locales: str) -> Iterator[str]:
    """Space separated, best first (OpenID Connect Core §3.1.2.1)."""
    for word in ui_locales[:_LONGEST].split():
        if _RANGE.fullmatch(word):
            yield word.lower()


def _accepted(header: str) -> list[str]:
    """The ranges of Accept-Language, best quality first; ``*`` and q=0 are no wish."""
    found = [_weighed(part) for part in header[:_LONGEST].split(",")]
    wishes = [(quality, name) for quality, name in found if quality > 0]
    return [name for _, name in sorted(wishes, key=lambda wish: -wish[0])]


def _weighed(part: str) -> tuple[float, str]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    if not _RANGE.fullmatch(name):
        return 0.0, ""
    if not parameters:
        return 1.0, name.lower()
    quality = _QUALITY.fullmatch(parameters[0])
    return (float(quality[1]), name.lower()) if quality else (0.0, "")


def _shortened(wish: str) -> Iterator[str]:
    """``zh-hant-cn``, ``zh-hant``, ``zh``.

    A lone letter on the way, as in ``de-x``, is no language anyone enables: trying it
    is harmless.
    """
    parts = wish.split("-")
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])
