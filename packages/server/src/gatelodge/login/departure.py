"""A person deletes their account: asked for, thought over, done (contract 1.8).

At once everything is signed out; the account itself goes after a grace period, in which
signing in offers to keep it.
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import DAY
from gatelodge.base.errors import AccountRefusal
from gatelodge.login.letter import Letter, called
from gatelodge.model.settings import Settings
from gatelodge.model.user import User
from gatelodge.model.writes import (
    EndUserFamilies,
    EndUserSessions,
    KeepAccount,
    LeaveAccount,
)
from gatelodge.oauth.log import Witness

_REASON = "account is being deleted"


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """When the account goes, and what is written and mailed now."""

    leaving_at: int
    writes: tuple[Write, ...]
    letters: tuple[Letter, ...]


def check_typed(user: User, typed: str) -> None:
    """The person has written out which account they mean.

    Raises:
        AccountRefusal: they have not.
    """
    if typed.strip().casefold() != user.label.casefold():
        raise AccountRefusal(
            "The confirmation does not name the account",
            text_id="error.delete_typed",
            rule="House-delete-typed",
        )


def leave(user: User, *, settings: Settings, witness: Witness) -> Leaving:
    """Say when the account goes, and sign everything out."""
    now = witness.at
    leaving_at = now + settings.account_deletion_grace_days * DAY
    log = witness.line(
        "sapi",
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="Ask for one's account to be deleted",
        leaving_at=leaving_at,
    )
    letter = Letter(
        name="account_leaving",
        recipient=user.email,
        context={
            "user_name": called(user),
            "days": settings.account_deletion_grace_days,
        },
    )
    return Leaving(
        leaving_at=leaving_at,
        writes=(
            LeaveAccount(
                user_id=user.user_id,
                leaving_at=leaving_at,
                at=max(now, user.updated_at + 1),
            ),
            EndUserSessions(user_id=user.user_id, at=now),
            EndUserFamilies(user_id=user.user_id, client_id="", at=now, reason=_REASON),
            log,
        ),
        letters=(letter,) if user.email else (),
    )


def keep(user: User, *, client_id: str, witness: Witness) -> tuple[Write, ...]:
    """The person has thought again."""
    at = max(witness.at, user.updated_at + 1)
    log = witness.line(
        "sapi",
        client_id=client_id,
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="Keep one's account",
    )
    return (KeepAccount(user_id=user.user_id, at=at), log)
