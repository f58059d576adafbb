"""Accounts that are part of others, and accounts whose people leave."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gatelodge.model import reads, writes
from gatelodge.model.profile import Identity
from gatelodge.model.user import User
from gatelodge.store.rows import columns, many
from gatelodge.store.statement import Reading, Readings, Writings
from gatelodge.store.text import listed, select

_USER: Final = columns(User)
_IDENTITY: Final = columns(Identity)


def _way(row: Sequence[Any]) -> reads.Way:
    identity = row[_USER.width + 1 :]
    return reads.Way(
        user=_USER.decode(row[: _USER.width]),
        password_at=row[_USER.width],
        identity=None if identity[0] is None else _IDENTITY.decode(identity),
    )


READINGS: Final[Readings] = {
    reads.ListWays: Reading(
        f"SELECT {listed(User, 'u')}, w.changed_at, {listed(Identity, 'i')}"
        " FROM user_account u LEFT JOIN password w ON w.user_id = u.user_id"
        " LEFT JOIN identity i ON i.user_id = u.user_id"
        " WHERE u.user_id = $1 OR u.linked_to = $1"
        " ORDER BY CASE WHEN u.user_id = $1 THEN 0 ELSE 1 END,"
        " u.created_at, u.user_id, i.connection_id, i.external_id",
        lambda rows: tuple(_way(row) for row in rows),
    ),
    reads.ListIdentities: Reading(
        select(
            "identity",
            Identity,
            "WHERE (connection_id, external_id) > ($1, $2)"
            " ORDER BY connection_id, external_id LIMIT $3",
        ),
        lambda rows: many(Identity, rows),
        large=True,
    ),
    reads.DueDepartures: Reading(
        select(
            "user_account",
            User,
            "WHERE leaving_at <= $1 ORDER BY leaving_at, user_id LIMIT $2",
        ),
        lambda rows: many(User, rows),
    ),
}

WRITINGS: Final[Writings] = {
    writes.LinkAccount: (
        "UPDATE user_account SET linked_to = $2, updated_at = $4"
        " WHERE user_id = $1 AND linked_to IS NULL AND updated_at = $3"
        " AND user_id <> $2"
    ),
    writes.HoldAccount: (
        "UPDATE user_account SET updated_at = $3"
        " WHERE user_id = $1 AND linked_to IS NULL AND updated_at = $2"
    ),
    writes.HoldLink: (
        "UPDATE user_account SET linked_to = $2 WHERE user_id = $1 AND linked_to = $2"
    ),
    writes.UnlinkAccount: (
        "UPDATE user_account SET linked_to = NULL, updated_at = $3"
        " WHERE user_id = $1 AND linked_to = $2"
    ),
    writes.UnlinkAll: (
        "UPDATE user_account SET linked_to = NULL,"
        " updated_at = CASE WHEN updated_at < $2 THEN $2 ELSE updated_at + 1 END"
        " WHERE linked_to = $1"
    ),
    writes.DeleteLinked: "DELETE FROM user_account WHERE linked_to = $1",
    writes.LeaveAccount: (
        "UPDATE user_account SET leaving_at = $2, updated_at = $3"
        " WHERE user_id = $1 AND leaving_at IS NULL AND linked_to IS NULL"
    ),
    writes.KeepAccount: (
        "UPDATE user_account SET leaving_at = NULL, updated_at = $2"
        " WHERE user_id = $1 AND leaving_at IS NOT NULL"
    ),
    writes.HoldLeaving: (
        "UPDATE user_account SET leaving_at = $2 WHERE user_id = $1 AND leaving_at = $2"
    ),
}
