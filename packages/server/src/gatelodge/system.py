"""The real clock and the real source of randomness; everything else is handed them."""

from __future__ import annotations

import secrets
import time


class SystemClock:
    """The node's clock, moved by what the database's clock was seen to differ.

    On an engine whose reads carry the time, every node then agrees on what has
    expired; elsewhere the offset stays 0 (decisions 13).
    """

    def __init__(self) -> None:
        self._offset = 0

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000 + self._offset

    def follow(self, database_now: int | None) -> int:
        """Take over the database's time (milliseconds); None changes nothing.

        Returns the offset now in use, in milliseconds.
        """
        if database_now is not None:
            self._offset = database_now - time.time_ns() // 1_000_000
        return self._offset


class SystemEntropy:
    """The operating system's randomness."""

    def draw(self, size: int) -> bytes:
        """Return ``size`` fresh random bytes."""
        return secrets.token_bytes(size)
