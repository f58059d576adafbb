"""Which accounts are made or changed: profile, password, roles, permissions."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import msgspec
from msgspec import UnsetType

from gatelodge.base.change import Write
from gatelodge.base.ids import USER_ID_BYTES, user_id
from gatelodge.base.secret import Secret
from gatelodge.base.text import email_key
from gatelodge.model.connection import DATABASE, DEFAULT_CONNECTION, Connection
from gatelodge.model.reads import Account
from gatelodge.model.role import Permission
from gatelodge.model.user import Password, Person, User
from gatelodge.model.writes import (
    AssignRole,
    GrantPermission,
    InsertFactor,
    InsertIdentity,
    InsertUser,
    PutPassword,
    RevokePermission,
    UnassignRole,
    UpdateUser,
)
from gatelodge.tenantfile import belongings, person_writes, users
from gatelodge.tenantfile.accounts import Accounts, Key
from gatelodge.tenantfile.changes import MASK, Change, Kind, difference
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.plan_access import permissions, permissions_to_file
from gatelodge.tenantfile.plan_links import Links
from gatelodge.tenantfile.shapes import UserShape, given


def plan(shapes: tuple[UserShape, ...], accounts: Accounts, draft: Draft) -> set[Key]:
    """Record the changes; returns the keys of the file's people."""
    named: set[Key] = set()
    ids: set[str] = set()
    links = Links(shapes, accounts, draft)
    for at, shape in _primaries_first(shapes):
        path: Path = ("users", at)
        connection = connection_of(shape, draft)
        if connection is None:
            text = (
                f"there is no database {given(shape.connection, DEFAULT_CONNECTION)!r}"
            )
            hint = "add it to databases, or to connections"
            draft.remarks.refuse((*path, "connection"), f"{text}: {hint}")
            continue
        key = key_of(shape, connection)
        if key in named:
            draft.remarks.refuse(path, f"{label_of(shape)!r} stands here twice")
            continue
        named.add(key)
        wanted_id = given(shape.user_id, "")
        if wanted_id in ids or accounts.owners.get(wanted_id, key) != key:
            text = f"{wanted_id!r} belongs to another account"
            draft.remarks.refuse((*path, "user_id"), text)
        ids.update([wanted_id] if wanted_id else [])
        _plan_one(shape, key, accounts, connection, links, path=path, draft=draft)
    return named


def _primaries_first(
    shapes: tuple[UserShape, ...],
) -> list[tuple[int, UserShape]]:
    """A link holds the account that it leads to: that one is written before."""
    return sorted(
        enumerate(shapes), key=lambda one: bool(given(one[1].linked_to, None))
    )


def key_of(shape: UserShape, connection: Connection) -> Key:
    """Which account an entry means."""
    if connection.strategy == DATABASE:
        return (connection.id, email_key(shape.email))
    return (connection.id, given(shape.user_id, ""))


def known_key(user: User, strangers: Container[str]) -> Key:
    """The same of an account here; ``strangers`` are other parties' connections."""
    elsewhere = user.connection_id in strangers
    return (user.connection_id, user.user_id if elsewhere else user.email_key)


def label_of(shape: UserShape) -> str:
    """What a person who reads the plan calls the entry."""
    return shape.email or given(shape.user_id, "")


def connection_of(shape: UserShape, draft: Draft) -> Connection | None:
    """The named connection; without a name the default database, or the only one."""
    own = {n: one for n, one in draft.connections.items() if one.strategy == DATABASE}
    name = given(shape.connection, "")
    if name:
        return draft.connections.get(name)
    only = list(own.values())
    found = own.get(DEFAULT_CONNECTION)
    return found or (only[0] if len(only) == 1 else None)


def person_to_file(
    person: Person, connection: str, identifiers: dict[str, str], names: dict[str, str]
) -> dict[str, Any]:
    """An account with roles by name and permissions by identifier."""
    held = sorted(names[role] for role in person.role_ids if role in names)
    return {
        **users.to_file(person.user, connection),
        "roles": held,
        "permissions": permissions_to_file(person.permissions, identifiers),
    }


def _plan_one(
    shape: UserShape,
    key: Key,
    accounts: Accounts,
    connection: Connection,
    links: Links,
    *,
    path: Path,
    draft: Draft,
) -> None:
    account = accounts.by_key.get(key)
    current = account.person if account else None
    wanted = users.merge(
        shape,
        current.user if current else None,
        connection=connection,
        fresh_id=user_id("auth0", draft.entropy.draw(USER_ID_BYTES)),
        now=draft.now,
        path=path,
        remarks=draft.remarks,
    )
    person = _with_access(shape, wanted, current, path=path, draft=draft)
    password = _password(shape, account, fits=accounts.fits.get(key, False))
    hanging: tuple[Write, ...] = ()
    if current is None:
        wanted, hanging = _belongings(shape, wanted, connection, path, draft)
    writes = (
        *_account_writes(wanted, current.user if current else None, draft.now),
        *hanging,
        *links.checked(wanted, current, path),
        *_access_writes(person, current, draft.now),
        *_password_writes(shape, wanted, account, password, draft=draft),
    )
    if writes or password:
        _record(shape, person, current, writes, password=password, draft=draft)


