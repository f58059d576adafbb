"""What waits under a name, sealed, until a login goes on; once, and for an hour."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from gatelodge.base.clock import HOUR
from gatelodge.base.encoding import digest_of
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.model.grant import Ticket, TicketPurpose
from gatelodge.model.reads import FindTicket, TicketBundle
from gatelodge.model.writes import InsertTicket, UseTicket

NAME_BYTES: Final = 24
LIFETIME: Final = HOUR
_LONGEST_NAME: Final = 64
_Kept = TypeVar("_Kept", bound=msgspec.Struct)


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Where things of one kind wait; ``seal`` keeps them apart from all others."""

    purpose: TicketPurpose
    seal: str

    def keep(
        self,
        kept: msgspec.Struct,
        name: str,
        *,
        user_id: str,
        sealer: Sealer,
        nonce: bytes,
        now: int,
    ) -> InsertTicket:
        """The change that keeps it."""
        plain = msgspec.json.encode(kept)
        sealed = sealer.seal_text(plain, purpose=self.seal, nonce=nonce)
        ticket = Ticket(
            digest=digest_of(name),
            purpose=self.purpose,
            user_id=user_id,
            payload={"sealed": sealed},
            created_at=now,
            expires_at=now + LIFETIME,
        )
        return InsertTicket(ticket=ticket)

    def question(self, name: str) -> FindTicket:
        """How to ask for what was kept."""
        return FindTicket(digest=digest_of(name[:_LONGEST_NAME]), purpose=self.purpose)

    def read(
        self, bundle: TicketBundle | None, kind: type[_Kept], sealer: Sealer
    ) -> _Kept | None:
        """What was kept, used or not; None where nothing was."""
        if bundle is None:
            return None
        sealed = str(bundle.ticket.payload.get("sealed"))
        try:
            plain = sealer.unseal_text(sealed, purpose=self.seal)
            return msgspec.json.decode(plain, type=kind)
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
