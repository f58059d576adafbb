"""Changes of browser sessions."""

from __future__ import annotations

from typing import ClassVar

from gatelodge.base.change import Write
from gatelodge.model.session import Session


class OpenSession(Write, frozen=True, kw_only=True):
    """A browser is signed in."""

    must: ClassVar[int | None] = 1
    session: Session


class TouchSession(Write, frozen=True, kw_only=True):
    """The session was used; only its idle end moves."""

    digest: str
    touched_at: int
    idle_until: int


class HoldSession(Write, frozen=True, kw_only=True):
    """What hangs on a session is given only while nobody ends it."""

    must: ClassVar[int | None] = 1
    sid: str


class CloseSession(Write, frozen=True, kw_only=True):
    """Sign out the browser that holds this cookie, whoever is behind it."""

    digest: str
    at: int


class RenewSession(Write, frozen=True, kw_only=True):
    """The same session under another secret, proven by more; loses where it ended."""

    must: ClassVar[int | None] = 1
    digest: str
    renewed: str
    amr: tuple[str, ...]


class EndSession(Write, frozen=True, kw_only=True):
    """Sign one browser out."""

    sid: str
    at: int


class EndOtherSessions(Write, frozen=True, kw_only=True):
    """Sign out all of a person's browsers but this one."""

    user_id: str
    sid: str
    at: int


class EndUserSessions(Write, frozen=True, kw_only=True):
    """Sign all of a person's browsers out."""

    user_id: str
    at: int
