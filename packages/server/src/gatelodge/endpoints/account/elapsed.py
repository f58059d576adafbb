"""How long ago something was, as a text: no page knows its reader's time zone."""

from __future__ import annotations

from gatelodge.base.clock import DAY, HOUR


def ago(at: int | None, now: int) -> dict[str, object] | None:
    """A text and its number; None for never."""
    if at is None:
        return None
    passed = max(0, now - at)
    if passed < HOUR:
        return {"text_id": "ago.now"}
    if passed < DAY:
        return {"text_id": "ago.hours", "params": {"n": passed // HOUR}}
    return {"text_id": "ago.days", "params": {"n": passed // DAY}}
