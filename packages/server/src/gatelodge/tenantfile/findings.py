"""What is wrong with a file: where it stands, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

Path: TypeAlias = tuple[str | int, ...]


class Finding(msgspec.Struct, frozen=True):
    """One remark about one place; ``line`` counts from 1, None where unknown."""

    text: str
    line: int | None = None
    where: str = ""

    def __str__(self) -> str:
        at = f"line {self.line}: " if self.line is not None else ""
        return f"{at}{self.where}{': ' if self.where else ''}{self.text}"


class FileMistake(Exception):
    """The file cannot be applied; nothing was changed."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(one) for one in self.findings))


class Remarks:
    """Collects mistakes and warnings while a file is read."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self.mistakes: list[Finding] = []
        self.warnings: list[Finding] = []

    def refuse(self, path: Path, text: str) -> None:
        """The file may not be applied because of this place."""
        self.mistakes.append(self._finding(path, text))

    def warn(self, path: Path, text: str) -> None:
        """Worth knowing; the file is applied all the same."""
        self.warnings.append(self._finding(path, text))

    def stop_at_mistakes(self) -> None:
        """End the reading if anything was refused.

        Raises:
            FileMistake: with every mistake found so far.
        """
        if self.mistakes:
            raise FileMistake(self.mistakes)

    def _finding(self, path: Path, text: str) -> Finding:
        return Finding(text, line_of(self._lines, path), spelled(path))


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """The line of a place, or of the nearest place around it."""
    for size in range(len(path), 0, -1):
        if path[:size] in lines:
            return lines[path[:size]]
    return None


def spelled(path: Path) -> str:
    """``clients[2].callbacks[0]``."""
    text = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" for step in path
    )
    return text.removeprefix(".")
