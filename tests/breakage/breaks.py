"""The table of what must hold, and how each part of it is broken to see a test fail."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).parent / "table"


@dataclass(frozen=True, kw_only=True)
class Break:
    """One change that takes a feature away, and the test that has to notice.

    Attributes:
        what: what is broken, as a reader would say it.
        file: the file that is changed, from the root of the project.
        old, new: the text that stands there once, and what takes its place.
        test: a test, or a file of tests, as pytest names it.
    """

    what: str
    file: str
    old: str
    new: str
    test: str

    def broken(self, text: str) -> str:
        """The file's text with the feature gone."""
        return text.replace(self.old, self.new)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing that users count on, and where it is tested."""

    title: str
    says: str
    tests: tuple[str, ...]
    breaks: tuple[Break, ...]


def points() -> tuple[Point, ...]:
    """Every point of every page of the table, in order."""
    return tuple(
        point for page in sorted(TABLE.glob("*.toml")) for point in _page(page)
    )


def _page(page: Path) -> tuple[Point, ...]:
    raw = tomllib.loads(page.read_text())
    return tuple(_point(**row) for row in raw["point"])


def _point(*, breaks: list[dict[str, str]], tests: list[str], **said: Any) -> Point:
    made = tuple(Break(**row) for row in breaks)
    return Point(tests=tuple(tests), breaks=made, **said)
