"""Moments as text, where the wire wants them so."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: int) -> str:
    """``2026-01-31T10:00:00.000Z``, three digits of milliseconds (decisions 9)."""
    seconds, millis = divmod(at, 1000)
    whole = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{millis:03d}Z"
