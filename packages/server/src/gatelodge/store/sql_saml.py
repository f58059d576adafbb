"""Sessions shared with SAML parties, and answers that wait for their browser."""

from __future__ import annotations

from typing import Final

from gatelodge.model import reads, writes
from gatelodge.model.saml import PostedAnswer, SamlSession
from gatelodge.store.rows import many
from gatelodge.store.statement import Reading, Readings, Rows, Writings
from gatelodge.store.text import insert, put, select


def _shared(rows: Rows) -> tuple[SamlSession, ...]:
    return many(SamlSession, rows)


def _answer(rows: Rows) -> PostedAnswer | None:
    found = many(PostedAnswer, rows)
    return found[0] if found else None


READINGS: Final[Readings] = {
    reads.ListSharedSessions: Reading(
        select(
            "saml_session",
            SamlSession,
            "WHERE party = $1 AND name_key = $2 ORDER BY sid LIMIT $3",
        ),
        _shared,
    ),
    reads.ListSharing: Reading(
        select("saml_session", SamlSession, "WHERE sid = $1 ORDER BY party"), _shared
    ),
    reads.FindAnswer: Reading(
        select("posted_answer", PostedAnswer, "WHERE digest = $1"), _answer
    ),
}

WRITINGS: Final[Writings] = {
    writes.ShareSession: put("saml_session", SamlSession, key="sid, party"),
    writes.KeepAnswer: insert("posted_answer", PostedAnswer),
    writes.DropAnswer: "DELETE FROM posted_answer WHERE digest = $1",
}
