"""Changes of links in mails and of values that may be used once."""

from __future__ import annotations

from typing import ClassVar

from gatelodge.base.change import Write
from gatelodge.model.grant import Ticket


class InsertTicket(Write, frozen=True, kw_only=True):
    """Issue a single-use link."""

    must: ClassVar[int | None] = 1
    ticket: Ticket


class PutTicket(Write, frozen=True, kw_only=True):
    """Issue under a name of its own: only the newest of that name works."""

    ticket: Ticket


class UseTicket(Write, frozen=True, kw_only=True):
    """Spend a link, once."""

    must: ClassVar[int | None] = 1
    digest: str
    used_at: int


class VoidTickets(Write, frozen=True, kw_only=True):
    """Only the newest link works: spend the person's unused ones."""

    user_id: str
    purpose: str
    used_at: int


class SpendJti(Write, frozen=True, kw_only=True):
    """Remember a value that may be used once; loses when it was used before."""

    must: ClassVar[int | None] = 1
    key: str
    expires_at: int
