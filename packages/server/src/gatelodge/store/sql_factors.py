"""Factors, and bounded tries."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from typing import Final

from gatelodge.model import reads, writes
from gatelodge.model.factor import SECOND, Factor
from gatelodge.store.person import Found, one, people, scopes
from gatelodge.store.rows import columns, many
from gatelodge.store.statement import Reading, Readings, Rows, Writings
from gatelodge.store.text import insert, listed, select

_FACTOR: Final = columns(Factor)
_SECOND: Final = ", ".join(f"'{kind}'" for kind in SECOND)


def _holder(row: Found) -> reads.FactorBundle | None:
    """A factor whose person was deleted is nobody's."""
    own, person, extra = row
    if person is None:
        return None
    return reads.FactorBundle(
        factor=_FACTOR.decode(own), person=person, consented=scopes(extra)
    )


def _standing(rows: Rows) -> reads.PasskeyStanding:
    passkeys, quiet_until = rows[0]
    return reads.PasskeyStanding(passkeys=passkeys, quiet_until=quiet_until)


READINGS: Final[Readings] = {
    reads.ListFactors: Reading(
        select("factor", Factor, "WHERE user_id = $1 ORDER BY created_at, id"),
        lambda rows: many(Factor, rows),
    ),
    reads.ListEveryFactor: Reading(
        select("factor", Factor, "WHERE id > $1 ORDER BY id LIMIT $2"),
        lambda rows: many(Factor, rows),
        large=True,
    ),
    reads.FindCredential: Reading(
        people(
            "factor s",
            "s.credential = $1 AND s.confirmed_at IS NOT NULL",
            own=listed(Factor, "s"),
            extra="c.scopes",
            joins="LEFT JOIN consent c ON c.user_id = s.user_id"
            " AND c.client_id = $2 AND c.audience = $3",
        ),
        one(_FACTOR.width, _holder),
    ),
    reads.FindTries: Reading(
        "SELECT count, until FROM throttle WHERE key = $1",
        lambda rows: reads.Tries(count=rows[0][0], until=rows[0][1]) if rows else None,
    ),
    reads.FindPasskeyStanding: Reading(
        "SELECT (SELECT COUNT(*) FROM factor f WHERE f.user_id = $1"
        " AND f.kind = 'passkey' AND f.confirmed_at IS NOT NULL),"
        " (SELECT t.until FROM throttle t WHERE t.key = $2)",
        _standing,
    ),
}

WRITINGS: Final[Writings] = {
    writes.InsertFactor: insert("factor", Factor),
    writes.ConfirmFactor: (
        "UPDATE factor SET counter = $3, confirmed_at = $4, used_at = $4"
        " WHERE id = $1 AND user_id = $2 AND confirmed_at IS NULL"
    ),
    writes.UseFactor: (
        "UPDATE factor SET counter = $4, details = $5, used_at = $6"
        " WHERE id = $1 AND user_id = $2 AND counter = $3"
        " AND confirmed_at IS NOT NULL"
    ),
    writes.RenameFactor: ("UPDATE factor SET name = $3 WHERE id = $1 AND user_id = $2"),
    writes.DeleteFactor: "DELETE FROM factor WHERE id = $1 AND user_id = $2",
    writes.DeleteFactors: "DELETE FROM factor WHERE user_id = $1 AND kind = $2",
    writes.RecountFactors: (
        "UPDATE user_account SET updated_at = $2, second_factor_at ="
        " (SELECT MIN(f.confirmed_at) FROM factor f"
        f" WHERE f.user_id = $1 AND f.kind IN ({_SECOND}))"
        " WHERE user_id = $1"
    ),
    writes.TakeTry: (
        "INSERT INTO throttle (key, count, until, subject) VALUES ($1, 1, $4, $5)"
        " ON CONFLICT (key) DO UPDATE SET"
        " count = CASE WHEN throttle.until <= $3 THEN 1 ELSE throttle.count + 1 END,"
        " until = CASE WHEN throttle.until <= $3 THEN $4 ELSE throttle.until END"
        " WHERE throttle.until <= $3 OR throttle.count < $2"
    ),
    writes.ForgiveTries: "DELETE FROM throttle WHERE key = $1",
    writes.ForgiveSubject: "DELETE FROM throttle WHERE subject = $1",
    writes.DrawToken: (
        "INSERT INTO throttle (key, count, until)"
        " VALUES ($1, 0, CAST($2 AS BIGINT) + CAST($3 AS BIGINT))"
        " ON CONFLICT (key) DO UPDATE SET until = $3 +"
        " CASE WHEN throttle.until <= $2 THEN CAST($2 AS BIGINT)"
        " ELSE throttle.until END"
        " WHERE throttle.until <= CAST($2 AS BIGINT) + CAST($4 AS BIGINT)"
    ),
    writes.GiveToken: "UPDATE throttle SET until = until - $2 WHERE key = $1",
}
