"""A plan as values: what differs, what will be written, what the log will say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.secret import Secret
from gatelodge.tenantfile.findings import Finding

Kind: TypeAlias = Literal["create", "update", "delete"]
MASK: Final = "***"


class Detail(msgspec.Struct, frozen=True):
    """One field that differs; None is "not there"."""

    field: str
    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One object that will differ.

    Attributes:
        label: how a person recognises it.
        writes: without the password, which is hashed when it is committed.
        password: what user ``user_id`` shall sign in with.
    """

    kind: Kind
    section: str
    label: str
    details: tuple[Detail, ...]
    writes: tuple[Write, ...]
    user_id: str = ""
    password: Secret | None = None


class NewSecret(msgspec.Struct, frozen=True):
    """A secret we made for a client: told once, then only its digest is known."""

    name: str
    client_id: str
    secret: Secret


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that applying a file would do.

    Attributes:
        configuration: one commit.
        people: one commit each, in any grouping.
        algorithms: those that need signing keys afterwards.
    """

    version: int
    configuration: tuple[Change, ...] = ()
    people: tuple[Change, ...] = ()
    secrets: tuple[NewSecret, ...] = ()
    warnings: tuple[Finding, ...] = ()
    algorithms: frozenset[str] = frozenset()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything, in order."""
        return (*self.configuration, *self.people)


def difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[Detail, ...]:
    """Fields that differ, dotted; a list counts as one field."""
    old, new = dict(_flat(before or {})), dict(_flat(after or {}))
    fields = dict.fromkeys((*new, *old))
    return tuple(
        Detail(field, old.get(field), new.get(field))
        for field in fields
        if old.get(field) != new.get(field)
        and not (before is None and new.get(field) in (None, [], "", {}))
    )


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
