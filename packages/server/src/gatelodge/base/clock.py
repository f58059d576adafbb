"""Time as a value that is handed in; the real clock is in ``gatelodge.system``."""

from __future__ import annotations

from typing import Final, Protocol

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Clock(Protocol):
    """Tells the time to whoever commits; rules get the result as ``now``."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...
