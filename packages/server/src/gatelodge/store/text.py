"""The plainest statements, spelled out from a Struct's columns."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

import msgspec

from gatelodge.store.rows import columns


def listed(kind: type[msgspec.Struct], alias: str = "") -> str:
    """The columns of a type, separated by commas."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(f"{prefix}{name}" for name in columns(kind).names)


def insert(table: str, kind: type[msgspec.Struct]) -> str:
    """A new row; on a taken key nothing happens, and no row is counted."""
    return f"{_values(table, kind)} ON CONFLICT DO NOTHING"


def append(table: str, kind: type[msgspec.Struct]) -> str:
    """A new row; a taken key undoes the commit, so the row cannot get lost."""
    return _values(table, kind)


def put(
    table: str, kind: type[msgspec.Struct], *, key: str, keep: tuple[str, ...] = ()
) -> str:
    """A new row, or new values for all columns but ``key`` and ``keep``."""
    held = {*key.split(", "), *keep}
    changes = ", ".join(
        f"{name} = excluded.{name}" for name in columns(kind).names if name not in held
    )
    return f"{_values(table, kind)} ON CONFLICT ({key}) DO UPDATE SET {changes}"


def select(table: str, kind: type[msgspec.Struct], tail: str = "") -> str:
    """All columns of a type from one table."""
    return f"SELECT {listed(kind)} FROM {table} {tail}".rstrip()


def _values(table: str, kind: type[msgspec.Struct]) -> str:
    marks = ", ".join(f"${n}" for n in range(1, columns(kind).width + 1))
    return f"INSERT INTO {table} ({listed(kind)}) VALUES ({marks})"
