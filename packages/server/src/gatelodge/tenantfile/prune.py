"""``--prune``: what a section of the file does not name is deleted (decisions 26).

Only sections that are in the file count, so an omitted section deletes nothing.
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.model.api import Api
from gatelodge.model.client import Client, ClientGrant
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.reads import Account
from gatelodge.model.writes import (
    DeleteApi,
    DeleteClient,
    DeleteClientCodes,
    DeleteClientConsents,
    DeleteClientKeys,
    DeleteClientSecrets,
    DeleteConnection,
    DeleteGrant,
    DeleteRole,
    DeleteRoleMembers,
    EndClientFamilies,
    PutConnection,
    PutRole,
)
from gatelodge.tenantfile import apis, clients, databases, person_writes
from gatelodge.tenantfile.accounts import Accounts, Key
from gatelodge.tenantfile.changes import Change, Detail
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.plan_access import grant_to_file, role_to_file


def prune_grants(named: set[tuple[str, str, str]], draft: Draft) -> None:
    """Delete the client grants that are not named."""
    for key in [key for key in draft.grants if key not in named]:
        grant = draft.grants.pop(key)
        audience = _identifier(grant, draft)
        name = draft.clients[key[0]].name if key[0] in draft.clients else key[0]
        draft.record(
            "clientGrants",
            f"{name} → {audience}",
            grant_to_file(grant, key[0], audience),
            None,
            writes=[DeleteGrant(grant_id=grant.id)],
            client_id=key[0],
        )


def prune_clients(named: set[str], draft: Draft) -> None:
    """Delete clients; their codes, tokens, consents and grants end with them."""
    for own in [own for own in draft.clients if own not in named]:
        client = draft.clients.pop(own)
        draft.record(
            "clients",
            client.name,
            clients.to_file(client),
            None,
            writes=[*_client_ends(client, draft), *_grants_end(draft, client=own)],
            client_id=own,
        )


def prune_apis(named: set[str], draft: Draft) -> None:
    """Delete APIs; grants and role permissions on them go too."""
    for identifier in [one for one in draft.apis if one not in named]:
        api = draft.apis.pop(identifier)
        draft.record(
            "resourceServers",
            identifier,
            apis.to_file(api),
            None,
            writes=[
                DeleteApi(api_id=api.id),
                *_grants_end(draft, api=api.id),
                *_roles_without(api, draft),
            ],
        )


def prune_roles(named: set[str], draft: Draft) -> None:
    """Delete roles and take them from everybody."""
    for name in [one for one in draft.roles if one not in named]:
        role = draft.roles.pop(name)
        draft.record(
            "roles",
            name,
            role_to_file(role, draft),
            None,
            writes=[DeleteRole(role_id=role.id), DeleteRoleMembers(role_id=role.id)],
        )


def prune_databases(named: set[str], accounts: Accounts, draft: Draft) -> None:
    """Delete databases nobody has an account in."""
    inhabited = {key[0] for key in accounts.by_key}
    for name in [one for one in draft.connections if one not in named]:
        connection = draft.connections[name]
        if connection.strategy != "auth0":
            continue
        if connection.id in inhabited:
            text = f"{name} is kept: people have accounts in it"
            draft.remarks.warn(("databases",), text)
            continue
        del draft.connections[name]
        draft.record(
            "databases",
            name,
            databases.to_file(connection),
            None,
            writes=[DeleteConnection(connection_id=connection.id)],
        )


def prune_users(named: set[Key], accounts: Accounts, draft: Draft) -> None:
    """Delete the accounts of our own databases that are not named.

    The file cannot name the people of other parties, so it deletes none of them.
    """
    strangers = {
        one.id for one in draft.connections.values() if one.strategy != DATABASE
    }
    for key, account in sorted(accounts.by_key.items()):
        if key not in named and key[0] not in strangers:
            draft.people.append(_user_gone(account, draft))


def _user_gone(account: Account, draft: Draft) -> Change:
    user = account.person.user
    line = draft.line("users", "delete", user.user_id, None, user_id=user.user_id)
    return Change(
        kind="delete",
        section="users",
        label=user.email,
        details=(Detail("user_id", user.user_id, None),),
        writes=(*person_writes.deletion(user.user_id), line),
        user_id=user.user_id,
    )


def _client_ends(client: Client, draft: Draft) -> list[Write]:
    own = client.client_id
    return [
        DeleteClient(client_id=own),
        DeleteClientSecrets(client_id=own),
        DeleteClientKeys(client_id=own),
        DeleteClientCodes(client_id=own),
        DeleteClientConsents(client_id=own),
        EndClientFamilies(client_id=own, at=draft.now, reason="client deleted"),
        *_connections_without(own, draft),
    ]


def _connections_without(own: str, draft: Draft) -> list[Write]:
    found: list[Write] = []
    for name, connection in draft.connections.items():
        enabled = connection.options.enabled_clients
        if enabled is None or own not in enabled:
            continue
        draft.connections[name] = _disabled(connection, own)
        found.append(PutConnection(connection=draft.connections[name]))
    return found


def _disabled(connection: Connection, own: str) -> Connection:
    enabled = connection.options.enabled_clients or ()
    options = msgspec.structs.replace(
        connection.options, enabled_clients=tuple(one for one in enabled if one != own)
    )
    return msgspec.structs.replace(connection, options=options)


def _grants_end(draft: Draft, *, client: str = "", api: str = "") -> list[Write]:
    ended = [key for key in draft.grants if client == key[0] or api == key[1]]
    return [DeleteGrant(grant_id=draft.grants.pop(key).id) for key in ended]


def _roles_without(api: Api, draft: Draft) -> list[Write]:
    found: list[Write] = []
    for name, role in draft.roles.items():
        kept = tuple(one for one in role.permissions if one.api_id != api.id)
        if kept != role.permissions:
            draft.roles[name] = msgspec.structs.replace(role, permissions=kept)
            found.append(PutRole(role=draft.roles[name]))
    return found


def _identifier(grant: ClientGrant, draft: Draft) -> str:
    known = {api.id: api.identifier for api in draft.apis.values()}
    return known.get(grant.api_id, grant.api_id)
