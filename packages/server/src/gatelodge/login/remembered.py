"""A browser in which two factors were lately proven is not asked again (contract 2.3).

Its cookie holds a secret; the row behind it is one person's, ends, and goes when the
person's factors or password change.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.clock import DAY
from gatelodge.base.encoding import digest_of
from gatelodge.base.opaque import BROWSER_PREFIX, random_token
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import TicketBundle
from gatelodge.model.writes import InsertTicket

SECRET_BYTES: Final = 32


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie's secret, and the row to write."""

    secret: str
    write: InsertTicket


def remember(user_id: str, *, days: int, raw: bytes, now: int) -> Remembered:
    """Remember this browser for one person; ``raw``: ``SECRET_BYTES`` random bytes."""
    secret = random_token(BROWSER_PREFIX, raw[:SECRET_BYTES])
    ticket = Ticket(
        digest=digest_of(secret),
        purpose="remembered_browser",
        user_id=user_id,
        payload={},
        created_at=now,
        expires_at=now + days * DAY,
    )
    return Remembered(secret=secret, write=InsertTicket(ticket=ticket))


def knows(bundle: TicketBundle | None, user_id: str, now: int) -> bool:
    """Whether the browser is remembered for this very person."""
    if bundle is None or bundle.ticket.user_id != user_id:
        return False
    return bundle.ticket.used_at is None and now < bundle.ticket.expires_at
