"""The page that says what is proved, by which tests, and how each was seen to fail."""

from __future__ import annotations

from typing import Final

from tests.breakage.breaks import Point, points

PAGE: Final = "docs/reference/proof.md"
_HEAD = """# What is proved, and how

Each section names something users count on and the tests that hold it. Below stands
how the feature is taken away, one change at a time, in a copy of the project; the test
beside it has to fail then. `make drills` does so for every line. This page is printed
from `tests/breakage/table` by `make docs`.
"""


def page() -> str:
    """The page for the table of breaks."""
    return "\n".join((_HEAD, *(_section(point) for point in points())))


def _section(point: Point) -> str:
    lines = [f"## {point.title}", "", point.says, ""]
    lines += [f"- `{name}`" for name in point.tests]
    lines += ["", "| broken on purpose | noticed by |", "|---|---|"]
    lines += [f"| {_cell(b.what)} | `{b.test}` |" for b in point.breaks]
    return "\n".join((*lines, ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
