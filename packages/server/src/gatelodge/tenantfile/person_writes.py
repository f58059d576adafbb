"""What follows from an administrator's change to an account (contract 1.8, 4.1)."""

from __future__ import annotations

from gatelodge.base.change import Write
from gatelodge.model.grant import TicketPurpose
from gatelodge.model.settings import Settings
from gatelodge.model.user import User
from gatelodge.model.writes import (
    USER_TABLES,
    DeleteLinked,
    DeleteUser,
    DeleteUserRows,
    EndUserFamilies,
    EndUserSessions,
    ForgiveSubject,
    VoidTickets,
)


def signed_out(user_id: str, reason: str, *, now: int) -> tuple[Write, ...]:
    """End all of a person's sessions and refresh families (row 28: on block)."""
    return (
        EndUserSessions(user_id=user_id, at=now),
        EndUserFamilies(user_id=user_id, client_id="", at=now, reason=reason),
    )


def after_password(user: User, settings: Settings, *, now: int) -> tuple[Write, ...]:
    """Sessions end and open links are void; families by the setting (row 24).

    The sessions are those of the person whose account this one is part of.
    """
    user_id, whose = user.user_id, user.linked_to or user.user_id
    sessions: tuple[Write, ...] = (EndUserSessions(user_id=whose, at=now),)
    if not settings.keep_refresh_tokens_on_password_change:
        sessions = signed_out(whose, "password changed", now=now)
    open_links: tuple[TicketPurpose, ...] = ("reset_password", "change_email")
    void = (
        VoidTickets(user_id=user_id, purpose=purpose, used_at=now)
        for purpose in open_links
    )
    return (*sessions, *void, ForgiveSubject(subject=user_id))


def deletion(user_id: str) -> tuple[Write, ...]:
    """Remove an account, those that are part of it, and all that hangs on them.

    Contract 1.8, deletion and linking.
    """
    hanging = (DeleteUserRows(table=table, user_id=user_id) for table in USER_TABLES)
    return (DeleteUser(user_id=user_id), *hanging, DeleteLinked(user_id=user_id))
