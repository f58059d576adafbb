"""What the actions of one login have said so far, where the login has to wait.

A redirect or a second factor stands between the actions and the code. Nothing is asked
twice: what was said is kept under a name, sealed, until the login goes on (ADR 14).
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.clock import HOUR
from gatelodge.base.encoding import digest_of
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.login.transaction import Transaction
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import FindTicket, TicketBundle
from gatelodge.model.writes import InsertTicket, UseTicket
from gatelodge.oauth.outcome import Run

NAME_BYTES: Final = 24
LIFETIME: Final = HOUR
_PURPOSE: Final = "actions so far"
_LONGEST_NAME: Final = 64


class SoFar(msgspec.Struct, frozen=True, kw_only=True):
    """Whose login waits; with ``run.outcome.redirect``, for their return."""

    user_id: str
    run: Run
    transaction: Transaction


def keep(
    so_far: SoFar, name: str, *, sealer: Sealer, nonce: bytes, now: int
) -> InsertTicket:
    """The change that keeps it for an hour."""
    sealed = sealer.seal_text(
        msgspec.json.encode(so_far), purpose=_PURPOSE, nonce=nonce
    )
    ticket = Ticket(
        digest=digest_of(name),
        purpose="actions",
        user_id=so_far.user_id,
        payload={"sealed": sealed},
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return InsertTicket(ticket=ticket)


def question(name: str) -> FindTicket:
    """How to ask for what was kept."""
    return FindTicket(digest=digest_of(name[:_LONGEST_NAME]), purpose="actions")


def read(bundle: TicketBundle | None, sealer: Sealer) -> SoFar | None:
    """What was kept, used or not; None where nothing was."""
    if bundle is None:
        return None
    try:
        plain = sealer.unseal_text(
            str(bundle.ticket.payload.get("sealed")), purpose=_PURPOSE
        )
        return msgspec.json.decode(plain, type=SoFar)
    except (SealBroken, msgspec.DecodeError):
        return None


def good(bundle: TicketBundle | None, now: int) -> bool:
    """Whether it may be gone on with: once, and within its hour."""
    if bundle is None or bundle.ticket.used_at is not None:
        return False
    return now < bundle.ticket.expires_at


def spend(name: str, now: int) -> UseTicket:
    """It has been gone on with."""
    return UseTicket(digest=digest_of(name), used_at=now)
