"""No page that nobody has looked at: the tour of the pages shows every template."""

from __future__ import annotations

import ast

from tests.house.sources import ROOT, SERVER
from tests.house.verdict import nothing

WALKS = ROOT / "tests" / "e2e" / "walks"
TEMPLATES = SERVER / "pages" / "templates"
# Parts of pages.
PARTS = {"base", "parts", "marks", "account_base"}


def test_every_template_is_shown_on_the_tour():
    nothing(sorted(_templates() - _shown()))


def test_the_tour_shows_only_what_there_is():
    nothing(sorted(_shown() - _templates()))


def _templates() -> set[str]:
    return {path.stem for path in TEMPLATES.glob("*.html")} - PARTS


def _shown() -> set[str]:
    """Templates that the walks name; the tour itself sees whether they tell the truth."""
    trees = (ast.parse(path.read_text("utf-8")) for path in WALKS.glob("*.py"))
    names = {
        str(node.value.value)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Constant)
    }
    return {name.partition(":")[0] for name in names}
