"""What goes once it has ended: found by an index, a limited number at a time."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gatelodge.base.errors import Mistake
from gatelodge.model import reads, writes
from gatelodge.store.statement import Reading, Readings, Writings

# Table, key, the indexed column that says when a row ended, and which rows.
_ENDS: Final[Mapping[str, tuple[str, str, str, str]]] = MappingProxyType(
    {
        "code": ("code", "digest", "expires_at", ""),
        "ticket": ("ticket", "digest", "expires_at", ""),
        "unconfirmed_factor": (
            "factor",
            "id",
            "created_at",
            " AND confirmed_at IS NULL",
        ),
        "throttle": ("throttle", "key", "until", ""),
        "seen_jti": ("seen_jti", "key", "expires_at", ""),
        "session": ("session", "digest", "ends_at", ""),
        "saml_session": ("saml_session", "sid", "ends_at", ""),
        "posted_answer": ("posted_answer", "digest", "expires_at", ""),
        "outgoing": ("outgoing", "id", "created_at", ""),
        "log": ("log", "id", "id", ""),
        "expired_family": ("refresh_family", "id", "expires_at", ""),
        "revoked_family": ("refresh_family", "id", "revoked_at", ""),
    }
)


def _sweep(write: writes.Sweep) -> str:
    """One fixed statement for each end; ``$1`` has to be used, so it is compared."""
    table, key, end, which = _end(write.what)
    return (
        f"DELETE FROM {table} WHERE {key} IN"
        f" (SELECT {key} FROM {table} WHERE {end} < $2{which}"
        f" ORDER BY {end} LIMIT $3)"
        f" AND $1 = '{write.what}'"
    )


def _due(question: reads.SweepDue) -> str:
    table, _, end, which = _end(question.what)
    return (
        f"SELECT 1 FROM {table} WHERE {end} < $2{which} AND $1 = '{question.what}'"
        f" ORDER BY {end} LIMIT 1"
    )


def _end(what: str) -> tuple[str, str, str, str]:
    if what not in _ENDS:
        raise Mistake(f"nothing called {what!r} is swept")
    return _ENDS[what]


READINGS: Final[Readings] = {
    reads.SweepDue: Reading(_due, lambda rows: len(rows) > 0),
}

WRITINGS: Final[Writings] = {
    writes.Sweep: _sweep,
    writes.SweepIdleFamilies: (
        "DELETE FROM refresh_family WHERE id IN (SELECT id FROM"
        " (SELECT id, idle_until FROM refresh_family"
        " WHERE id >= $1 ORDER BY id LIMIT $3) AS page"
        " WHERE idle_until < $2)"
    ),
}
