"""Another party vouches for a person: who are they here, and what follows?

An account is found by the connection and the party's own name for the person. An
address says who it is only where ``login.linking`` allows it (security defaults 31).
What the party says is taken over at each sign-in, or only at the first (contract 1.8).
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import AccountRefusal, UpstreamRefusal
from gatelodge.login import linking
from gatelodge.login.joining import Joining
from gatelodge.login.metadata import merged
from gatelodge.model.connection import ACCOUNT_CLIENT, Connection
from gatelodge.model.profile import Identity, Profile
from gatelodge.model.reads import Account, Known
from gatelodge.model.user import Person, User
from gatelodge.model.writes import (
    InsertIdentity,
    InsertUser,
    RefreshIdentity,
    UpdateUser,
    UserSignedIn,
)
from gatelodge.oauth.log import Witness, failed_actions, noted
from gatelodge.oauth.outcome import Run

_NAMES = ("name", "given_name", "family_name", "nickname", "picture")


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """An account to open a session for, and the changes that make it so.

    ``new``: nobody knew this person before. ``joining``: who becomes part of the
    account once the whole sign-in has gone through.
    """

    account: Account
    writes: tuple[Write, ...]
    new: bool = False
    joining: Joining | None = None


def welcome(
    known: Known | None,
    profile: Profile,
    *,
    connection: Connection,
    client_id: str,
    sealed: bytes | None,
    witness: Witness,
    user_id: str | None = None,
    owner: Person | None = None,
) -> Welcome:
    """Take in whom the party vouches for; ``sealed`` holds its tokens, if kept.

    ``user_id`` names a new account where the party's own name for the person would not
    do: an address may change hands, and it is nobody else's business. ``owner``: whose
    this person is by their verified address (``linking.owner_of``).

    Somebody blocked changes nothing here: the hub refuses them and says so in the log.

    Raises:
        UpstreamRefusal: nobody of that name, and nobody new is let in.
    """
    named = user_id or user_id_of(profile, connection)
    if known is None and owner is not None:
        return _of(owner, profile, connection, sealed, witness, named)
    if known is None:
        return _newcomer(profile, connection, client_id, sealed, witness, named)
    return _returning(known, profile, connection, sealed, witness)


def _returning(
    known: Known,
    profile: Profile,
    connection: Connection,
    sealed: bytes | None,
    witness: Witness,
) -> Welcome:
    user = known.person.user
    account = Account(person=known.person, consented=known.consented)
    if user.blocked_at is not None:
        return Welcome(account=account, writes=())
    updated, renewed = _renewed(known, profile, connection, witness.at)
    refreshed = RefreshIdentity(
        connection_id=connection.id,
        external_id=profile.external_id,
        user_id=known.identity.user_id,
        profile=profile.raw,
        sealed=sealed,
        refreshed_at=witness.at,
    )
    account = msgspec.structs.replace(
        account, person=msgspec.structs.replace(known.person, user=updated)
    )
    writes = (
        *linking.held(known.identity.user_id, user),
        *renewed,
        refreshed,
        UserSignedIn(user_id=user.user_id, at=witness.at, ip=witness.ip),
    )
    return Welcome(account=account, writes=writes)


def connect(
    known: Known | None,
    profile: Profile,
    owner: User,
    *,
    connection: Connection,
    sealed: bytes | None,
    witness: Witness,
) -> tuple[Write, ...]:
    """A signed-in person shows that they are somebody elsewhere too.

    Raises:
        AccountRefusal: whom the party names is somebody else here.
    """
    if known is None:
        return linking.join(
            owner,
            account_of(
                profile,
                connection,
                user_id_of(profile, connection),
                sealed=sealed,
                now=witness.at,
            ),
            client_id=ACCOUNT_CLIENT,
            because="by the person",
            witness=witness,
        )
    if known.person.user.user_id != owner.user_id:
        raise AccountRefusal(
            "This identity belongs to another account",
            text_id="error.identity_taken",
            rule="House-identity-taken",
            status=409,
            because=f"it is {known.person.user.user_id}",
        )
    return ()


def joined(known: Welcome, run: Run, *, client_id: str, witness: Witness) -> Welcome:
    """The newcomer with the metadata that actions want for them, and their lines."""
    user = msgspec.structs.replace(
        known.account.person.user,
        user_metadata=merged({}, run.outcome.user_metadata),
        app_metadata=merged({}, run.outcome.app_metadata),
    )
    account = msgspec.structs.replace(known.account, person=Person(user=user))
    writes = [
        InsertUser(user=user) if isinstance(write, InsertUser) else write
        for write in noted(known.writes, run)
    ]
    failed = failed_actions(run, witness, client_id=client_id)
    return msgspec.structs.replace(known, account=account, writes=(*writes, *failed))


def user_id_of(profile: Profile, connection: Connection) -> str:
    """The account's name: ``github|123``, ``oidc|partner|abc`` (contract 1.8).

    The connection's own name is in it unless it is called as its provider is.
    """
    scope = (
        connection.strategy
        if connection.name == connection.strategy
        else f"{connection.strategy}|{connection.name}"
    )
    return f"{scope}|{profile.external_id}"


def _newcomer(
    profile: Profile,
    connection: Connection,
    client_id: str,
    sealed: bytes | None,
    witness: Witness,
    user_id: str,
) -> Welcome:
    if connection.options.disable_signup:
        raise UpstreamRefusal(
            "error.upstream_unknown",
            rule="House-upstream-signup",
            because="nobody of that name, and sign-up is disabled",
        )
    now = witness.at
    user, made = account_of(profile, connection, user_id, sealed=sealed, now=now)
    log = witness.line(
        "ss",
        client_id=client_id,
        user_id=user.user_id,
        connection_id=connection.id,
        user_name=user.label,
    )
    writes = (*made, UserSignedIn(user_id=user.user_id, at=now, ip=witness.ip), log)
    return Welcome(account=Account(person=Person(user=user)), writes=writes, new=True)


def _of(
    owner: Person,
    profile: Profile,
    connection: Connection,
    sealed: bytes | None,
    witness: Witness,
    user_id: str,
) -> Welcome:
    """The first sign-in of somebody who is here already, by their verified address."""
    account = Account(person=owner)
    if owner.user.blocked_at is not None:
        return Welcome(account=account, writes=())
    own = owner.user.user_id
    _, (user, identity) = account_of(
        profile, connection, user_id, sealed=sealed, now=witness.at
    )
    joining = Joining(owner_id=own, user=user.user, identity=identity.identity)
    counted = UserSignedIn(user_id=own, at=witness.at, ip=witness.ip)
    return Welcome(account=account, writes=(counted,), joining=joining)


def account_of(
    profile: Profile,
    connection: Connection,
    user_id: str,
    *,
    sealed: bytes | None,
    now: int,
) -> tuple[User, tuple[InsertUser, InsertIdentity]]:
    """An account for whom the party names, and the changes that make it."""
    user = _user(profile, connection, user_id, now)
    identity = Identity(
        connection_id=connection.id,
        external_id=profile.external_id,
        user_id=user.user_id,
        profile=profile.raw,
        sealed=sealed,
        created_at=now,
        refreshed_at=now,
    )
    return user, (InsertUser(user=user), InsertIdentity(identity=identity))


def _user(profile: Profile, connection: Connection, user_id: str, now: int) -> User:
    blank = User(
        user_id=user_id,
        connection_id=connection.id,
        email_key=profile.email or "",
        email=profile.email or "",
        email_verified_at=now if profile.email_verified else None,
        phone=profile.phone,
        phone_verified_at=now if profile.phone_verified else None,
        created_at=now,
        updated_at=now,
    )
    return msgspec.structs.replace(blank, **_names(profile))


def _renewed(
    known: Known, profile: Profile, connection: Connection, now: int
) -> tuple[User, tuple[Write, ...]]:
    """The account with what the party says today, and the change if there is one.

    What it has stopped saying stays: an address that it no longer shows is still the
    person's last known one.
    """
    user = known.person.user
    own = known.identity.user_id == user.user_id
    if not own or connection.options.once:
        return user, ()
    said = {name: value for name, value in _names(profile).items() if value}
    told = msgspec.structs.replace(user, **said)
    if profile.email is not None:
        proven = user.email_verified_at if profile.email == user.email_key else None
        told = msgspec.structs.replace(
            told,
            email=profile.email,
            email_key=profile.email,
            email_verified_at=(proven or now) if profile.email_verified else None,
        )
    if told == user:
        return user, ()
    told = msgspec.structs.replace(told, updated_at=now)
    return told, (UpdateUser(user=told, seen_updated_at=user.updated_at),)


def _names(profile: Profile) -> dict[str, str | None]:
    return {name: getattr(profile, name) for name in _NAMES}
