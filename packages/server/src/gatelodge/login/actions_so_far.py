"""What the actions of one login have said so far, where the login has to wait.

A redirect or a second factor stands between the actions and the code. Nothing is asked
twice: what was said is kept under a name, sealed, until the login goes on (ADR 14).
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.seal import Sealer
from gatelodge.login.set_aside import Shelf
from gatelodge.login.transaction import Transaction
from gatelodge.model.reads import FindTicket, TicketBundle
from gatelodge.model.writes import InsertTicket
from gatelodge.oauth.outcome import Run

_SHELF: Final = Shelf(purpose="actions", seal="actions so far")


class SoFar(msgspec.Struct, frozen=True, kw_only=True):
    """Whose login waits; with ``run.outcome.redirect``, for their return."""

    user_id: str
    run: Run
    transaction: Transaction


def keep(
    so_far: SoFar, name: str, *, sealer: Sealer, nonce: bytes, now: int
) -> InsertTicket:
    """The change that keeps it for an hour."""
    return _SHELF.keep(
        so_far, name, user_id=so_far.user_id, sealer=sealer, nonce=nonce, now=now
    )


def question(name: str) -> FindTicket:
    """How to ask for what was kept."""
    return _SHELF.question(name)


def read(bundle: TicketBundle | None, sealer: Sealer) -> SoFar | None:
    """What was kept, used or not; None where nothing was."""
    return _SHELF.read(bundle, SoFar, sealer)
