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
from gatelodge.base.seal import Sealer
from gatelodge.login import linking, set_aside
from gatelodge.login.set_aside import Shelf
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.profile import Identity
from gatelodge.model.reads import FindTicket, TicketBundle
from gatelodge.model.user import User
from gatelodge.model.writes import (
    InsertIdentity,
    InsertTicket,
    InsertUser,
)
from gatelodge.oauth.log import Witness

_SHELF: Final = Shelf(purpose="joining", seal="joining")


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
    return _SHELF.keep(
        joining, name, user_id=joining.owner_id, sealer=sealer, nonce=nonce, now=now
    )


def question(name: str) -> FindTicket:
    """How to ask for what was kept."""
    return _SHELF.question(name)


def read(bundle: TicketBundle | None, sealer: Sealer, now: int) -> Joining | None:
    """What was kept; None where it was used, or waited for too long."""
    if not set_aside.good(bundle, now):
        return None
    return _SHELF.read(bundle, Joining, sealer)
