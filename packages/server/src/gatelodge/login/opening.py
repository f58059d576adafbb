"""A person has proven who they are: a session opens (security defaults 37)."""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.opaque import SESSION_PREFIX, random_token
from gatelodge.model.session import Session
from gatelodge.model.settings import Settings
from gatelodge.model.user import User
from gatelodge.model.writes import (
    AppendLog,
    OpenSession,
    RenewSession,
    TouchSession,
)
from gatelodge.oauth.log import Witness

SESSION_BYTES: Final = 32
SID_BYTES: Final = 16
TOUCH_AFTER: Final = 60_000


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A new session and the secret its cookie carries.

    ``half``: a second factor will be asked for.
    """

    session: Session
    secret: str
    log: AppendLog
    half: bool = False

    @property
    def writes(self) -> tuple[Write, ...]:
        """The changes that make it so."""
        return (OpenSession(session=self.session), self.log)


def open_session(
    user: User,
    *,
    client_id: str,
    amr: tuple[str, ...],
    settings: Settings,
    witness: Witness,
    raw: bytes,
    half: bool = False,
    ends_by: int | None = None,
) -> Opened:
    """A session with a secret of its own; ``raw``: SESSION_BYTES + SID_BYTES.

    ``client_id`` is the app that led here: the log tells of it. ``half`` says that a
    second factor will be asked for: the sign-in has not succeeded yet. ``ends_by``: its
    latest end in milliseconds.
    """
    now = witness.at
    secret = random_token(SESSION_PREFIX, raw[:SESSION_BYTES])
    session = Session(
        digest=digest_of(secret),
        sid=b64url(raw[SESSION_BYTES : SESSION_BYTES + SID_BYTES]),
        user_id=user.user_id,
        auth_time=now,
        amr=amr,
        created_at=now,
        touched_at=now,
        idle_until=now + settings.idle_session_lifetime * 1000,
        ends_at=_end(now, settings, ends_by),
        ip=witness.ip,
        agent=witness.agent,
    )
    kind = "mfar" if half else "s"
    log = _line(kind, user, client_id=client_id, sid=session.sid, witness=witness)
    return Opened(session=session, secret=secret, log=log, half=half)


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is proven by more now, and the secret its cookie carries."""

    secret: str
    write: RenewSession


def renew(session: Session, amr: tuple[str, ...], *, raw: bytes) -> Renewed:
    """More was proven within a session: it goes on under another secret.

    ``raw``: SESSION_BYTES.
    """
    secret = random_token(SESSION_PREFIX, raw[:SESSION_BYTES])
    write = RenewSession(digest=session.digest, renewed=digest_of(secret), amr=amr)
    return Renewed(secret=secret, write=write)


def _line(
    kind: str, user: User, *, client_id: str, sid: str, witness: Witness
) -> AppendLog:
    return witness.line(
        kind,
        client_id=client_id,
        user_id=user.user_id,
        connection_id=user.connection_id,
        user_name=user.label,
        session_id=sid,
    )


def _end(now: int, settings: Settings, ends_by: int | None) -> int:
    ends_at = now + settings.session_lifetime * 1000
    return ends_at if ends_by is None else min(ends_at, ends_by)


def touch(session: Session, settings: Settings, now: int) -> tuple[TouchSession, ...]:
    """Move the idle end, at most once a minute; the absolute end stays.

    A life that the tenant has shortened since ends sooner; a longer one is for sessions
    to come (contract 1.1, row 2).
    """
    if now - session.touched_at < TOUCH_AFTER:
        return ()
    idle_until = min(
        now + settings.idle_session_lifetime * 1000,
        session.created_at + settings.session_lifetime * 1000,
        session.ends_at,
    )
    return (TouchSession(digest=session.digest, touched_at=now, idle_until=idle_until),)
