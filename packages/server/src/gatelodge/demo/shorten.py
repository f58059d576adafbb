"""Values as a terminal may show them: what is secret, only in part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "••••••••"
# Shown by their first characters only, whatever their length.
_SECRET: Final = frozenset(
    {
        "access_token",
        "authorization",
        "code",
        "code_verifier",
        "id_token",
        "id_token_hint",
        "refresh_token",
        "token",
    }
)
# The server's own pages carry a sealed state; an app's is shown in part too.
_SHORT: Final = frozenset({"state", "nonce", "code_challenge"})
_SECRET_KEPT, _TAIL_KEPT, _LONGEST = 8, 4, 160


def shown(name: str, value: Any) -> str:
    """One named value, on one line."""
    text = _text(value)
    if name == "password":
        return HIDDEN
    if name.lower() in _SECRET:
        return _ends(text)
    if name in _SHORT and len(text) > 2 * _SECRET_KEPT:
        return f"{text[:_SECRET_KEPT]}…"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def rows(values: Mapping[str, Any], most: int = 12) -> list[tuple[str, str]]:
    """Names and values, the first ``most`` of them."""
    found = [(name, shown(name, value)) for name, value in list(values.items())[:most]]
    left = len(values) - most
    return [*found, ("…", f"and {left} more")] if left > 0 else found


def _ends(text: str) -> str:
    """Both ends of a secret: enough to tell two apart, too little to use one."""
    if len(text) < 4 * _SECRET_KEPT:
        return HIDDEN
    return f"{text[:_SECRET_KEPT]}…{text[-_TAIL_KEPT:]}  ({len(text)} characters)"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not all(isinstance(one, str) for one in value):
        return f"{len(value)} of them"
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False)
