"""Changes of configuration: each commit of these also carries ``BumpCatalogue``."""

from __future__ import annotations

from typing import Any, ClassVar

from gatelodge.base.change import Write
from gatelodge.model.api import Api
from gatelodge.model.client import Client, ClientGrant, ClientKey, ClientSecret
from gatelodge.model.connection import Connection
from gatelodge.model.key import SigningKey
from gatelodge.model.role import Role


class BumpCatalogue(Write, frozen=True, kw_only=True):
    """Tell every node that configuration changed."""

    must: ClassVar[int | None] = 1


class PutSetting(Write, frozen=True, kw_only=True):
    """Insert or replace one tenant setting."""

    key: str
    value: Any
    changed_at: int


class PutClient(Write, frozen=True, kw_only=True):
    """Insert or replace a client; ``created_at`` stays as first written."""

    client: Client


class DeleteClient(Write, frozen=True, kw_only=True):
    """Remove a client's row."""

    client_id: str


class PutClientSecret(Write, frozen=True, kw_only=True):
    """Insert or replace one secret of a client."""

    secret: ClientSecret


class DeleteClientSecrets(Write, frozen=True, kw_only=True):
    """Remove all of a client's secrets."""

    client_id: str


class PutClientKey(Write, frozen=True, kw_only=True):
    """Insert or replace one public key of a client."""

    key: ClientKey


class DeleteClientKeys(Write, frozen=True, kw_only=True):
    """Remove all of a client's public keys."""

    client_id: str


class PutApi(Write, frozen=True, kw_only=True):
    """Insert or replace an API; its identifier never changes."""

    api: Api


class DeleteApi(Write, frozen=True, kw_only=True):
    """Remove an API."""

    api_id: str


class PutGrant(Write, frozen=True, kw_only=True):
    """Insert or replace a client grant."""

    grant: ClientGrant


class DeleteGrant(Write, frozen=True, kw_only=True):
    """Remove a client grant."""

    grant_id: str


class PutConnection(Write, frozen=True, kw_only=True):
    """Insert or replace a connection."""

    connection: Connection


class DeleteConnection(Write, frozen=True, kw_only=True):
    """Remove a connection."""

    connection_id: str


class PutRole(Write, frozen=True, kw_only=True):
    """Insert or replace a role."""

    role: Role


class DeleteRole(Write, frozen=True, kw_only=True):
    """Remove a role."""

    role_id: str


class DeleteRoleMembers(Write, frozen=True, kw_only=True):
    """Take a role from everybody who has it."""

    role_id: str


class PutSigningKey(Write, frozen=True, kw_only=True):
    """Insert a signing key, or move it to another state."""

    key: SigningKey
