"""Randomness as a value that is handed in; the real source is ``gatelodge.system``."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    """Draws bytes nobody can guess; rules get them pre-drawn."""

    def draw(self, size: int) -> bytes:
        """Return ``size`` fresh random bytes."""
        ...
