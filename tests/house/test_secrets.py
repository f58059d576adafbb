"""How code may treat what is secret, and what a release build may not rely on."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.sources import packages
from tests.house.verdict import nothing

SECRET = re.compile(
    r"(^|_)(digest|secret|hmac|mac|shield|signature|phc|verifier|challenge"
    r"|(access|refresh|id|bearer|csrf)_token)$"
)
# The app and its demo compare tokens that are their own, the tenant file digests that
# its operator gave: nobody learns from how long either takes.
ALLOWED = (
    "packages/app/",
    "packages/server/src/gatelodge/demo/",
    "packages/server/src/gatelodge/tenantfile/",
)
UNSAFE_CALLS = {"eval", "exec", "compile"}
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "telnetlib"}
# The process of its own in which an administrator's functions run.
RUNS_CODE = "packages/server/src/gatelodge/actions/child.py"


def test_no_check_relies_on_assert():
    found = [
        source.place(node)
        for source in packages()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assert)
    ]
    nothing(found)


def test_secrets_are_compared_in_constant_time():
    found = [
        source.place(node)
        for source in packages()
        if not source.name.startswith(ALLOWED)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Compare) and compares_secrets(node)
    ]
    nothing(found)


def test_nothing_is_unpickled_or_evaluated():
    found = [
        source.place(node)
        for source in packages()
        if source.name != RUNS_CODE
        for node in ast.walk(source.tree)
        if _unsafe(node)
    ]
    nothing(found)


@pytest.mark.parametrize(
    "code", ["a.digest == shown", "secret != b", "row.shield == make(x)"]
)
def test_a_careless_comparison_is_seen(code):
    assert compares_secrets(ast.parse(code, mode="eval").body)


@pytest.mark.parametrize(
    "code", ["secret is None", "secret == ''", "token_kind == 'a'", "len(digest) == 32"]
)
def test_a_harmless_comparison_is_not(code):
    assert not compares_secrets(ast.parse(code, mode="eval").body)


def compares_secrets(node: ast.Compare) -> bool:
    """Does this compare a secret with something that is not written in the code?"""
    sides = (node.left, *node.comparators)
    equality = all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
    literal = any(isinstance(side, ast.Constant) for side in sides)
    return equality and not literal and any(SECRET.search(_name(s)) for s in sides)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _unsafe(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name in UNSAFE_MODULES for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.module in UNSAFE_MODULES
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    if isinstance(func, ast.Name):
        return func.id in UNSAFE_CALLS
    shell = any(
        word.arg == "shell" and getattr(word.value, "value", None) is True
        for word in node.keywords
    )
    return shell or (isinstance(func, ast.Attribute) and func.attr == "unsafe_load")
