"""A person takes another e-mail address (contract 1.8).

The new address proves itself by a link that is sent to it; until then the old one is in
force. The old one is told when it has happened. Whether the new address has an account
already is not told to whoever asks (security defaults 30).
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.text import email_key, is_email
from gatelodge.login import ticket
from gatelodge.login.letter import Letter, called
from gatelodge.model.reads import TicketBundle
from gatelodge.model.settings import Settings
from gatelodge.model.user import User
from gatelodge.model.writes import UpdateUser, UseTicket
from gatelodge.oauth.log import Witness


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from asking, and the mail that does."""

    writes: tuple[Write, ...]
    letters: tuple[Letter, ...] = ()


def check(typed: str, user: User) -> str:
    """The new address in its normal form.

    Raises:
        AccountRefusal: it is none, or the one in force.
    """
    key = email_key(typed)
    if not is_email(key):
        raise _refused("The e-mail address is not valid", "error.email_invalid")
    if key == user.email_key:
        raise _refused("This is the address already", "error.email_same")
    return key


def ask(
    user: User,
    new: str,
    *,
    settings: Settings,
    issuer: str,
    witness: Witness,
    raw: bytes,
) -> Asked:
    """A link to the new address; the newest alone works."""
    issued = ticket.issue(
        user,
        "change_email",
        payload={"new": new},
        lifetime=settings.reset_ticket_lifetime,
        raw=raw,
        now=witness.at,
    )
    letter = Letter(
        name="change_email",
        recipient=new,
        context={
            "url": f"{issuer}u/change-email?ticket={issued.secret}",
            "minutes": settings.reset_ticket_lifetime // 60,
            "user_name": called(user),
        },
    )
    return Asked(writes=issued.writes, letters=(letter,))


def change(bundle: TicketBundle, user: User, *, witness: Witness) -> Asked:
    """The link was followed: the new address is theirs, and proven.

    Lost if another account of the database has it.
    """
    new = str(bundle.ticket.payload["new"])
    now = max(witness.at, user.updated_at + 1)
    told = msgspec.structs.replace(
        user, email=new, email_key=new, email_verified_at=witness.at, updated_at=now
    )
    log = witness.line(
        "sce",
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="e-mail address changed",
    )
    writes = (
        UseTicket(digest=bundle.ticket.digest, used_at=witness.at),
        UpdateUser(user=told, seen_updated_at=user.updated_at),
        log,
    )
    letter = Letter(
        name="email_changed", recipient=user.email, context={"user_name": called(user)}
    )
    return Asked(writes=writes, letters=(letter,) if user.email else ())


def _refused(says: str, text_id: str) -> AccountRefusal:
    return AccountRefusal(says, text_id=text_id, rule="House-address")
