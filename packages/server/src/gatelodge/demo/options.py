"""What may be asked of the demo."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from gatelodge.demo.timesheets.colours import Wish

Hands: TypeAlias = Literal["person", "chromium", "forms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``headless`` None lets the display decide; ``hands`` None lets the demo choose.

    ``api_audience`` is what the API expects in tokens: another than the tenant's shows
    what a wrong one does.
    """

    stay: bool = False
    headless: bool | None = None
    hands: Hands | None = None
    report: Path | None = None
    api_audience: str | None = None
    scale: float | None = None
    look: Wish = "auto"


def has_display() -> bool:
    """Could a window be shown here?"""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
