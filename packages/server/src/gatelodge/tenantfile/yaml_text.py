"""YAML into plain values, safely, with the line of every value.

No tags, no objects; depth, aliases and the number of values are capped, so that a
small file cannot grow large (decisions 26). A key may stand once.
"""

from __future__ import annotations

import math
from typing import Any, Final

import yaml

from gatelodge.tenantfile.findings import FileMistake, Finding, Path

_DEEPEST: Final = 40
_MOST_ALIASES: Final = 200
_MOST_VALUES: Final = 2_000_000
_MAP: Final = "tag:yaml.org,2002:map"
_SEQ: Final = "tag:yaml.org,2002:seq"
_MERGE: Final = "tag:yaml.org,2002:merge"
_SCALARS: Final = {
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")
}
_TEXTS: Final = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}


def load(text: str) -> tuple[Any, dict[Path, int]]:
    """Read one document; values and the line of each.

    Raises:
        FileMistake: not YAML, or more than the caps allow.
    """
    loader_type: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_size(text, loader_type)
        loader = loader_type(text)
        try:
            node = loader.get_single_node()
            reader = _Reader(loader)
            return (None if node is None else reader.value(node, ())), reader.lines
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise FileMistake([_syntax(error)]) from None


def _check_size(text: str, loader_type: Any) -> None:
    """Count before anything is built."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=loader_type):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > _DEEPEST or aliases > _MOST_ALIASES:
            raise _refused(
                event, f"more than {_DEEPEST} levels or {_MOST_ALIASES} aliases"
            )


class _Reader:
    """Turns nodes into values and remembers where they stood."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._count = 0
        self.lines: dict[Path, int] = {}

    def value(self, node: Any, path: Path) -> Any:
        self._count += 1
        if self._count > _MOST_VALUES or len(path) > _DEEPEST:
            raise _refused(node, "aliases make this file too large")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQ:
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        raise _refused(node, f"the tag {node.tag} is not allowed")

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        own: set[str] = set()
        for key in (key for key, _ in node.value if key.tag != _MERGE):
            if key.tag not in {"tag:yaml.org,2002:str", *_TEXTS}:
                raise _refused(key, "a key is text: put it in quotes")
            if key.value in own:
                raise _refused(key, f"{key.value!r} stands here twice")
            own.add(key.value)
        self._loader.flatten_mapping(node)
        found: dict[str, Any] = {}
        for key, item in node.value:
            self.lines[(*path, key.value)] = key.start_mark.line + 1
            found[key.value] = self.value(item, (*path, key.value))
        return found

    def _scalar(self, node: Any) -> Any:
        if node.tag in _TEXTS:
            return node.value
        if node.tag not in _SCALARS:
            raise _refused(node, f"the tag {node.tag} is not allowed")
        try:
            value = self._loader.construct_object(node)
        except ValueError:
            raise _refused(
                node, "this number cannot be read: put it in quotes"
            ) from None
        if isinstance(value, float) and not math.isfinite(value):
            raise _refused(node, "infinite numbers are not allowed")
        return value


def _refused(at: Any, text: str) -> FileMistake:
    return FileMistake([Finding(text, at.start_mark.line + 1)])


def _syntax(error: yaml.YAMLError) -> Finding:
    # Only the problem's kind is told: the snippet could show a secret.
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "cannot be read"
    return Finding(f"not YAML: {problem}", mark.line + 1 if mark else None)
