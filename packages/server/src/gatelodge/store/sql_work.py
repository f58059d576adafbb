"""The tenant log, mail and texts going out, duties held by one node, the pulse."""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

from typing import Final

from gatelodge.model import reads, writes
from gatelodge.model.key import Outgoing
from gatelodge.model.log import LogLine
from gatelodge.store.rows import many
from gatelodge.store.statement import CLOCK, Reading, Readings, Rows, Writings
from gatelodge.store.text import append, insert, select


def _lines(rows: Rows) -> tuple[LogLine, ...]:
    return many(LogLine, rows)


def _mails(rows: Rows) -> tuple[Outgoing, ...]:
    return many(Outgoing, rows)


def _pulse(rows: Rows) -> reads.PulseAnswer:
    version, now = rows[0]
    return reads.PulseAnswer(version=version, now=now)


def _filter(question: reads.ListLog | reads.TailLog, *, type_at: int) -> str:
    """Name the narrowest filter plainly, so that its index serves; the rest if set."""
    kind, user = f"${type_at}", f"${type_at + 1}"
    any_kind, any_user = (
        f"({kind} = '' OR type = {kind})",
        f"({user} = '' OR user_id = {user})",
    )
    if question.user_id:
        return f"user_id = {user} AND {any_kind}"
    if question.type:
        return f"type = {kind} AND {any_user}"
    return f"{any_kind} AND {any_user}"


def _list_log(question: reads.ListLog) -> str:
    where = _filter(question, type_at=2)
    return select("log", LogLine, f"WHERE id > $1 AND {where} ORDER BY id LIMIT $4")


def _tail_log(question: reads.TailLog) -> str:
    where = _filter(question, type_at=1)
    return select("log", LogLine, f"WHERE {where} ORDER BY id DESC LIMIT $3")


def _due(texts: str) -> str:
    """What waits; a text's recipient is an ``sms:`` URI, a mail's an address."""
    return select(
        "outgoing",
        Outgoing,
        "WHERE due_at <= $1 AND sent_at IS NULL AND failed_at IS NULL"
        f" AND recipient {texts} 'sms:%' ORDER BY due_at, id LIMIT $2",
    )


READINGS: Final[Readings] = {
    reads.Pulse: Reading(f"SELECT version, {CLOCK} FROM catalogue_version", _pulse),
    reads.ListLog: Reading(_list_log, _lines),
    reads.TailLog: Reading(_tail_log, _lines),
    reads.DueMail: Reading(_due("NOT LIKE"), _mails),
    reads.DueTexts: Reading(_due("LIKE"), _mails),
    reads.ListMail: Reading(
        select("outgoing", Outgoing, "ORDER BY created_at DESC, id DESC LIMIT $1"),
        _mails,
    ),
}

WRITINGS: Final[Writings] = {
    writes.AppendLog: append("log", LogLine),
    writes.QueueMail: insert("outgoing", Outgoing),
    writes.MailSent: "UPDATE outgoing SET sent_at = $2, error = NULL WHERE id = $1",
    writes.MailFailed: (
        "UPDATE outgoing SET tries = $2, due_at = $3, failed_at = $4, error = $5"
        " WHERE id = $1"
    ),
    writes.TakeLease: (
        "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $4)"
        " ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until"
        " WHERE lease.until <= $3 OR lease.holder = excluded.holder"
    ),
}
