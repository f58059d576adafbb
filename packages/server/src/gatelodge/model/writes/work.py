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
    """Put a mail into the outbox."""

    must: ClassVar[int | None] = 1
    mail: Outgoing


class MailSent(Write, frozen=True, kw_only=True):
    """The mail server has taken it."""

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


class SweepCodes(Write, frozen=True, kw_only=True):
    """Remove codes that ended before ``before``."""

    before: int


class SweepTickets(Write, frozen=True, kw_only=True):
    """Remove links that ended before ``before``."""

    before: int


class SweepJtis(Write, frozen=True, kw_only=True):
    """Forget single-use values that ended before ``before``."""

    before: int


class SweepSessions(Write, frozen=True, kw_only=True):
    """Remove sessions whose absolute end was before ``before``."""

    before: int


class SweepExpiredFamilies(Write, frozen=True, kw_only=True):
    """Remove families whose absolute end was before ``before``, so many at a time."""

    before: int
    most: int


class SweepRevokedFamilies(Write, frozen=True, kw_only=True):
    """Remove families that were ended before ``before``, so many at a time."""

    before: int
    most: int


class SweepLog(Write, frozen=True, kw_only=True):
    """Remove log lines whose id lies below ``below``, so many at a time."""

    below: str
    most: int


class SweepMail(Write, frozen=True, kw_only=True):
    """Remove mail written before ``before``, sent or not: its links have ended."""

    before: int
