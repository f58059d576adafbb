"""A small world for the rules: one of each value, changed by keyword."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from gatelodge.base.encoding import b64url
from gatelodge.base.opaque import RefreshTokens
from gatelodge.model.api import Api, ApiOptions, ApiScope
from gatelodge.model.catalogue import Catalogue, CatalogueRows, index
from gatelodge.model.client import (
    CODE,
    REFRESH,
    Client,
    ClientGrant,
    ClientOptions,
    RefreshPolicy,
)
from gatelodge.model.connection import Connection, ConnectionOptions
from gatelodge.model.grant import Authentication, Code, CodeDetails, Device, Family
from gatelodge.model.role import Permission, Role
from gatelodge.model.settings import Settings
from gatelodge.model.user import Person, User
from gatelodge.oauth.log import Witness

ISSUER = "https://id.example.com/"
API = "https://api.example.com/"
CALLBACK = "com.example.app:/callback"
NOW = 1_790_000_000_000
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
FAMILY_ID = b64url(bytes(range(16)))
SEED = bytes(range(32))
KEYS = RefreshTokens(secret_keys=(b"s" * 32,), shield_keys=(b"h" * 32,))


def client(
    client_id: str = "phone", *, options: dict[str, Any] | None = None, **changes: Any
) -> Client:
    base: dict[str, Any] = {
        "name": "Phone",
        "app_type": "native",
        "auth_method": "none",
        "redirect_uris": (CALLBACK,),
        "grant_types": (CODE, REFRESH),
    }
    return Client(
        client_id=client_id, options=ClientOptions(**(options or {})), **base | changes
    )


def policy(**changes: Any) -> dict[str, Any]:
    """Options of a client with this refresh policy."""
    return {"refresh": RefreshPolicy(**changes)}


def api(*, options: dict[str, Any] | None = None, **changes: Any) -> Api:
    base: dict[str, Any] = {
        "id": "api1",
        "identifier": API,
        "name": "Timesheets",
        "scopes": tuple(ApiScope(value=f"{verb}:x") for verb in ("read", "write")),
    }
    merged = {"allow_offline_access": True} | (options or {})
    return Api(options=ApiOptions(**merged), **base | changes)


def user(**changes: Any) -> User:
    base: dict[str, Any] = {
        "user_id": "auth0|ada",
        "connection_id": "con_1",
        "email_key": "ada@example.com",
        "email": "ada@example.com",
        "created_at": NOW - 5,
        "updated_at": NOW - 1,
    }
    return User(**base | changes)


def person(*, held: tuple[str, ...] = (), roles: tuple[str, ...] = (), **changes: Any):
    return Person(
        user=user(**changes),
        role_ids=roles,
        permissions=tuple(Permission("api1", value) for value in held),
    )


def catalogue(
    *clients: Client,
    apis: tuple[Api, ...] | None = None,
    settings: dict[str, Any] | None = None,
    enabled: tuple[str, ...] | None = None,
    **rows: Any,
) -> Catalogue:
    options = ConnectionOptions(enabled_clients=enabled)
    connection = Connection(id="con_1", name="Users", options=options)
    base: dict[str, Any] = {
        "settings": Settings(**(settings or {})),
        "clients": clients or (client(),),
        "apis": (api(),) if apis is None else apis,
        "connections": (connection,),
        "roles": (
            Role(
                id="rol_1",
                name="approver",
                permissions=(Permission("api1", "write:x"),),
            ),
        ),
    }
    return index(CatalogueRows(**base | rows))


def grant(
    subject: str = "user",
    *,
    client_id: str = "phone",
    scopes: tuple[str, ...] = ("read:x",),
    everything: bool = False,
) -> ClientGrant:
    return ClientGrant(
        id=f"cgr_{subject}",
        client_id=client_id,
        api_id="api1",
        scopes=scopes,
        allow_all_scopes=everything,
        subject_type=subject,
    )


def witness(at: int = NOW) -> Witness:
    return Witness(at=at, ip="192.0.2.7", agent="Phone/1.0", raw=bytes(range(64)))


def code(**changes: Any) -> Code:
    details = {
        name: changes.pop(name)
        for name in tuple(changes)
        if name in CodeDetails.__struct_fields__
    }
    known: dict[str, Any] = {
        "authentication": Authentication(auth_time=NOW - 60_000, amr=("pwd",))
    }
    base: dict[str, Any] = {
        "digest": "digest",
        "client_id": "phone",
        "user_id": "auth0|ada",
        "sid": "sid1",
        "redirect_uri": CALLBACK,
        "scopes": ("openid", "offline_access"),
        "audience": None,
        "nonce": "n-1",
        "challenge": CHALLENGE,
        "family_id": FAMILY_ID,
        "details": CodeDetails(**known | details),
        "created_at": NOW,
        "expires_at": NOW + 60_000,
    }
    return Code(**base | changes)


def family(**changes: Any) -> Family:
    base: dict[str, Any] = {
        "id": FAMILY_ID,
        "seed": SEED,
        "generation": 3,
        "rotated_at": NOW,
        "client_id": "phone",
        "user_id": "auth0|ada",
        "sid": "sid1",
        "audience": API,
        "scopes": ("openid", "offline_access", "read:x"),
        "authentication": Authentication(auth_time=NOW - 60_000),
        "device": Device(),
        "created_at": NOW - 1000,
        "idle_until": NOW + 10**9,
        "expires_at": NOW + 2 * 10**9,
    }
    return Family(**base | changes)


def challenge_for(verifier: str) -> str:
    return b64url(hashlib.sha256(verifier.encode()).digest())


def changed(value: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(value, **changes)
