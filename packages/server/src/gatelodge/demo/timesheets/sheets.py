"""The timesheets themselves, in memory."""

from __future__ import annotations

import threading
from typing import Any


class Sheets:
    """Sheets by number; safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[int, tuple[str, dict[str, Any]]] = {}

    def add(self, owner: str, sheet: dict[str, Any]) -> dict[str, Any]:
        """Keep a sheet of ``owner``; gives it with its number."""
        with self._lock:
            number = len(self._held) + 1
            kept = {"id": number, **sheet, "approved_by": None}
            self._held[number] = (owner, kept)
        return kept

    def of(self, owner: str | None) -> list[dict[str, Any]]:
        """The sheets of ``owner``, or all; by day."""
        with self._lock:
            kept = list(self._held.values())
        mine = [sheet for whose, sheet in kept if owner in (None, whose)]
        return sorted(mine, key=lambda sheet: (sheet["day"], sheet["id"]))

    def approve(self, number: int, *, by: str) -> dict[str, Any] | None:
        """Mark as approved; None when there is no such sheet."""
        with self._lock:
            if number not in self._held:
                return None
            owner, sheet = self._held[number]
            approved = {**sheet, "approved_by": by}
            self._held[number] = (owner, approved)
        return approved
