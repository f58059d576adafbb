"""A signed-in person sets another password, or their first (security defaults 27, 28).

As after a reset every session ends and every refresh token unless kept (contract 4.1,
row 24); the browser in which it was done is given a new session.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.change import Write
from gatelodge.login import password_policy
from gatelodge.login.letter import Letter, called
from gatelodge.login.opening import Opened, open_session
from gatelodge.login.reset import signed_out
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.connection import ACCOUNT_CLIENT, DATABASE, ConnectionOptions
from gatelodge.model.reads import Way
from gatelodge.model.session import Session
from gatelodge.model.settings import Settings
from gatelodge.model.user import Password, Person, User
from gatelodge.model.writes import HoldPassword, PutPassword, VoidTickets
from gatelodge.oauth.log import Witness


def since(ways: tuple[Way, ...], at: int) -> bool:
    """Whether one of a person's passwords is newer: what was proven before ends."""
    return any((way.password_at or 0) > at for way in ways)


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The new session and all that goes with it."""

    opened: Opened
    writes: tuple[Write, ...]
    letters: tuple[Letter, ...]


def account_of(ways: tuple[Way, ...], catalogue: Catalogue) -> Way | None:
    """The account whose password the page changes: the first in a database of ours."""
    for way in ways:
        connection = catalogue.connection_by_id(way.user.connection_id)
        if connection is not None and connection.strategy == DATABASE:
            return way
    return None


def broken(
    typed: Mapping[str, str], user: User, options: ConnectionOptions
) -> str | None:
    """Which rule the new password breaks first, as a text of our pages."""
    personal = (user.email_key, user.username or "")
    found = password_policy.broken(
        typed.get("password", ""), options, personal=personal
    )
    if not found:
        return None
    return found[0] if found[0].startswith("error.") else "error.password_weak"


def change(
    person: Person,
    session: Session,
    way: Way,
    *,
    phc: str,
    settings: Settings,
    witness: Witness,
    raw: bytes,
) -> Changed:
    """Set it; ``raw`` as for ``open_session``.

    Lost if the password that was proven is not in force any more.
    """
    now, user = witness.at, way.user
    keep = settings.keep_refresh_tokens_on_password_change
    opened = open_session(
        person.user,
        client_id=ACCOUNT_CLIENT,
        amr=session.amr,
        settings=settings,
        witness=witness,
        raw=raw,
    )
    own, home = user.user_id, user.connection_id
    writes = (
        *_held(way),
        PutPassword(password=Password(user_id=own, phc=phc, changed_at=now)),
        VoidTickets(user_id=own, purpose="reset_password", used_at=now),
        *signed_out(user, now, keep_families=keep),
        *opened.writes,
        witness.line("scp", user_id=own, connection_id=home, nth=1),
    )
    letter = Letter(
        name="password_changed",
        recipient=user.email,
        context={"user_name": called(user)},
    )
    return Changed(opened=opened, writes=writes, letters=(letter,))


def _held(way: Way) -> tuple[HoldPassword, ...]:
    if way.password_at is None:
        return ()
    return (HoldPassword(user_id=way.user.user_id, seen_changed_at=way.password_at),)
