"""Protect an API: check access tokens locally (RFC 9068, RFC 8725, RFC 6750)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .claims import Claims
    from .errors import GuardError, Mistake, Refusal
    from .guard import Guard
    from .jwks import KeyPolicy

__all__ = ["Claims", "Guard", "GuardError", "KeyPolicy", "Mistake", "Refusal"]

_HOMES = {
    "Claims": "claims",
    "Guard": "guard",
    "GuardError": "errors",
    "KeyPolicy": "jwks",
    "Mistake": "errors",
    "Refusal": "errors",
}


def __getattr__(name: str) -> Any:
    """Import on first use: the pytest plugin must not cost every test run its JOSE."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
