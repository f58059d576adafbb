"""Signed-in browsers."""

from __future__ import annotations

from typing import Final

from gatelodge.model import reads, writes
from gatelodge.model.session import Session
from gatelodge.store.person import Found, one, people, scopes
from gatelodge.store.rows import columns, many
from gatelodge.store.statement import Reading, Readings, Writings
from gatelodge.store.text import insert, listed, select

_SESSION: Final = columns(Session)
_OWN: Final = listed(Session, "s")


def _signed_in(row: Found) -> reads.SignedIn | None:
    """A session whose person was deleted is nobody's."""
    own, person, extra = row
    if person is None:
        return None
    return reads.SignedIn(
        session=_SESSION.decode(own), person=person, consented=scopes(extra)
    )


READINGS: Final[Readings] = {
    reads.FindSignedIn: Reading(
        people(
            "session s",
            "s.digest = $1",
            own=_OWN,
            extra="c.scopes",
            joins="LEFT JOIN consent c ON c.user_id = s.user_id"
            " AND c.client_id = $2 AND c.audience = $3",
        ),
        one(_SESSION.width, _signed_in),
    ),
    reads.FindSid: Reading(
        people("session s", "s.sid = $1", own=_OWN), one(_SESSION.width, _signed_in)
    ),
    reads.ListSessions: Reading(
        select(
            "session",
            Session,
            "WHERE user_id = $1 ORDER BY created_at DESC, sid DESC LIMIT $2",
        ),
        lambda rows: many(Session, rows),
    ),
}

WRITINGS: Final[Writings] = {
    writes.OpenSession: insert("session", Session),
    writes.TouchSession: (
        "UPDATE session SET touched_at = $2, idle_until = $3"
        " WHERE digest = $1 AND revoked_at IS NULL"
    ),
    # A change of nothing: it waits for who ends the session, and they wait for it.
    writes.HoldSession: (
        "UPDATE session SET sid = sid WHERE sid = $1 AND revoked_at IS NULL"
    ),
    writes.CloseSession: (
        "UPDATE session SET revoked_at = $2 WHERE digest = $1 AND revoked_at IS NULL"
    ),
    writes.RenewSession: (
        "UPDATE session SET digest = $2, amr = $3"
        " WHERE digest = $1 AND revoked_at IS NULL"
    ),
    writes.EndSession: (
        "UPDATE session SET revoked_at = $2 WHERE sid = $1 AND revoked_at IS NULL"
    ),
    writes.EndOtherSessions: (
        "UPDATE session SET revoked_at = $3"
        " WHERE user_id = $1 AND sid <> $2 AND revoked_at IS NULL"
    ),
    writes.EndUserSessions: (
        "UPDATE session SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL"
    ),
}
