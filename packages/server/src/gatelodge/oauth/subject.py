"""Is this still alive? One rule, asked by every grant, refresh and userinfo.

Security defaults 9: "disabled" must hold on every path, so there is one path.
"""

from __future__ import annotations

from typing import Final

from gatelodge.base.errors import InvalidGrant, Unauthorized
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.user import Person

UNKNOWN: Final = "Unknown or invalid refresh token."
GONE: Final = "The refresh_token was generated for a user who doesn't exist anymore."


def check_not_blocked(person: Person) -> None:
    """A blocked person gets nothing more (contract 1.8).

    Raises:
        Unauthorized: with Auth0's text.
    """
    if person.user.blocked_at is not None:
        raise Unauthorized("user is blocked", rule="Auth0-user-blocked")


def usable(person: Person, client: Client, catalogue: Catalogue) -> bool:
    """Whether a connection of the person's is still there and open to this client."""
    own = (person.user.connection_id, *person.linked)
    found = (catalogue.connection_by_id(connection_id) for connection_id in own)
    return any(one is not None and one.serves(client.client_id) for one in found)


def check_session(is_open: bool, *, says: str) -> None:
    """What a session gave and nobody has fetched yet ends with the session.

    Signing out, a new password, a block and ``sessions revoke`` all end sessions, so
    none of them needs to know of codes.

    Raises:
        InvalidGrant: somebody has ended it.
    """
    if not is_open:
        raise InvalidGrant(
            says, rule="House-session-open", because="its session has been ended"
        )


def check_alive(
    person: Person | None,
    client: Client,
    catalogue: Catalogue,
    *,
    says: str | None = None,
) -> Person:
    """The person behind a grant still exists and may sign in here.

    ``says`` is the grant's own text; without it those of the refresh grant are told.

    Raises:
        InvalidGrant: the account was or is being deleted, or its connection is closed.
        Unauthorized: the account is blocked.
    """
    if person is None:
        raise InvalidGrant(
            says or GONE, rule="Auth0-user-deleted", because="the person was deleted"
        )
    check_not_blocked(person)
    if person.user.leaving_at is not None:
        raise InvalidGrant(
            says or UNKNOWN,
            rule="House-leaving",
            because="the account is being deleted: its person keeps it by signing in",
        )
    if not usable(person, client, catalogue):
        raise InvalidGrant(
            says or UNKNOWN,
            rule="House-connection-open",
            because="the person's connection is not enabled for this client",
        )
    return person
