"""One frozen snapshot of all configuration, replaced whole (house, section 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from gatelodge.model import builtin
from gatelodge.model.api import Api
from gatelodge.model.client import Client, ClientGrant, ClientKey, ClientSecret
from gatelodge.model.connection import Connection
from gatelodge.model.key import SigningKey
from gatelodge.model.role import Permission, Role
from gatelodge.model.settings import Settings
from gatelodge.model.user import Person

_Owned = TypeVar("_Owned", ClientSecret, ClientKey)


class CatalogueRows(msgspec.Struct, frozen=True, kw_only=True):
    """All configuration rows as storage gives them, of one version."""

    version: int = 0
    settings: Settings = Settings()
    clients: tuple[Client, ...] = ()
    secrets: tuple[ClientSecret, ...] = ()
    client_keys: tuple[ClientKey, ...] = ()
    apis: tuple[Api, ...] = ()
    grants: tuple[ClientGrant, ...] = ()
    connections: tuple[Connection, ...] = ()
    roles: tuple[Role, ...] = ()
    signing_keys: tuple[SigningKey, ...] = ()


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The rows, indexed; every rule reads configuration from here."""

    version: int
    settings: Settings
    clients: Mapping[str, Client]
    secrets: Mapping[str, tuple[ClientSecret, ...]]
    client_keys: Mapping[str, tuple[ClientKey, ...]]
    apis: Mapping[str, Api]
    grants: Mapping[tuple[str, str, str], ClientGrant]
    connections: tuple[Connection, ...]
    roles: Mapping[str, Role]
    signing_keys: tuple[SigningKey, ...]

    def grant(self, client_id: str, api_id: str, subject: str) -> ClientGrant | None:
        """The grant of ``client_id`` at an API for subject ``client`` or ``user``."""
        return self.grants.get((client_id, api_id, subject))

    def connection(self, name: str) -> Connection | None:
        """A connection by name."""
        return next((found for found in self.connections if found.name == name), None)

    def connection_by_id(self, connection_id: str) -> Connection | None:
        """A connection by id."""
        return next((one for one in self.connections if one.id == connection_id), None)

    def database_for(self, client_id: str) -> Connection | None:
        """The first user database this client's people may sign in with."""
        for connection in self.connections:
            if connection.strategy == "auth0" and connection.serves(client_id):
                return connection
        return None

    def role_names(self, person: Person) -> tuple[str, ...]:
        """Names of the person's roles, in alphabetical order."""
        held = (self.roles.get(role_id) for role_id in person.role_ids)
        return tuple(sorted(role.name for role in held if role is not None))

    def permissions(self, person: Person, api_id: str) -> frozenset[str]:
        """All the person may do at an API: through roles, and directly."""
        held: set[Permission] = set(person.permissions)
        for role_id in person.role_ids:
            role = self.roles.get(role_id)
            held.update(role.permissions if role else ())
        return frozenset(one.value for one in held if one.api_id == api_id)


def index(rows: CatalogueRows, issuers: tuple[str, ...] = ()) -> Catalogue:
    """Turn rows into the snapshot that rules read.

    What is built in is there for each of ``issuers``, and stands before a row of its
    name.
    """
    return Catalogue(
        version=rows.version,
        settings=rows.settings,
        clients={
            client.client_id: client
            for client in (*rows.clients, *builtin.clients(issuers))
        },
        secrets=_by_client(rows.secrets),
        client_keys=_by_client(rows.client_keys),
        apis={api.identifier: api for api in (*rows.apis, *builtin.apis(issuers))},
        grants={(g.client_id, g.api_id, g.subject_type): g for g in rows.grants},
        connections=tuple(
            sorted(rows.connections, key=lambda found: (found.position, found.name))
        ),
        roles={role.id: role for role in rows.roles},
        signing_keys=rows.signing_keys,
    )


def _by_client(rows: Iterable[_Owned]) -> dict[str, tuple[_Owned, ...]]:
    found: defaultdict[str, list[_Owned]] = defaultdict(list)
    for row in rows:
        found[row.client_id].append(row)
    return {client_id: tuple(owned) for client_id, owned in found.items()}
