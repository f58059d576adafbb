"""Single-use links in mails (security defaults 32).

256 random bits, stored as a digest, bound to purpose, person and e-mail address; only
the newest works, once, and it takes a POST to use one, because mail scanners follow
links.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.opaque import TICKET_PREFIX, random_token
from gatelodge.login.letter import Letter, called
from gatelodge.model.grant import Ticket, TicketPurpose
from gatelodge.model.reads import TicketBundle
from gatelodge.model.settings import Settings
from gatelodge.model.user import Person, User
from gatelodge.model.writes import InsertTicket, VoidTickets

TICKET_BYTES: Final = 32


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A new ticket's secret, and the writes that void the older ones and add it."""

    secret: str
    writes: tuple[VoidTickets, InsertTicket]


def issue(
    user: User,
    purpose: TicketPurpose,
    *,
    payload: dict[str, Any],
    lifetime: int,
    raw: bytes,
    now: int,
) -> Issued:
    """A ticket for ``user``; ``lifetime`` in seconds."""
    secret = random_token(TICKET_PREFIX, raw[:TICKET_BYTES])
    ticket = Ticket(
        digest=digest_of(secret),
        purpose=purpose,
        user_id=user.user_id,
        payload={**payload, "email_key": user.email_key},
        created_at=now,
        expires_at=now + lifetime * 1000,
    )
    void = VoidTickets(user_id=user.user_id, purpose=purpose, used_at=now)
    return Issued(secret=secret, writes=(void, InsertTicket(ticket=ticket)))


def holder(bundle: TicketBundle | None, now: int) -> Person | None:
    """Whom a presented ticket speaks for; None when it is not good any more.

    An address changed since then makes the link worthless.
    """
    if bundle is None or bundle.person is None:
        return None
    ticket, user = bundle.ticket, bundle.person.user
    if ticket.used_at is not None or ticket.expires_at <= now:
        return None
    if ticket.payload.get("email_key") != user.email_key:
        return None
    return None if user.blocked_at is not None else bundle.person


def may_send_again(bundle: TicketBundle, now: int) -> bool:
    """One mail a minute, so that nobody's mailbox is filled by clicking."""
    return now - bundle.newest_at >= MINUTE


def verification(user: User, secret: str, *, issuer: str, settings: Settings) -> Letter:
    """The mail that asks whether an address is really this person's."""
    return Letter(
        name="verify_email",
        recipient=user.email,
        context={
            "url": f"{issuer}u/verify-email?ticket={secret}",
            "minutes": settings.verify_ticket_lifetime // 60,
            "user_name": called(user),
        },
    )
