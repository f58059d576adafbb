"""The trusted folder: which functions stand in it, told without running any."""

from __future__ import annotations

import ast
import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from gatelodge.actions.api import snake
from gatelodge.base.errors import Mistake
from gatelodge.model.action import Trigger

LARGEST_FILE: Final = 100_000
MOST_FILES: Final = 100
FUNCTIONS: Final[Mapping[str, Trigger]] = MappingProxyType(
    {
        "on_execute_post_login": "post-login",
        "on_continue_post_login": "post-login",
        "on_execute_pre_user_registration": "pre-user-registration",
        "on_execute_post_user_registration": "post-user-registration",
        "on_execute_credentials_exchange": "credentials-exchange",
    }
)


class FolderMistake(Mistake):
    """The folder cannot be used as it is; the text says why."""


class File(msgspec.Struct, frozen=True):
    """One file of functions, by the names of ``FUNCTIONS``."""

    name: str
    source: str
    functions: frozenset[str]


class Folder(msgspec.Struct, frozen=True):
    """What stood in the folder at one moment; files in order of their names."""

    path: str
    files: tuple[File, ...]

    @property
    def version(self) -> str:
        """Differs when any file does."""
        told = "\0".join(f"{one.name}\0{one.source}" for one in self.files)
        return hashlib.sha256(told.encode()).hexdigest()


def read(path: str) -> Folder:
    """Read the folder's ``*.py``; a name that starts with ``_`` is for imports only.

    Raises:
        FolderMistake: not a folder, unreadable, too much, no Python, or anybody may
            write there.
    """
    try:
        found = sorted(Path(path).glob("*.py"))
        if not Path(path).is_dir():
            raise FolderMistake(f"the actions folder {path} is not a folder")
        for place in (Path(path), *found):
            if place.stat().st_mode & stat.S_IWOTH:
                raise FolderMistake(f"anybody may write to {place}: chmod o-w {place}")
        ours = [one for one in found if not one.name.startswith(("_", "."))]
        texts = [(one.name, one.read_text("utf-8")) for one in ours]
    except (OSError, ValueError) as error:
        raise FolderMistake(f"{path} cannot be read: {error}") from error
    if len(texts) > MOST_FILES:
        raise FolderMistake(f"{path} has more than {MOST_FILES} files")
    files = tuple(_file(name, source) for name, source in texts)
    return Folder(str(Path(path).resolve()), files)


def _file(name: str, source: str) -> File:
    if len(source) > LARGEST_FILE:
        raise FolderMistake(f"{name} is larger than {LARGEST_FILE} characters")
    try:
        tree = ast.parse(source, name)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise FolderMistake(f"{name} is no Python: {error}") from error
    functions = frozenset(_defined(tree))
    if not functions:
        known = ", ".join(FUNCTIONS)
        raise FolderMistake(f"{name} has none of the functions {known}")
    return File(name, source, functions)


def _defined(tree: ast.Module) -> list[str]:
    found = [
        snake(node.name)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [name for name in found if name in FUNCTIONS]
