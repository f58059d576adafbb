"""One person, several accounts: which may be made part of which, and how they part.

An account that is part of another keeps its row, its password and what another party
calls it; whoever comes by it is the person of the other account (contract 1.8). Nothing
of it is merged. An address alone proves nothing: both sides must have verified it, and
the connection's option must allow it, or whoever signs up first with somebody else's
address would be let into what they make later (security defaults 31).
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import AccountRefusal
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.factor import Factor
from gatelodge.model.profile import Profile
from gatelodge.model.reads import Way
from gatelodge.model.user import Person, User
from gatelodge.model.writes import (
    EndUserFamilies,
    EndUserSessions,
    HoldAccount,
    HoldLink,
    InsertIdentity,
    InsertUser,
    LinkAccount,
    UnlinkAccount,
)
from gatelodge.oauth.log import Witness

_REASON: Final = "accounts linked"


def owner_of(
    profile: Profile,
    found: tuple[Person, ...],
    *,
    connection: Connection,
    client_id: str,
    catalogue: Catalogue,
) -> Person | None:
    """Whose a newcomer is by their address, where the connection's option allows it.

    ``found``: people with that address. Exactly one of them must have verified it in
    a database of this client's.
    """
    if not may_own(profile, connection):
        return None
    databases = {
        one.id
        for one in catalogue.connections
        if one.strategy == DATABASE and one.serves(client_id)
    }
    fitting = [
        person
        for person in found
        if owns(person.user, profile.email) and person.user.connection_id in databases
    ]
    return fitting[0] if len(fitting) == 1 else None


def may_own(profile: Profile, connection: Connection) -> bool:
    """Whether the newcomer's address may say whose they are."""
    return connection.options.link_by_verified_email and profile.email_verified


def owns(user: User, email: str | None) -> bool:
    """Whether the account has verified this very address as its own."""
    return user.email_key == email and user.email_verified_at is not None


def held(came_by: str, user: User) -> tuple[HoldLink, ...]:
    """Who comes by a linked account must not win against its being unlinked."""
    if came_by == user.user_id:
        return ()
    return (HoldLink(user_id=came_by, linked_to=user.user_id),)


def join(
    owner: User,
    made: tuple[User, tuple[InsertUser, InsertIdentity]],
    *,
    client_id: str | None,
    because: str,
    witness: Witness,
) -> tuple[Write, ...]:
    """Somebody new to us, as part of ``owner`` from the beginning.

    Lost if the owner changed meanwhile, or if the other party's person is somebody's.
    """
    user, (insert_user, insert_identity) = made
    part = InsertUser(
        user=msgspec.structs.replace(insert_user.user, linked_to=owner.user_id)
    )
    return (
        part,
        insert_identity,
        _hold(owner, witness.at),
        _line(owner, user, "Link accounts", client_id, because, witness),
    )


def link(
    primary: User | None,
    secondary: tuple[Way, ...],
    *,
    because: str,
    witness: Witness,
) -> tuple[Write, ...]:
    """Make an account part of another; ``secondary`` begins with the account itself.

    Its sessions and refresh tokens end; its metadata and roles stay behind.

    Raises:
        AccountRefusal: one of them is missing, blocked, or part of something already.
    """
    part = secondary[0].user if secondary else None
    if primary is None or part is None:
        raise _refused("Both accounts must exist", rule="House-link", status=404)
    if primary.user_id == part.user_id:
        raise _refused("An account is no part of itself", rule="House-link")
    if primary.linked_to or part.linked_to or len(_others(secondary)) > 0:
        raise _refused(
            "One of the accounts is linked already: unlink it first",
            rule="House-link",
            status=409,
        )
    if primary.blocked_at is not None or part.blocked_at is not None:
        raise _refused("One of the accounts is blocked", rule="House-link")
    now = witness.at
    return (
        LinkAccount(
            user_id=part.user_id,
            linked_to=primary.user_id,
            seen_updated_at=part.updated_at,
            at=max(now, part.updated_at + 1),
        ),
        _hold(primary, now),
        EndUserSessions(user_id=part.user_id, at=now),
        EndUserFamilies(user_id=part.user_id, client_id="", at=now, reason=_REASON),
        _line(primary, part, "Link accounts", None, because, witness),
    )


def unlink(
    ways: tuple[Way, ...],
    user_id: str,
    *,
    factors: tuple[Factor, ...],
    catalogue: Catalogue,
    witness: Witness,
) -> tuple[Write, ...]:
    """An account is its own again; ``ways`` begin with the person's own account.

    Raises:
        AccountRefusal: it is no part of theirs, or their last way to sign in.
    """
    part = next((way.user for way in ways[1:] if way.user.user_id == user_id), None)
    if part is None:
        raise _refused("There is no such linked account", rule="House-link", status=404)
    rest = tuple(way for way in ways if way.user.user_id != user_id)
    if not can_sign_in(rest, factors, catalogue):
        raise last_way()
    primary, now = ways[0].user, witness.at
    return (
        UnlinkAccount(
            user_id=user_id,
            linked_to=primary.user_id,
            at=max(now, part.updated_at + 1),
        ),
        _hold(primary, now),
        _line(primary, part, "Unlink accounts", None, "asked for", witness),
    )


def can_sign_in(
    ways: tuple[Way, ...], factors: tuple[Factor, ...], catalogue: Catalogue
) -> bool:
    """Whether these leave a way to sign in: a password, another party, a passkey."""
    passkey = any(one.kind == "passkey" and one.active for one in factors)
    return passkey or any(_opens(way, catalogue) for way in ways)


def last_way() -> AccountRefusal:
    """Nobody locks themselves out."""
    return AccountRefusal(
        "This is the last way to sign in to the account",
        text_id="error.last_way",
        rule="House-last-way",
        status=409,
    )


def _opens(way: Way, catalogue: Catalogue) -> bool:
    connection = catalogue.connection_by_id(way.user.connection_id)
    if connection is None:
        return False
    return connection.strategy != DATABASE or way.password_at is not None


def _others(ways: tuple[Way, ...]) -> tuple[Way, ...]:
    return tuple(way for way in ways if way.user.linked_to == ways[0].user.user_id)


def _hold(user: User, now: int) -> HoldAccount:
    return HoldAccount(
        user_id=user.user_id,
        seen_updated_at=user.updated_at,
        at=max(now, user.updated_at + 1),
    )


def _line(
    primary: User,
    part: User,
    description: str,
    client_id: str | None,
    because: str,
    witness: Witness,
) -> Write:
    return witness.line(
        "sapi",
        client_id=client_id,
        user_id=primary.user_id,
        connection_id=part.connection_id,
        description=description,
        linked_user_id=part.user_id,
        because=because,
        nth=2,
    )


def _refused(says: str, *, rule: str, status: int = 400) -> AccountRefusal:
    return AccountRefusal(says, text_id="error.link_failed", rule=rule, status=status)
