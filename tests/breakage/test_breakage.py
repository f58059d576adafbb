"""Each thing that users count on has a test, and that test fails when it is broken."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache

import pytest

from scripts import proof
from tests.breakage.breaks import points
from tests.breakage.copy import ROOT, Copy

BREAKS = [change for point in points() for change in point.breaks]
NAMED = sorted({name for point in points() for name in point.tests})


@pytest.mark.parametrize("point", points(), ids=lambda point: point.title)
def test_every_point_is_tested_and_can_be_broken(point):
    assert point.tests
    assert point.breaks


@pytest.mark.parametrize("name", sorted({*NAMED, *(b.test for b in BREAKS)}))
def test_a_named_test_exists(name):
    file, *names = name.split("::")
    assert (ROOT / file).exists()
    assert not names or names[-1] in functions(file)


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.what)
def test_what_is_to_be_broken_stands_in_the_code_once(change):
    text = (ROOT / change.file).read_text()
    assert text.count(change.old) == 1
    if change.file.endswith(".py"):
        ast.parse(change.broken(text))


def test_every_break_is_told_apart():
    assert [what for what, n in Counter(b.what for b in BREAKS).items() if n > 1] == []


def test_the_page_is_current():
    assert (ROOT / proof.PAGE).read_text() == proof.page()


@pytest.fixture(scope="session")
def copy(tmp_path_factory) -> Copy:
    return Copy(tmp_path_factory.mktemp("project"))


@pytest.mark.drill
@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.what)
def test_a_broken_feature_fails_its_test(copy, change):
    with copy.broken(change):
        ran = copy.run(change.test)
    assert ran.returncode == 1, ran.stdout[-2000:] + ran.stderr[-2000:]


@pytest.mark.drill
@pytest.mark.parametrize("name", sorted({change.test for change in BREAKS}))
def test_the_same_test_passes_where_nothing_is_broken(copy, name):
    ran = copy.run(name)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))