def _record(
    shape: UserShape,
    person: Person,
    current: Person | None,
    writes: tuple[Write, ...],
    *,
    password: Secret | None,
    draft: Draft,
) -> None:
    identifiers = {api.id: api.identifier for api in draft.apis.values()}
    names = {role.id: role.name for role in draft.roles.values()}
    ids = {one.id: one.name for one in draft.connections.values()}
    connection = ids[person.user.connection_id]
    after = person_to_file(person, connection, identifiers, names)
    before = (
        person_to_file(current, connection, identifiers, names) if current else None
    )
    if any(isinstance(write, PutPassword) for write in writes) or password:
        after["password"] = MASK
    details = difference(before, after)
    kind: Kind = "update" if current else "create"
    fields = [one.field for one in details]
    own = person.user.user_id
    line = draft.line("users", kind, own, fields, user_id=own)
    draft.people.append(
        Change(
            kind=kind,
            section="users",
            label=label_of(shape),
            details=details,
            writes=(*writes, line),
            user_id=own,
            password=password,
        )
    )


def _belongings(
    shape: UserShape, user: User, connection: Connection, path: Path, draft: Draft
) -> tuple[User, tuple[Write, ...]]:
    """A new account's identities and factors; its row says since when it has some."""
    known = belongings.identities(shape, user, connection, draft=draft, path=path)
    held = belongings.factors(shape, user, draft=draft, path=path)
    since = belongings.second_since(held)
    return msgspec.structs.replace(user, second_factor_at=since), (
        *(InsertIdentity(identity=one) for one in known),
        *(InsertFactor(factor=one) for one in held),
    )


def _with_access(
    shape: UserShape, user: User, current: Person | None, *, path: Path, draft: Draft
) -> Person:
    role_ids = current.role_ids if current else ()
    direct = current.permissions if current else ()
    if not isinstance(shape.roles, UnsetType):
        for at, name in enumerate(shape.roles):
            if name not in draft.roles:
                text = f"there is no role {name!r}: add it to roles"
                draft.remarks.refuse((*path, "roles", at), text)
        found = (draft.roles[name].id for name in shape.roles if name in draft.roles)
        role_ids = tuple(sorted(set(found)))
    if not isinstance(shape.permissions, UnsetType):
        direct = permissions(shape.permissions, (*path, "permissions"), draft)
    return Person(user=user, role_ids=role_ids, permissions=direct)


def _account_writes(wanted: User, current: User | None, now: int) -> tuple[Write, ...]:
    if current is None:
        return (InsertUser(user=wanted),)
    if wanted == current:
        return ()
    seen = current.updated_at
    moved = msgspec.structs.replace(wanted, updated_at=max(now, seen + 1))
    update = UpdateUser(user=moved, seen_updated_at=seen)
    if wanted.blocked_at is not None and current.blocked_at is None:
        return (
            update,
            *person_writes.signed_out(wanted.user_id, "user blocked", now=now),
        )
    return (update,)


def _access_writes(
    person: Person, current: Person | None, now: int
) -> tuple[Write, ...]:
    own = person.user.user_id
    had_roles = set(current.role_ids) if current else set()
    had: set[Permission] = set(current.permissions) if current else set()
    roles, held = set(person.role_ids), set(person.permissions)
    return (
        *(
            AssignRole(user_id=own, role_id=role, at=now)
            for role in sorted(roles - had_roles)
        ),
        *(
            UnassignRole(user_id=own, role_id=role)
            for role in sorted(had_roles - roles)
        ),
        *(
            GrantPermission(user_id=own, api_id=one.api_id, value=one.value, at=now)
            for one in sorted(held - had)
        ),
        *(
            RevokePermission(user_id=own, api_id=one.api_id, value=one.value)
            for one in sorted(had - held)
        ),
    )


def _password(
    shape: UserShape, account: Account | None, *, fits: bool
) -> Secret | None:
    """A password in the clear, unless it is the one in use."""
    if isinstance(shape.password, UnsetType) or (account is not None and fits):
        return None
    return shape.password


def _password_writes(
    shape: UserShape,
    user: User,
    account: Account | None,
    password: Secret | None,
    *,
    draft: Draft,
) -> tuple[Write, ...]:
    """A hash is for accounts without a password: one in use may be newer."""
    effects = person_writes.after_password(user, draft.settings, now=draft.now)
    if password is not None:
        return effects if account is not None else ()
    has_one = account is not None and account.password is not None
    if isinstance(shape.password_hash, UnsetType) or has_one:
        return ()
    row = Password(user_id=user.user_id, phc=shape.password_hash, changed_at=draft.now)
    return (PutPassword(password=row), *(effects if account is not None else ()))
