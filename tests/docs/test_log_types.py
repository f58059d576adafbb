"""The table of log types in ``docs/running.md`` against the types the code writes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.docs.pages import ROOT

SOURCE = ROOT / "packages/server/src/gatelodge"
# What makes a line, and what hands a type on to it.
MAKERS = {"line", "_line", "_log", "_log_stale"}
TYPE = re.compile(r"[a-z]+(_[a-z]+)*")
HANDLERS = SOURCE / "endpoints/token.py"


def test_every_written_type_stands_in_the_table():
    assert _written() - _told() == set()


def test_every_type_in_the_table_is_written():
    assert _told() - _written() == set()


def _told() -> set[str]:
    page = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    table = page.partition("## The tenant log")[2].partition("\n## ")[0]
    firsts = re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE)
    return {one for cell in firsts for one in re.findall(r"`(\w+)`", cell)}


def _written() -> set[str]:
    trees = {
        file: ast.parse(file.read_text(encoding="utf-8"))
        for file in SOURCE.rglob("*.py")
        if "demo" not in file.parts
    }
    constants: dict[str, set[str]] = {}
    for tree in trees.values():
        for name, value in _constants(tree):
            constants.setdefault(name, set()).add(value)
    found = {
        one
        for file, tree in trees.items()
        for place in _places(file, tree)
        for one in _literals(place, constants, tree)
    }
    return {one for one in found if TYPE.fullmatch(one)}


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for name, value in _assigned(tree.body):
        text = value.value if isinstance(value, ast.Constant) else None
        if name.isupper() and isinstance(text, str):
            yield name, text


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        if isinstance(node, ast.AnnAssign):
            targets = (node.target,)
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                yield target.id, node.value


def _places(file: Path, tree: ast.Module) -> Iterator[ast.expr]:
    """Where a type is handed over."""
    takers = dict(_takers(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (one.value for one in node.keywords if one.arg == "log")
            yield from _first(node)
            nth = takers.get(node.func.id) if isinstance(node.func, ast.Name) else None
            yield from node.args[nth : nth + 1] if nth is not None else ()
        elif isinstance(node, ast.FunctionDef):
            yield from node.args.defaults if _nth(node) is not None else ()
        elif isinstance(node, ast.Dict) and file == HANDLERS:
            yield from (
                one.elts[-1] for one in node.values if isinstance(one, ast.Tuple)
            )


def _takers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Functions of a module whose ``log`` is a type, and where it stands."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nth = _nth(node)
            if nth is not None:
                yield node.name, nth


def _nth(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int | None:
    names = [one.arg for one in function.args.args]
    return names.index("log") if "log" in names else None


def _first(call: ast.Call) -> Iterator[ast.expr]:
    """The type in the call of a maker: behind whatever it is made from."""
    maker = call.func
    if isinstance(maker, ast.Attribute):
        if maker.attr in MAKERS and not _drafts(maker.value):
            yield from _typed(call.args)
    elif isinstance(maker, ast.Name) and maker.id in MAKERS:
        yield from _typed(call.args)


def _drafts(owner: ast.expr) -> bool:
    """A plan's line is not one of the log; it becomes one in another call."""
    return isinstance(owner, ast.Name) and owner.id in ("draft", "self")


def _typed(args: list[ast.expr]) -> Iterator[ast.expr]:
    made_from = ("house", "exchange", "stand")
    rest = [
        one for one in args if not (isinstance(one, ast.Name) and one.id in made_from)
    ]
    yield from rest[:1]


def _literals(
    place: ast.expr, constants: dict[str, set[str]], tree: ast.Module
) -> Iterator[str]:
    """All that the expression can be, but for what its conditions compare with."""
    if isinstance(place, ast.Constant) and isinstance(place.value, str):
        yield place.value
    elif isinstance(place, ast.Attribute):
        yield from constants.get(place.attr, ())
    elif isinstance(place, ast.Name):
        yield from _named(place.id, constants, tree)
    for one in _branches(place):
        yield from _literals(one, constants, tree)


def _branches(place: ast.expr) -> list[ast.expr]:
    if isinstance(place, ast.IfExp):
        return [place.body, place.orelse]
    if isinstance(place, ast.BoolOp | ast.Dict):
        return place.values
    return [place.value] if isinstance(place, ast.Subscript) else []


def _named(
    name: str, constants: dict[str, set[str]], tree: ast.Module
) -> Iterator[str]:
    here = [value for own, value in _assigned(ast.walk(tree)) if own == name]
    for value in here:
        if not isinstance(value, ast.Name):
            yield from _literals(value, constants, tree)
    if not here and name in constants:
        yield from constants[name]
