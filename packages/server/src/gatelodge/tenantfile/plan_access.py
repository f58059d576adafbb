"""Which APIs, client grants, roles and databases are made or changed."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UnsetType

from gatelodge.model.api import Api
from gatelodge.model.client import ClientGrant
from gatelodge.model.role import Permission, Role
from gatelodge.model.writes import PutApi, PutConnection, PutGrant, PutRole
from gatelodge.tenantfile import apis, databases
from gatelodge.tenantfile.database_shapes import DatabaseShape
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.rules import api_reasons
from gatelodge.tenantfile.shapes import (
    ApiShape,
    GrantShape,
    Maybe,
    PermissionShape,
    RoleShape,
    given,
)

_MANAGEMENT: Final = "/api/v2/"
_SUBJECTS: Final = ("client", "user")


def plan_apis(shapes: tuple[ApiShape, ...], draft: Draft) -> set[str]:
    """Record the changes; returns the identifiers the file names."""
    named: set[str] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("resourceServers", at)
        if shape.identifier in named:
            draft.remarks.refuse(path, f"{shape.identifier!r} stands here twice")
        named.add(shape.identifier)
        current = draft.apis.get(shape.identifier)
        wanted = apis.merge(
            shape,
            current,
            fresh_id=draft.draw_id("api"),
            now=draft.now,
            path=path,
            remarks=draft.remarks,
        )
        draft.refuse_all(path, api_reasons(wanted))
        draft.apis[shape.identifier] = wanted
        draft.record(
            "resourceServers",
            wanted.identifier,
            apis.to_file(current) if current else None,
            apis.to_file(wanted),
            writes=[PutApi(api=wanted)],
        )
    return named


def plan_grants(
    shapes: tuple[GrantShape, ...], draft: Draft
) -> set[tuple[str, str, str]]:
    """Record the changes; returns (client, API, subject) of the file's grants."""
    named: set[tuple[str, str, str]] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("clientGrants", at)
        client = draft.client_id(shape.client_id, (*path, "client_id"))
        api = _api(shape.audience, (*path, "audience"), draft)
        if shape.subject_type not in _SUBJECTS:
            text = f"{shape.subject_type!r} is not one of {', '.join(_SUBJECTS)}"
            draft.remarks.refuse((*path, "subject_type"), text)
        if client is None or api is None:
            continue
        key = (client, api.id, shape.subject_type)
        if key in named:
            draft.remarks.refuse(path, "this grant stands in the file twice")
        named.add(key)
        _plan_grant(shape, key, api, path=path, draft=draft)
    return named


def plan_roles(shapes: tuple[RoleShape, ...], draft: Draft) -> set[str]:
    """Record the changes; returns the names of the file's roles."""
    named: set[str] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("roles", at)
        if shape.name in named or not shape.name.strip():
            draft.remarks.refuse(path, "a role's name is not empty and stands once")
        named.add(shape.name)
        current = draft.roles.get(shape.name)
        base = current or Role(
            id=draft.draw_id("rol"), name=shape.name, created_at=draft.now
        )
        held = base.permissions
        if not isinstance(shape.permissions, UnsetType):
            held = permissions(shape.permissions, (*path, "permissions"), draft)
        wanted = msgspec.structs.replace(
            base,
            description=given(shape.description, base.description) or "",
            permissions=held,
        )
        draft.roles[shape.name] = wanted
        draft.record(
            "roles",
            wanted.name,
            role_to_file(current, draft) if current else None,
            role_to_file(wanted, draft),
            writes=[PutRole(role=wanted)],
        )
    return named


def plan_databases(shapes: tuple[DatabaseShape, ...], draft: Draft) -> set[str]:
    """Record the changes; returns the names of the file's databases."""
    named: set[str] = set()
    for at, shape in enumerate(shapes):
        path: Path = ("databases", at)
        if shape.strategy != "auth0":
            draft.remarks.warn(path, f"left out: strategy {shape.strategy!r}")
            continue
        if shape.name in named:
            draft.remarks.refuse(path, f"{shape.name!r} stands here twice")
        named.add(shape.name)
        current = draft.connections.get(shape.name)
        wanted = databases.merge(
            shape,
            current,
            enabled=enabled_clients(
                shape.enabled_clients, (*path, "enabled_clients"), draft
            ),
            fresh_id=draft.draw_id("con"),
            position=len(draft.connections),
            now=draft.now,
            path=path,
            remarks=draft.remarks,
        )
        draft.connections[shape.name] = wanted
        draft.record(
            "databases",
            wanted.name,
            databases.to_file(current) if current else None,
            databases.to_file(wanted),
            writes=[PutConnection(connection=wanted)],
        )
    return named


