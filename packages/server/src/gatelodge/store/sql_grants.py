"""Codes, refresh families and consents."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from typing import Final

from gatelodge.model import reads, writes
from gatelodge.model.grant import Code, Consent, Family
from gatelodge.store.person import Found, one, people
from gatelodge.store.rows import columns, many
from gatelodge.store.statement import Reading, Readings, Writings
from gatelodge.store.text import insert, listed, put, select

_CODE: Final = columns(Code)
_FAMILY: Final = columns(Family)
_LIVE_FAMILIES: Final = """(SELECT COUNT(*) FROM refresh_family f
  WHERE f.user_id = s.user_id AND f.client_id = s.client_id AND f.revoked_at IS NULL
  AND (f.expires_at IS NULL OR f.expires_at > $2)
  AND (f.idle_until IS NULL OR f.idle_until > $2))"""
_FAMILIES_AT_CLIENT: Final = """(SELECT COUNT(*) FROM refresh_family f
  WHERE f.user_id = s.user_id AND f.client_id = $2 AND f.revoked_at IS NULL
  AND (f.expires_at IS NULL OR f.expires_at > $3)
  AND (f.idle_until IS NULL OR f.idle_until > $3))"""
_OPEN_SESSIONS: Final = """(SELECT COUNT(*) FROM session x
  WHERE x.sid = s.sid AND x.revoked_at IS NULL)"""
# The inner limit only satisfies SQLite, which knows no OFFSET without one.
_END_OLDEST: Final = """
UPDATE refresh_family SET revoked_at = $4, reason = $5
WHERE revoked_at IS NULL AND id IN (
  SELECT id FROM refresh_family
  WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > $4)
  AND (idle_until IS NULL OR idle_until > $4)
  ORDER BY created_at DESC, id DESC LIMIT 100000 OFFSET $3)"""


def _code(row: Found) -> reads.CodeBundle:
    own, person, extra = row
    return reads.CodeBundle(
        code=_CODE.decode(own),
        person=person,
        session_open=extra[0] == 1,
        families=extra[1],
    )


def _grantee(row: Found) -> reads.Grantee | None:
    _, person, (families,) = row
    if person is None:
        return None
    return reads.Grantee(person=person, families=families)


def _family(row: Found) -> reads.FamilyBundle:
    own, person, _ = row
    return reads.FamilyBundle(family=_FAMILY.decode(own), person=person)


def _bearer(row: Found) -> reads.BearerBundle | None:
    _, person, (revoked_at, reason) = row
    if person is None:
        return None
    ended = None if revoked_at is None else reason or "revoked"
    return reads.BearerBundle(person=person, ended=ended)


def _end(where: str, *, at: int) -> str:
    """End families that have not ended yet; ``$at`` and the next are when and why."""
    return (
        f"UPDATE refresh_family SET revoked_at = ${at}, reason = ${at + 1}"
        f" WHERE {where} AND revoked_at IS NULL"
    )


READINGS: Final[Readings] = {
    reads.FindCode: Reading(
        people(
            "code s",
            "s.digest = $1",
            own=listed(Code, "s"),
            extra=f"{_OPEN_SESSIONS}, {_LIVE_FAMILIES}",
        ),
        one(_CODE.width, _code),
    ),
    reads.FindGrantee: Reading(
        people("user_account s", "s.user_id = $1", extra=_FAMILIES_AT_CLIENT),
        one(0, _grantee),
    ),
    reads.FindFamily: Reading(
        people("refresh_family s", "s.id = $1", own=listed(Family, "s")),
        one(_FAMILY.width, _family),
    ),
    reads.FindBearer: Reading(
        people(
            "user_account s",
            "s.user_id = $1",
            extra="f.revoked_at, f.reason",
            joins="LEFT JOIN refresh_family f ON f.id = $2",
        ),
        one(0, _bearer),
    ),
    reads.ListFamilies: Reading(
        select(
            "refresh_family",
            Family,
            "WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",
        ),
        lambda rows: many(Family, rows),
    ),
    reads.ListConsents: Reading(
        select("consent", Consent, "WHERE user_id = $1 ORDER BY client_id, audience"),
        lambda rows: many(Consent, rows),
    ),
}

WRITINGS: Final[Writings] = {
    writes.InsertCode: insert("code", Code),
    writes.ConsumeCode: (
        "UPDATE code SET used_at = $2 WHERE digest = $1 AND used_at IS NULL"
    ),
    writes.DeleteClientCodes: "DELETE FROM code WHERE client_id = $1",
    writes.DeleteGrantCodes: (
        "DELETE FROM code"
        " WHERE user_id = $1 AND client_id = $2 AND COALESCE(audience, '') = $3"
    ),
    writes.InsertFamily: insert("refresh_family", Family),
    writes.BuryFamily: insert("refresh_family", Family),
    writes.TurnFamily: (
        "UPDATE refresh_family SET generation = $3, rotated_at = $4, used_at = $5,"
        " idle_until = $6, expires_at = $7"
        " WHERE id = $1 AND generation = $2 AND revoked_at IS NULL"
    ),
    writes.EndFamily: _end("id = $1", at=2),
    writes.EndUserFamilies: _end("user_id = $1 AND ($2 = '' OR client_id = $2)", at=3),
    writes.EndSessionFamilies: _end("user_id = $1 AND sid = $2", at=3),
    writes.EndOtherFamilies: _end("user_id = $1 AND sid <> $2", at=3),
    writes.EndGrantFamilies: _end(
        "user_id = $1 AND client_id = $2 AND COALESCE(audience, '') = $3", at=4
    ),
    writes.EndClientFamilies: _end("client_id = $1", at=2),
    writes.EndOldestFamilies: _END_OLDEST,
    writes.GiveConsent: put("consent", Consent, key="user_id, client_id, audience"),
    writes.WithdrawConsent: (
        "DELETE FROM consent WHERE user_id = $1 AND client_id = $2 AND audience = $3"
    ),
    writes.DeleteClientConsents: "DELETE FROM consent WHERE client_id = $1",
}
