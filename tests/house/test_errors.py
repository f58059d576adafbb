"""The trees of errors drawn in docstrings are the trees in code."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.sources import Source, packages

_DRAWN = re.compile(r"[├└]─ ?\s*([A-Z][A-Za-z0-9]+)")


def _trees() -> list[Source]:
    return [s for s in packages() if _DRAWN.search(ast.get_docstring(s.tree) or "")]


def test_each_distribution_with_a_tree_is_looked_at():
    assert "packages/server/src/gatelodge/base/errors.py" in {s.name for s in _trees()}


@pytest.mark.parametrize("source", _trees(), ids=lambda source: source.name)
def test_the_tree_is_complete(source):
    text = ast.get_docstring(source.tree) or ""
    drawn = set(_DRAWN.findall(text))
    classes = [n for n in source.tree.body if isinstance(n, ast.ClassDef)]
    # A root stands above its tree, drawn without a branch.
    below_root = {c.name for c in classes if _parent(c) in {k.name for k in classes}}
    public = {name for name in below_root if not name.startswith("_")}
    assert drawn == public


def _parent(node: ast.ClassDef) -> str:
    first = node.bases[0] if node.bases else None
    return first.id if isinstance(first, ast.Name) else ""
