"""The event: what an action is told, under Auth0's names (contract 2.5).

Passwords, tokens, codes and secrets of a request are never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gatelodge.base.moment import iso
from gatelodge.model.api import Api
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import TOKEN_EXCHANGE, Client
from gatelodge.model.connection import Connection
from gatelodge.model.grant import Family
from gatelodge.model.session import Session
from gatelodge.model.user import Person, User
from gatelodge.oauth import claims
from gatelodge.oauth.log import Witness

_SECRET: Final = re.compile(
    r"secret|token|password|passwd|code|assertion|verifier|credential|otp|signature",
    re.IGNORECASE,
)
_LONGEST_AGENT: Final = 400
_OWN_OR_ENTERPRISE: Final = frozenset({"auth0", "oidc", "samlp", "email", "sms"})
PROTOCOLS: Final[Mapping[str, str]] = MappingProxyType(
    {TOKEN_EXCHANGE: "oauth2-token-exchange"}
)
"""Auth0's names of the ways in without a browser; the others are a password's."""
Event = dict[str, Any]


def of_person(
    person: Person,
    *,
    client: Client,
    api: Api | None,
    catalogue: Catalogue,
    witness: Witness,
    protocol: str,
    scopes: tuple[str, ...],
    params: Mapping[str, str],
) -> Event:
    """What every trigger with a known person is told."""
    connection = catalogue.connection_by_id(person.user.connection_id)
    roles = list(catalogue.role_names(person))
    return {
        **shared(client, connection, api, witness, params),
        "transaction": _transaction(protocol, scopes, params),
        "authorization": {"roles": roles},
        "user": user(person.user, connection),
        "stats": {"logins_count": person.user.logins},
    }


def shared(
    client: Client,
    connection: Connection | None,
    api: Api | None,
    witness: Witness,
    params: Mapping[str, str],
) -> Event:
    """Who asks, for which app, at which API."""
    event: Event = {
        "client": {
            "client_id": client.client_id,
            "name": client.name,
            "metadata": client.metadata,
        },
        "request": {
            "ip": witness.ip,
            "user_agent": witness.agent[:_LONGEST_AGENT],
            "query": harmless(params),
            "body": {},
        },
    }
    if connection is not None:
        event["connection"] = {
            "id": connection.id,
            "name": connection.name,
            "strategy": connection.strategy,
        }
    if api is not None:
        event["resource_server"] = {"identifier": api.identifier}
    return event


def harmless(params: Mapping[str, str]) -> dict[str, str]:
    """Parameters whose names do not sound like a secret."""
    return {name: value for name, value in params.items() if not _SECRET.search(name)}


def user(account: User, connection: Connection | None) -> dict[str, Any]:
    """An account as Auth0 tells of it; what is unknown is left out."""
    strategy = connection.strategy if connection else None
    return {
        **claims.profile(account, numeric_updated_at=False),
        "user_id": account.user_id,
        **({"username": account.username} if account.username else {}),
        **({"last_ip": account.last_ip} if account.last_ip else {}),
        **({"last_login": iso(account.last_login_at)} if account.last_login_at else {}),
        "user_metadata": account.user_metadata,
        "app_metadata": account.app_metadata,
        "identities": [
            {
                "connection": connection.name if connection else None,
                "provider": strategy,
                "user_id": account.user_id.rpartition("|")[2],
                "isSocial": strategy not in _OWN_OR_ENTERPRISE,
            }
        ],
    }


def session(of: Session) -> dict[str, Any]:
    """The session at this browser."""
    return {
        "id": of.sid,
        "created_at": iso(of.created_at),
        "authenticated_at": iso(of.auth_time),
        "updated_at": iso(of.touched_at),
        "idle_expires_at": iso(of.idle_until),
        "expires_at": iso(of.ends_at),
        "device": {"initial_ip": of.ip, "initial_user_agent": of.agent},
    }


def methods(amr: tuple[str, ...], auth_time: int) -> dict[str, Any]:
    """How and when the person proved who they are."""
    return {
        "methods": [{"name": name, "timestamp": iso(auth_time)} for name in amr],
    }


def refresh_token(family: Family) -> dict[str, Any]:
    """The device that renews its tokens; never the token."""
    found = {
        "id": family.id,
        "client_id": family.client_id,
        "session_id": family.sid,
        "created_at": iso(family.created_at),
        "device": {
            "initial_ip": family.device.ip,
            "initial_user_agent": family.device.agent,
        },
    }
    ends = {"idle_expires_at": family.idle_until, "expires_at": family.expires_at}
    return found | {name: iso(at) for name, at in ends.items() if at is not None}


def _transaction(
    protocol: str, scopes: tuple[str, ...], params: Mapping[str, str]
) -> dict[str, Any]:
    asked = {
        name: params[name]
        for name in ("redirect_uri", "state", "login_hint", "ui_locales")
        if name in params
    }
    return {
        "protocol": protocol,
        "requested_scopes": params.get("scope", " ".join(scopes)).split(),
        "granted_scopes": list(scopes),
        "acr_values": params.get("acr_values", "").split(),
        "prompt": params.get("prompt", "").split(),
        "response_type": params.get("response_type", "").split(),
        **asked,
    }
