"""Moments in the file: ISO texts with a time zone."""

from __future__ import annotations

from datetime import datetime

from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.shapes import Maybe, given


def moment(text: Maybe[str | None], path: Path, remarks: Remarks) -> int | None:
    """Milliseconds; None where the file says nothing, or nothing that is a time."""
    found = given(text, None)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        remarks.refuse(path, f"{found!r} is not a time like 2026-01-31T10:00:00.000Z")
        return None
    if at.tzinfo is None:
        remarks.refuse(path, f"{found!r} has no time zone: end it with Z")
        return None
    return round(at.timestamp() * 1000)
