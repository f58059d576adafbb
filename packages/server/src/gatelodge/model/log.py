"""The tenant log: who did what, with Auth0's codes (contract 3.12)."""

from __future__ import annotations

from typing import Any

import msgspec


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``log``; ``at`` in milliseconds, ``id`` time-ordered.

    ``details`` holds ``description``, ``rule`` and whatever names the reason; never
    a secret.
    """

    id: str
    type: str
    at: int
    client_id: str | None = None
    user_id: str | None = None
    connection_id: str | None = None
    ip: str = ""
    agent: str = ""
    details: dict[str, Any] = {}
