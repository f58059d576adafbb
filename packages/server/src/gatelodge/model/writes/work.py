"""Changes of the log, the outbox and the duties; what ended goes away."""

from __future__ import annotations

from typing import ClassVar

from gatelodge.base.change import Write
from gatelodge.model.key import Outgoing
from gatelodge.model.log import LogLine


class AppendLog(Write, frozen=True, kw_only=True):
    """One line of the tenant log, in the transaction of what it tells of."""

    line: LogLine


class QueueMail(Write, frozen=True, kw_only=True):
    """Put a mail or a text into the outbox."""

    must: ClassVar[int | None] = 1
    mail: Outgoing


class MailSent(Write, frozen=True, kw_only=True):
    """The mail server, or who sends texts, has taken it."""

    mail_id: str
    sent_at: int


class MailFailed(Write, frozen=True, kw_only=True):
    """It could not be handed over; ``failed_at`` is set when we give up."""

    mail_id: str
    tries: int
    due_at: int
    failed_at: int | None
    error: str


class TakeLease(Write, frozen=True, kw_only=True):
    """Hold a named duty until ``until``, unless another node holds it."""

    must: ClassVar[int | None] = 1
    name: str
    holder: str
    now: int
    until: int


class Sweep(Write, frozen=True, kw_only=True):
    """Remove what ended before ``before``, the ``most`` that ended first.

    ``before`` is a time, save for the log: there it is an id, which begins with one.
    """

    what: str
    before: int | str
    most: int


class SweepIdleFamilies(Write, frozen=True, kw_only=True):
    """Of ``most`` families from id ``start`` on, remove those idle since ``before``.

    The idle end moves at each renewal and so has no index; a bounded look from a
    random place, again and again, comes by every family.
    """

    start: str
    before: int
    most: int
