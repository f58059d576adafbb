"""What is stored, in the file's words: the same format that is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import yaml

from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.factor import Factor
from gatelodge.model.profile import Identity
from gatelodge.model.reads import Account
from gatelodge.model.user import User
from gatelodge.tenantfile import (
    actions,
    apis,
    belongings,
    clients,
    databases,
    passwordless,
    public_keys,
    secrets,
    settings,
    upstreams,
    users,
)
from gatelodge.tenantfile.plan_access import grant_to_file, permissions_to_file
from gatelodge.tenantfile.plan_users import person_to_file


class Belongings(msgspec.Struct, kw_only=True):
    """What hangs on accounts, by ``user_id``."""

    identities: defaultdict[str, list[Identity]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    factors: defaultdict[str, list[Factor]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )


def to_file(
    rows: CatalogueRows,
    accounts: Iterable[Account],
    held: Belongings,
    *,
    hashes: bool,
) -> dict[str, Any]:
    """All sections, in an order that does not depend on ids we drew.

    With ``hashes``: password hashes, digests of client secrets and people's factors
    too, everything a restore needs.
    """
    identifiers = {api.id: api.identifier for api in rows.apis}
    own = sorted(rows.connections, key=lambda one: (one.position, one.name))
    return {
        **settings.to_file(rows.settings),
        "clients": [
            _client(rows, client.client_id, hashes=hashes)
            for client in sorted(rows.clients, key=lambda one: one.client_id)
        ],
        "resourceServers": [
            apis.to_file(api)
            for api in sorted(rows.apis, key=lambda one: one.identifier)
        ],
        "clientGrants": _grants(rows, identifiers),
        "roles": _roles(rows, identifiers),
        "databases": [
            databases.to_file(one) for one in own if one.strategy == DATABASE
        ],
        "connections": [_connection(one) for one in own if one.strategy != DATABASE],
        "actions": [
            actions.to_file(one)
            for one in sorted(rows.settings.actions, key=lambda one: one.name)
        ],
        "users": _users(rows, accounts, held, identifiers, hashes=hashes),
    }


def dump(data: dict[str, Any], *, as_json: bool) -> str:
    """YAML for people, JSON for programs."""
    if as_json:
        raw = msgspec.json.encode(data)
        return msgspec.json.format(raw, indent=2).decode() + "\n"
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    plain = msgspec.to_builtins(data)
    return yaml.dump(
        plain, Dumper=dumper, sort_keys=False, allow_unicode=True, width=88
    )


def _client(rows: CatalogueRows, own: str, *, hashes: bool) -> dict[str, Any]:
    client = next(one for one in rows.clients if one.client_id == own)
    found = clients.to_file(client)
    if client.auth_method == "private_key_jwt":
        found["jwks"] = public_keys.to_file(
            [row for row in rows.client_keys if row.client_id == own]
        )
    held = secrets.to_file([row for row in rows.secrets if row.client_id == own])
    if hashes and held is not None:
        found["client_secret_digest"] = held
    return found


def _connection(connection: Connection) -> dict[str, Any]:
    if connection.strategy in passwordless.STRATEGIES:
        return passwordless.to_file(connection)
    return upstreams.to_file(connection)


def _grants(rows: CatalogueRows, identifiers: dict[str, str]) -> list[dict[str, Any]]:
    found = [
        grant_to_file(grant, grant.client_id, identifiers[grant.api_id])
        for grant in rows.grants
        if grant.api_id in identifiers
    ]
    return sorted(
        found,
        key=lambda one: (one["client_id"], one["audience"], one["subject_type"]),
    )


def _roles(rows: CatalogueRows, identifiers: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": role.name,
            "description": role.description,
            "permissions": permissions_to_file(role.permissions, identifiers),
        }
        for role in sorted(rows.roles, key=lambda one: one.name)
    ]


def _users(
    rows: CatalogueRows,
    accounts: Iterable[Account],
    held: Belongings,
    identifiers: dict[str, str],
    *,
    hashes: bool,
) -> Sequence[dict[str, Any]]:
    names = {role.id: role.name for role in rows.roles}
    connections = {one.id: one.name for one in rows.connections}
    found: list[dict[str, Any]] = []
    for account in accounts:
        user = account.person.user
        connection = connections.get(user.connection_id, user.connection_id)
        shown = person_to_file(account.person, connection, identifiers, names)
        shown |= _belonging(user, connection, held, whole=hashes)
        if hashes:
            shown |= users.history_to_file(user)
            if account.password is not None:
                shown["password_hash"] = account.password.phc
        found.append(shown)
    return sorted(
        found, key=lambda one: (one["connection"], one["email"], one["user_id"])
    )


def _belonging(
    user: User, connection: str, held: Belongings, *, whole: bool
) -> dict[str, Any]:
    """Who they are elsewhere; their factors where secrets are told as they are kept."""
    found: dict[str, Any] = {}
    known = held.identities.get(user.user_id)
    if known:
        found["identities"] = [
            belongings.identity_to_file(one, connection, whole=whole) for one in known
        ]
    active = [one for one in held.factors.get(user.user_id, ()) if one.active]
    if whole and active:
        found["factors"] = [belongings.factor_to_file(one) for one in active]
    return found
