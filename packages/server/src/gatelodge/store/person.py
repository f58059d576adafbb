"""People come with their roles and permissions, in one statement.

Four kinds of rows travel together: kind 0 carries what was asked for and the user,
kind 1 one role, kind 2 one permission, kind 3 the connection of an account that was
made part of theirs. Every row begins with its kind, the user's id and two columns for
role, permission or connection; ``HEAD`` counts these.
"""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

import msgspec

from gatelodge.model.role import Permission
from gatelodge.model.user import Person, User
from gatelodge.store.rows import columns
from gatelodge.store.statement import Rows
from gatelodge.store.text import listed

A = TypeVar("A")
Found = tuple[Sequence[Any], Person | None, Sequence[Any]]

HEAD: Final = 4
_SCOPES: Final = msgspec.json.Decoder(tuple[str, ...]).decode
_USER: Final = columns(User)


def people(
    source: str,
    where: str,
    *,
    own: str = "",
    extra: str = "",
    joins: str = "",
    owner: str = "s.user_id",
    linked: bool = False,
) -> str:
    """A statement that finds rows and their people.

    Args:
        source: table with alias ``s`` that has a ``user_id``.
        where: which rows of ``s``.
        own: columns before the user's, of ``s``.
        extra: columns after the user's, from ``joins``.
        joins: further tables joined to ``s``; each may add one row at most.
        owner: whose row of ``s`` it is.
        linked: whether an account that was made part of another is found as itself;
            to all that signs in it is nobody.
    """
    wanted = ", ".join(part for part in (own, listed(User, "u"), extra) if part)
    padding = ", ".join("NULL" for _ in wanted.split(", "))
    whole = "" if linked else " AND u.linked_to IS NULL"
    return (
        f"SELECT 0 AS kind, {owner} AS owner, NULL AS first, NULL AS second, {wanted}"
        f" FROM {source} LEFT JOIN user_account u ON u.user_id = {owner}{whole} {joins}"
        f" WHERE {where}"
        f" UNION ALL SELECT 1, r.user_id, r.role_id, NULL, {padding}"
        f" FROM {source} JOIN user_role r ON r.user_id = {owner} WHERE {where}"
        f" UNION ALL SELECT 2, p.user_id, p.api_id, p.value, {padding}"
        f" FROM {source} JOIN user_permission p ON p.user_id = {owner} WHERE {where}"
        f" UNION ALL SELECT 3, l.linked_to, l.connection_id, NULL, {padding}"
        f" FROM {source} JOIN user_account l ON l.linked_to = {owner} WHERE {where}"
    )


def found(rows: Rows, *, own: int = 0) -> Iterator[Found]:
    """Each row of kind 0 as its own columns, its person, and the extra columns."""
    roles: defaultdict[str, list[str]] = defaultdict(list)
    permissions: defaultdict[str, list[Permission]] = defaultdict(list)
    linked: defaultdict[str, list[str]] = defaultdict(list)
    heads: list[Sequence[Any]] = []
    for row in rows:
        if row[0] == 0:
            heads.append(row)
        elif row[0] == 1:
            roles[row[1]].append(row[2])
        elif row[0] == 2:  # noqa: PLR2004 - the kinds are told above
            permissions[row[1]].append(Permission(row[2], row[3]))
        else:
            linked[row[1]].append(row[2])
    start = HEAD + own
    for row in heads:
        owner = row[1]
        person = None
        if row[start] is not None:
            person = Person(
                user=_USER.decode(row[start : start + _USER.width]),
                role_ids=tuple(sorted(roles[owner])),
                permissions=tuple(sorted(permissions[owner])),
                linked=tuple(sorted(linked[owner])),
            )
        yield row[HEAD:start], person, row[start + _USER.width :]


def scopes(cell: Sequence[Any]) -> tuple[str, ...]:
    """The scopes in the one column asked for; none where there is no consent."""
    return _SCOPES(cell[0]) if cell and cell[0] is not None else ()


def one(own: int, make: Callable[[Found], A]) -> Callable[[Rows], A | None]:
    """An answer from the first row found, or None."""

    def answer(rows: Rows) -> A | None:
        first = next(found(rows, own=own), None)
        return None if first is None else make(first)

    return answer
