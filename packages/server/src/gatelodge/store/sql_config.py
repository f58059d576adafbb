"""Configuration: clients, APIs, connections, roles, keys, settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatelodge.model import reads, writes
from gatelodge.model.api import Api
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.client import Client, ClientGrant, ClientKey, ClientSecret
from gatelodge.model.connection import Connection
from gatelodge.model.key import SigningKey
from gatelodge.model.role import Role
from gatelodge.model.settings import Settings
from gatelodge.store.rows import many
from gatelodge.store.statement import Readings, Rows, Snapshot, Writings
from gatelodge.store.text import put, select

_BORN: Final = ("created_at",)


def _settings(rows: Rows) -> Settings:
    """Settings by name; a name this version does not know is left alone."""
    raw = {key: msgspec.Raw(value.encode()) for key, value in rows}
    return msgspec.json.decode(msgspec.json.encode(raw), type=Settings)


def _catalogue(found: Sequence[Rows]) -> CatalogueRows:
    version, settings, clients, secrets, keys, apis, grants, sources, roles, signing = (
        found
    )
    return CatalogueRows(
        version=version[0][0],
        settings=_settings(settings),
        clients=many(Client, clients),
        secrets=many(ClientSecret, secrets),
        client_keys=many(ClientKey, keys),
        apis=many(Api, apis),
        grants=many(ClientGrant, grants),
        connections=many(Connection, sources),
        roles=many(Role, roles),
        signing_keys=many(SigningKey, signing),
    )


READINGS: Final[Readings] = {
    reads.LoadCatalogue: Snapshot(
        (
            "SELECT version FROM catalogue_version",
            "SELECT key, value FROM setting",
            select("client", Client, "ORDER BY client_id"),
            select("client_secret", ClientSecret, "ORDER BY client_id, secret_id"),
            select("client_key", ClientKey, "ORDER BY client_id, kid"),
            select("api", Api, "ORDER BY id"),
            select("client_grant", ClientGrant, "ORDER BY id"),
            select("connection", Connection, "ORDER BY position, name"),
            select("role", Role, "ORDER BY id"),
            select("signing_key", SigningKey, "ORDER BY created_at, kid"),
        ),
        _catalogue,
    ),
}

WRITINGS: Final[Writings] = {
    writes.BumpCatalogue: (
        "UPDATE catalogue_version SET version = version + 1 WHERE single = 1"
    ),
    writes.PutSetting: (
        "INSERT INTO setting (key, value, changed_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (key) DO UPDATE"
        " SET value = excluded.value, changed_at = excluded.changed_at"
    ),
    writes.PutClient: put("client", Client, key="client_id", keep=_BORN),
    writes.DeleteClient: "DELETE FROM client WHERE client_id = $1",
    writes.PutClientSecret: put(
        "client_secret", ClientSecret, key="client_id, secret_id"
    ),
    writes.DeleteClientSecrets: "DELETE FROM client_secret WHERE client_id = $1",
    writes.PutClientKey: put("client_key", ClientKey, key="client_id, kid"),
    writes.DeleteClientKeys: "DELETE FROM client_key WHERE client_id = $1",
    writes.PutApi: put("api", Api, key="id", keep=("identifier", *_BORN)),
    writes.DeleteApi: "DELETE FROM api WHERE id = $1",
    writes.PutGrant: put("client_grant", ClientGrant, key="id", keep=_BORN),
    writes.DeleteGrant: "DELETE FROM client_grant WHERE id = $1",
    writes.PutConnection: put("connection", Connection, key="id", keep=_BORN),
    writes.DeleteConnection: "DELETE FROM connection WHERE id = $1",
    writes.PutRole: put("role", Role, key="id", keep=_BORN),
    writes.DeleteRole: "DELETE FROM role WHERE id = $1",
    writes.DeleteRoleMembers: "DELETE FROM user_role WHERE role_id = $1",
    writes.PutSigningKey: put(
        "signing_key", SigningKey, key="kid", keep=("alg", "jwk", *_BORN)
    ),
}
