"""What the architecture tests read: our source files, parsed once."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "packages" / "server" / "src" / "gatelodge"


@dataclass(frozen=True)
class Source:
    """One Python file of ours."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Where it is, for a person."""
        return self.path.relative_to(ROOT).as_posix()

    def place(self, node: ast.AST) -> str:
        """Where ``node`` is, for a person."""
        return f"{self.name}:{getattr(node, 'lineno', 0)}"

    def strings(self) -> Iterator[tuple[ast.Constant, str]]:
        """Texts that the program uses; docstrings are none."""
        docs = {id(node) for node in _docstrings(self.tree)}
        for node in ast.walk(self.tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in docs:
                yield node, text


@functools.cache
def packages() -> tuple[Source, ...]:
    """Every module of the three distributions."""
    return _below(*(ROOT / "packages").glob("*/src"))


@functools.cache
def suite() -> tuple[Source, ...]:
    """Every Python file of the tests."""
    return _below(ROOT / "tests")


@functools.cache
def everything() -> tuple[Source, ...]:
    """Every Python file of the project."""
    return (*packages(), *suite(), *_below(ROOT / "scripts", ROOT / "bench"))


def below(*rooms: str) -> tuple[Source, ...]:
    """The modules of these rooms of the server."""
    places = [SERVER / room for room in rooms]
    files = [place.with_suffix(".py") for place in places]
    return tuple(
        source
        for source in packages()
        if source.path in files or any(place in source.path.parents for place in places)
    )


@functools.cache
def texts() -> tuple[tuple[str, str], ...]:
    """Name and content of every text file that is kept in the repository."""
    command = ("git", "ls-files", "-z")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    names = [name for name in listed.stdout.decode().split("\0") if name]
    read = ((name, _text(ROOT / name)) for name in sorted(names))
    return tuple((name, text) for name, text in read if text is not None)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every module imported in ``tree``, by its full name; relative ones are ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node, node.module


def _below(*folders: Path) -> tuple[Source, ...]:
    skipped = {"node_modules", "__pycache__", ".venv"}
    files = sorted(
        file
        for folder in folders
        for file in folder.rglob("*.py")
        if skipped.isdisjoint(file.parts)
    )
    return tuple(_parse(file) for file in files)


def _parse(file: Path) -> Source:
    text = file.read_text()
    return Source(file, text, ast.parse(text, str(file)))


def _text(file: Path) -> str | None:
    try:
        return file.read_text() if file.is_file() else None
    except UnicodeDecodeError:
        return None


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value
