"""Time as an argument: milliseconds, so that a test can turn the hands."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns integer milliseconds."""


def wall() -> int:
    """Milliseconds since 1970 (UTC): what ``exp`` and ``nbf`` are compared with."""
    return time.time_ns() // 1_000_000


def monotonic() -> int:
    """Milliseconds that never run backwards, for the age of a key set."""
    return time.monotonic_ns() // 1_000_000
