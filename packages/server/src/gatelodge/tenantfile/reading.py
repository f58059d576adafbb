"""Plain values into the file's objects; every mistake is found in one go."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar, get_args

import msgspec

from gatelodge.config.fields import read_secret
from gatelodge.tenantfile import shapes
from gatelodge.tenantfile.action_shape import ActionShape
from gatelodge.tenantfile.attack_protection import AttackProtectionShape
from gatelodge.tenantfile.database_shapes import DatabaseShape
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.source import Source

_S = TypeVar("_S", bound=msgspec.Struct)
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_LIKELY_TYPO: Final = 0.86
_SINGLE: Final[dict[str, type[msgspec.Struct]]] = {
    "tenant": shapes.TenantShape,
    "branding": shapes.BrandingShape,
    "attackProtection": AttackProtectionShape,
}
_LISTS: Final[dict[str, type[msgspec.Struct]]] = {
    "clients": shapes.ClientShape,
    "resourceServers": shapes.ApiShape,
    "clientGrants": shapes.GrantShape,
    "roles": shapes.RoleShape,
    "databases": DatabaseShape,
    "connections": shapes.ConnectionShape,
    "actions": ActionShape,
    "users": shapes.UserShape,
}


class TenantFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says; None is a section that is not in the file."""

    tenant: shapes.TenantShape | None = None
    branding: shapes.BrandingShape | None = None
    attack_protection: AttackProtectionShape | None = None
    clients: tuple[shapes.ClientShape, ...] | None = None
    apis: tuple[shapes.ApiShape, ...] | None = None
    grants: tuple[shapes.GrantShape, ...] | None = None
    roles: tuple[shapes.RoleShape, ...] | None = None
    databases: tuple[DatabaseShape, ...] | None = None
    connections: tuple[shapes.ConnectionShape, ...] | None = None
    actions: tuple[ActionShape, ...] | None = None
    users: tuple[shapes.UserShape, ...] | None = None


_FIELDS: Final = {
    "attackProtection": "attack_protection",
    "resourceServers": "apis",
    "clientGrants": "grants",
}


def read(source: Source, remarks: Remarks) -> TenantFile:
    """Take the file apart.

    Raises:
        FileMistake: with every value that does not fit.
    """
    data = {} if source.data is None else source.data
    if not isinstance(data, dict):
        remarks.refuse((), "the file is a mapping of sections such as clients: [...]")
        remarks.stop_at_mistakes()
        return TenantFile()
    found: dict[str, Any] = {}
    for name, value in data.items():
        if name in _SINGLE and value is not None:
            one = _one(value, _SINGLE[name], (name,), remarks)
            found[_FIELDS.get(name, name)] = one
        elif name in _LISTS and value is not None:
            found[_FIELDS.get(name, name)] = _many(value, name, remarks)
    _name_unknown(data, remarks)
    remarks.stop_at_mistakes()
    return TenantFile(**found)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Worked out once: resolving annotations costs more than reading an entry."""
    return msgspec.structs.fields(kind)


def _many(value: Any, section: str, remarks: Remarks) -> tuple[Any, ...]:
    if not isinstance(value, list):
        remarks.refuse((section,), "this section is a list: begin each entry with '- '")
        return ()
    kind = _LISTS[section]
    return tuple(
        _one(item, kind, (section, at), remarks) for at, item in enumerate(value)
    )


def _one(value: Any, kind: type[_S], path: Path, remarks: Remarks) -> _S | None:
    if not isinstance(value, dict):
        remarks.refuse(path, "this entry is a mapping of names and values")
        return None
    nullable = {
        field.encode_name
        for field in _fields(kind)
        if type(None) in get_args(field.type)
    }
    held = {k: v for k, v in value.items() if v is not None or k in nullable}
    try:
        return msgspec.convert(held, type=kind, dec_hook=read_secret)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        remarks.refuse((*path, *_steps(place.rstrip("`"))), _explained(text))
        return None


def _steps(place: str) -> Iterator[str | int]:
    for name, index in _STEP.findall(place):
        if index.isdigit():
            yield int(index)
        elif name:
            yield name


def _explained(text: str) -> str:
    plain = text.replace("Object missing required field", "missing:")
    if "Expected `str" in text and re.search(r"got `(int|float|bool)`", text):
        return f"{plain}; put it in quotes"
    return plain


# -- names we do not know -------------------------------------------------------------


def _name_unknown(data: Mapping[str, Any], remarks: Remarks) -> None:
    """One warning a section for what has no meaning here, one for each likely typo."""
    for section, value in data.items():
        kind = _SINGLE.get(section) or _LISTS.get(section)
        if kind is None:
            known = [*_SINGLE, *_LISTS]
            remarks.warn(
                (section,), f"ignored: unknown section{_meant(section, known)}"
            )
            continue
        items = value if isinstance(value, list) else [value]
        unused: defaultdict[str, int] = defaultdict(int)
        for at, item in enumerate(items):
            path: Path = (section, at) if isinstance(value, list) else (section,)
            for place, name, known in _unknown(item, kind, path):
                hint = _meant(name, known)
                if hint:
                    remarks.warn((*place, name), f"ignored: unknown name{hint}")
                else:
                    unused[name] += 1
        if unused:
            remarks.warn((section,), f"not used here: {', '.join(sorted(unused))}")


def _unknown(
    item: Any, kind: type[msgspec.Struct], path: Path
) -> Iterator[tuple[Path, str, list[str]]]:
    if not isinstance(item, dict):
        return
    fields = {field.encode_name: field for field in _fields(kind)}
    for name, value in item.items():
        if name not in fields:
            yield path, str(name), list(fields)
            continue
        inner = _inner(fields[name].type)
        if inner is not None:
            for at, one in enumerate(value if isinstance(value, list) else [value]):
                step = (name, at) if isinstance(value, list) else (name,)
                yield from _unknown(one, inner, (*path, *step))


def _inner(kind: Any) -> type[msgspec.Struct] | None:
    """The Struct within ``Maybe[list[Struct]]`` and the like."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((found for arg in get_args(kind) if (found := _inner(arg))), None)


def _meant(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=_LIKELY_TYPO)
    return f"; did you mean {near[0]!r}?" if near else ""
