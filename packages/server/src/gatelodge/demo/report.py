"""What happened, for a machine: the facts behind the narration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Report:
    """Steps and facts; written as JSON when the demo ends."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.steps: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}

    def step(self, title: str, because: str | None) -> None:
        """A step ended; ``because`` says why it failed."""
        self.steps.append({"title": title, "ok": because is None, "because": because})

    def write(self, status: int) -> None:
        """Keep it, if somebody asked for it."""
        if self._path is None:
            return
        whole = {"status": status, "steps": self.steps, "facts": self.facts}
        self._path.write_text(json.dumps(whole, indent=1) + "\n")
