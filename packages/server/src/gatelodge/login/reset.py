"""A forgotten password: asking for a link, and setting a new password with it."""

from __future__ import annotations

from typing import Final, get_args

import msgspec

from gatelodge.base.change import Write
from gatelodge.login import ticket
from gatelodge.login.letter import Letter, called
from gatelodge.model.connection import Connection
from gatelodge.model.factor import FactorKind
from gatelodge.model.reads import Account, TicketBundle
from gatelodge.model.settings import Settings
from gatelodge.model.user import Password, User
from gatelodge.model.writes import (
    AppendLog,
    DeleteFactors,
    EndUserFamilies,
    EndUserSessions,
    ForgiveSubject,
    HoldAccount,
    PutPassword,
    RecountFactors,
    UnlinkAccount,
    UnlinkAll,
    UseTicket,
    VerifyEmail,
    VoidTickets,
)
from gatelodge.oauth.log import Witness

_KINDS: Final[tuple[FactorKind, ...]] = get_args(FactorKind)
ANSWER = "We've just sent you an email to reset your password."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from asking; the person sees the same in every case.

    ``unsent`` is written like ``letters`` and thrown away: a stranger's address takes
    as long as a known one (decisions 23).
    """

    writes: tuple[Write, ...]
    letters: tuple[Letter, ...] = ()
    unsent: tuple[Letter, ...] = ()


def ask(
    account: Account | None,
    *,
    connection: Connection,
    client_id: str,
    identifier: str,
    settings: Settings,
    issuer: str,
    witness: Witness,
    raw: bytes,
    restart: dict[str, str] | None = None,
) -> Asked:
    """A link for a known, unblocked person; for others a log line only."""
    user = account.named if account else None
    if account is None or user is None or account.person.user.blocked_at is not None:
        log = _nobody(user, connection, client_id, identifier, witness)
        unsent = _letter(identifier, None, "ti_", issuer, settings)
        return Asked(writes=(log,), unsent=(unsent,))
    issued = ticket.issue(
        user,
        "reset_password",
        payload={"client_id": client_id, "restart": restart or {}},
        lifetime=settings.reset_ticket_lifetime,
        raw=raw,
        now=witness.at,
    )
    log = witness.line(
        "scpr",
        client_id=client_id,
        user_id=user.user_id,
        connection_id=connection.id,
    )
    letter = _letter(user.email, called(user), issued.secret, issuer, settings)
    return Asked(writes=(*issued.writes, log), letters=(letter,))


def _nobody(
    user: User | None,
    connection: Connection,
    client_id: str,
    identifier: str,
    witness: Witness,
) -> AppendLog:
    return witness.line(
        "fcpr",
        client_id=client_id,
        user_id=user.user_id if user else None,
        connection_id=connection.id,
        description="user is blocked" if user else "no such account",
        user_name=None if user else identifier[:254],
    )


def _letter(
    recipient: str, name: str | None, secret: str, issuer: str, settings: Settings
) -> Letter:
    return Letter(
        name="reset_password",
        recipient=recipient,
        context={
            "url": f"{issuer}u/reset?ticket={secret}",
            "minutes": settings.reset_ticket_lifetime // 60,
            "user_name": name,
        },
    )


def signed_out(
    user: User, now: int, *, keep_families: bool = False
) -> tuple[Write, ...]:
    """What a new password ends, of the person whose account it is part of."""
    whose = user.linked_to or user.user_id
    sessions = (
        EndUserSessions(user_id=whose, at=now),
        VoidTickets(user_id=whose, purpose="remembered_browser", used_at=now),
        VoidTickets(user_id=whose, purpose="change_email", used_at=now),
        VoidTickets(user_id=user.user_id, purpose="change_email", used_at=now),
        ForgiveSubject(subject=user.user_id),
    )
    if keep_families:
        return sessions
    reason = "password changed"
    return (
        *sessions,
        EndUserFamilies(user_id=whose, client_id="", at=now, reason=reason),
    )


def change(
    bundle: TicketBundle,
    user: User,
    *,
    phc: str,
    settings: Settings,
    witness: Witness,
) -> Asked:
    """Set the new password; every session ends, and every refresh token unless kept.

    Contract 4.1, row 24. The link proves the address too.
    """
    now = witness.at
    first = user.email_verified_at is None
    keep = settings.keep_refresh_tokens_on_password_change and not first
    ended = signed_out(user, now, keep_families=keep)
    if first:
        ended = (*ended, *_first_proof(user, now))
    writes = (
        UseTicket(digest=bundle.ticket.digest, used_at=now),
        PutPassword(password=Password(user_id=user.user_id, phc=phc, changed_at=now)),
        *ended,
        witness.line("scp", user_id=user.user_id, connection_id=user.connection_id),
    )
    letter = Letter(
        name="password_changed",
        recipient=user.email,
        context={"user_name": called(user)},
    )
    return Asked(writes=writes, letters=(letter,))


def _first_proof(user: User, now: int) -> tuple[Write, ...]:
    """The address was never proven before: whoever opened the account may be another.

    Whatever they could come back by goes: a passkey of theirs, another party's account
    they have connected, a link to an account of their own. So do their second factors,
    which would keep the owner of the address out for good.
    """
    parted: tuple[Write, ...] = (
        HoldAccount(
            user_id=user.user_id,
            seen_updated_at=user.updated_at,
            at=max(now, user.updated_at + 1),
        ),
        UnlinkAll(user_id=user.user_id, at=now),
    )
    if user.linked_to is not None:
        parted = (
            UnlinkAccount(user_id=user.user_id, linked_to=user.linked_to, at=now),
        )
    return (
        *parted,
        VerifyEmail(user_id=user.user_id, email_key=user.email_key, at=now),
        *(
            DeleteFactors(user_id=user.user_id, kind=one)
            for one in get_args(FactorKind)
        ),
        RecountFactors(user_id=user.user_id, at=now),
    )
