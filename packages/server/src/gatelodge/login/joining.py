"""Somebody who is about to be made part of an account by their verified address.

A sign-in that fails links nothing, and it has not gone through before a second factor
is shown and everything else is answered. Until then who joins is kept under a name,
sealed; when the app gets what it asked for, it is looked at once more whether the two
still belong together.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import HOUR
from gatelodge.base.encoding import digest_of
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.login import linking
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.grant import Ticket
from gatelodge.model.profile import Identity
from gatelodge.model.reads import FindTicket, TicketBundle
from gatelodge.model.user import User
from gatelodge.model.writes import (
    InsertIdentity,
    InsertTicket,
    InsertUser,
    UseTicket,
)
from gatelodge.oauth.log import Witness

NAME_BYTES: Final = 24
LIFETIME: Final = HOUR
_PURPOSE: Final = "joining"


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account it is, and who becomes part of it."""

    owner_id: str
    user: User
    identity: Identity


def joined(
    joining: Joining,
    owner: User,
    *,
    client_id: str,
    catalogue: Catalogue,
    witness: Witness,
) -> tuple[Write, ...]:
    """What makes them one person; nothing where they belong together no more."""
    if joining.owner_id != owner.user_id:
        return ()
    connection = catalogue.connection_by_id(joining.user.connection_id)
    if connection is None or not connection.options.link_by_verified_email:
        return ()
    if not linking.owns(owner, joining.user.email_key):
        return ()
    made = (InsertUser(user=joining.user), InsertIdentity(identity=joining.identity))
    return linking.join(
        owner,
        (joining.user, made),
        client_id=client_id,
        because="verified e-mail address",
        witness=witness,
    )


def keep(
    joining: Joining, name: str, *, sealer: Sealer, nonce: bytes, now: int
) -> InsertTicket:
    """The change that keeps it for an hour."""
    sealed = sealer.seal_text(
        msgspec.json.encode(joining), purpose=_PURPOSE, nonce=nonce
    )
    ticket = Ticket(
        digest=digest_of(name),
        purpose="joining",
        user_id=joining.owner_id,
        payload={"sealed": sealed},
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return InsertTicket(ticket=ticket)


def question(name: str) -> FindTicket:
    """How to ask for what was kept."""
    return FindTicket(digest=digest_of(name), purpose="joining")


def read(bundle: TicketBundle | None, sealer: Sealer, now: int) -> Joining | None:
    """What was kept; None where it was used, or waited for too long."""
    if bundle is None or bundle.ticket.used_at is not None:
        return None
    if bundle.ticket.expires_at <= now:
        return None
    try:
        plain = sealer.unseal_text(
            str(bundle.ticket.payload.get("sealed")), purpose=_PURPOSE
        )
        return msgspec.json.decode(plain, type=Joining)
    except (SealBroken, msgspec.DecodeError):
        return None


def spend(name: str, now: int) -> UseTicket:
    """They have been joined."""
    return UseTicket(digest=digest_of(name), used_at=now)
