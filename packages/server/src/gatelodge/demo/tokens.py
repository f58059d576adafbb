"""Look into a JWT. For showing only: nothing is checked here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_TIMES: Final = frozenset({"iat", "exp", "nbf", "auth_time", "updated_at"})


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims (RFC 7519 §3)."""
    header, payload, _signature = token.split(".")
    return _part(header), _part(payload)


def spoken(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Claims with their times written out."""
    return {name: _said(name, value) for name, value in claims.items()}


def _said(name: str, value: Any) -> Any:
    if name not in _TIMES or not isinstance(value, int):
        return value
    moment = datetime.fromtimestamp(value, UTC).astimezone()
    return f"{value}  ({moment:%H:%M:%S})"


def _part(text: str) -> dict[str, Any]:
    padded = text + "=" * (-len(text) % 4)
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return found
