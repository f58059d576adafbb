"""The small tenant every protocol test starts with."""

from __future__ import annotations

from typing import Any

import msgspec

from gatelodge.base.encoding import digest_of
from gatelodge.model.api import Api, ApiOptions, ApiScope
from gatelodge.model.client import Client, ClientGrant, ClientOptions, ClientSecret
from gatelodge.model.role import Permission, Role
from gatelodge.model.writes import (
    PutApi,
    PutClient,
    PutClientSecret,
    PutGrant,
    PutRole,
)

START = 1_790_000_000_000
API = "https://api.example.com/"
WEB_SECRET = "cs_" + "w" * 43
MACHINE_SECRET = "cs_" + "m" * 43
FLOWS = ("authorization_code", "refresh_token")


def tenant() -> tuple[Any, ...]:
    """A native app, a web app, a single-page app, a machine, a third party, one API."""
    reader = Role(
        id="rol_reader",
        name="Reader",
        permissions=(Permission(api_id="api1", value="read:x"),),
    )
    return (
        PutApi(api=_api()),
        *(PutClient(client=one) for one in _clients()),
        *(PutGrant(grant=one) for one in _grants()),
        PutRole(role=reader),
        _secret("web", WEB_SECRET),
        _secret("third", WEB_SECRET),
        _secret("machine", MACHINE_SECRET),
    )


def _api() -> Api:
    return Api(
        id="api1",
        identifier=API,
        name="Example API",
        scopes=(
            ApiScope(value="read:x", description="Read x"),
            ApiScope(value="write:x", description="Write x"),
        ),
        options=ApiOptions(allow_offline_access=True, skip_consent=True),
        created_at=START,
    )


def _clients() -> tuple[Client, ...]:
    native = Client(
        client_id="native",
        name="Native app",
        app_type="native",
        auth_method="none",
        redirect_uris=("http://127.0.0.1/callback", "com.example.app:/callback"),
        logout_urls=("http://localhost:3000/bye", "com.example.app:/bye"),
        grant_types=FLOWS,
        options=ClientOptions(skip_confirmation=True),
    )
    spa = Client(
        client_id="spa",
        name="Single-page app",
        app_type="spa",
        auth_method="none",
        redirect_uris=("https://spa.example.com/",),
        origins=("https://spa.example.com",),
        grant_types=FLOWS,
    )
    return (native, spa, *_confidential())


def _confidential() -> tuple[Client, ...]:
    web = Client(
        client_id="web",
        name="Web app",
        app_type="web",
        auth_method="client_secret_post",
        redirect_uris=("https://web.example.com/callback",),
        logout_urls=("https://web.example.com/bye",),
        grant_types=FLOWS,
    )
    third = msgspec.structs.replace(
        web,
        client_id="third",
        name="Third party",
        options=ClientOptions(first_party=False),
    )
    machine = Client(
        client_id="machine",
        name="Machine",
        app_type="machine",
        auth_method="client_secret_post",
        grant_types=("client_credentials",),
    )
    return (web, third, machine)


def _grants() -> tuple[ClientGrant, ...]:
    return (
        ClientGrant(id="cgr_1", client_id="machine", api_id="api1", scopes=("read:x",)),
        ClientGrant(
            id="cgr_2",
            client_id="third",
            api_id="api1",
            scopes=("read:x", "write:x"),
            subject_type="user",
        ),
    )


def _secret(client_id: str, secret: str) -> PutClientSecret:
    return PutClientSecret(
        secret=ClientSecret(
            client_id=client_id,
            secret_id="s1",
            digest=digest_of(secret),
            created_at=START,
        )
    )