def permissions(
    shapes: list[PermissionShape], path: Path, draft: Draft
) -> tuple[Permission, ...]:
    """Permissions that exist, in order; one that does not is a mistake."""
    found: set[Permission] = set()
    for at, shape in enumerate(shapes):
        api = _api(shape.resource_server_identifier, (*path, at), draft)
        if api is None:
            continue
        if shape.permission_name not in api.scope_values:
            text = f"{api.identifier} has no scope {shape.permission_name!r}: add it"
            draft.remarks.refuse((*path, at), text)
        found.add(Permission(api.id, shape.permission_name))
    return tuple(sorted(found))


def permissions_to_file(
    held: tuple[Permission, ...], identifiers: dict[str, str]
) -> list[dict[str, str]]:
    """Permissions by the API's identifier; those of a deleted API are left out."""
    shown = [
        {
            "permission_name": one.value,
            "resource_server_identifier": identifiers[one.api_id],
        }
        for one in held
        if one.api_id in identifiers
    ]
    return sorted(
        shown,
        key=lambda one: (one["resource_server_identifier"], one["permission_name"]),
    )


def role_to_file(role: Role, draft: Draft) -> dict[str, Any]:
    """The role in the file's words."""
    identifiers = {api.id: api.identifier for api in draft.apis.values()}
    return {
        "name": role.name,
        "description": role.description,
        "permissions": permissions_to_file(role.permissions, identifiers),
    }


def grant_to_file(grant: ClientGrant, client: str, audience: str) -> dict[str, Any]:
    """The grant in the file's words."""
    return {
        "client_id": client,
        "audience": audience,
        "scope": list(grant.scopes),
        "subject_type": grant.subject_type,
        "allow_all_scopes": grant.allow_all_scopes,
    }


def _plan_grant(
    shape: GrantShape,
    key: tuple[str, str, str],
    api: Api,
    *,
    path: Path,
    draft: Draft,
) -> None:
    current = draft.grants.get(key)
    base = current or ClientGrant(
        id=draft.draw_id("cgr"),
        client_id=key[0],
        api_id=key[1],
        subject_type="user" if key[2] == "user" else "client",
        created_at=draft.now,
    )
    scopes = tuple(dict.fromkeys(given(shape.scope, list(base.scopes))))
    unknown = [scope for scope in scopes if scope not in api.scope_values]
    if unknown:
        text = f"{api.identifier} has no scope {', '.join(unknown)}: add it there"
        draft.remarks.refuse((*path, "scope"), text)
    wanted = msgspec.structs.replace(
        base,
        scopes=scopes,
        allow_all_scopes=given(shape.allow_all_scopes, base.allow_all_scopes),
    )
    draft.grants[key] = wanted
    name = draft.clients[key[0]].name
    draft.record(
        "clientGrants",
        f"{name} → {api.identifier}",
        grant_to_file(current, key[0], api.identifier) if current else None,
        grant_to_file(wanted, key[0], api.identifier),
        writes=[PutGrant(grant=wanted)],
        client_id=key[0],
    )


def _api(identifier: str, path: Path, draft: Draft) -> Api | None:
    found = draft.apis.get(identifier)
    if found is None and identifier.endswith(_MANAGEMENT):
        draft.remarks.warn(path, f"left out: the Management API {identifier}")
    elif found is None:
        text = f"there is no API {identifier!r}: add it to resourceServers"
        draft.remarks.refuse(path, text)
    return found


def enabled_clients(
    said: Maybe[list[str] | None], path: Path, draft: Draft
) -> tuple[str, ...] | None:
    """The clients a connection names; None means every client."""
    if isinstance(said, UnsetType) or said is None:
        return None
    found = [
        draft.client_id(reference, (*path, at)) for at, reference in enumerate(said)
    ]
    return tuple(sorted({one for one in found if one is not None}))
