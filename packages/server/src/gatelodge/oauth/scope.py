"""Scope granted is not scope asked: a pipeline in which each step can only shrink.

RFC 6749 §3.3 and contract 1.6: defined on the API, allowed to the client, held by the
person; consent is the journey's business.
"""

from __future__ import annotations

import re
from typing import Final

from gatelodge.base.errors import AccessDenied, InvalidScope, UnauthorizedClient
from gatelodge.model.api import Api
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import REFRESH, Client
from gatelodge.model.user import Person

_TOKEN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_LONGEST: Final = 280
OFFLINE: Final = "offline_access"
OPENID: Final = "openid"
STANDARD: Final = frozenset(
    {
        OPENID,
        "profile",
        "email",
        "phone",
        "address",
        "name",
        "given_name",
        "family_name",
        "nickname",
        "picture",
        "email_verified",
        "created_at",
    }
)


def split(value: str | None) -> tuple[str, ...]:
    """Scope tokens in order, each once (RFC 6749 §3.3).

    Raises:
        InvalidScope: a character that a scope cannot hold.
    """
    tokens = dict.fromkeys((value or "").split(" "))
    tokens.pop("", None)
    for token in tokens:
        if not fits(token):
            raise InvalidScope("The scope is malformed", rule="RFC6749-3.3")
    return tuple(tokens)


def fits(token: str) -> bool:
    """Whether this can be one scope token (RFC 6749 §3.3)."""
    return len(token) <= _LONGEST and _TOKEN.fullmatch(token) is not None


def for_user(
    asked: tuple[str, ...],
    *,
    client: Client,
    api: Api | None,
    catalogue: Catalogue,
    person: Person,
) -> tuple[str, ...]:
    """Which of the asked scopes this person can give this client (contract 1.6).

    Raises:
        AccessDenied: the API takes no users.
        UnauthorizedClient: the API wants a client grant and there is none.
    """
    allowed = _allowed_at(api, client, catalogue)
    if api is not None and api.options.enforce_policies:
        allowed &= catalogue.permissions(person, api.id)
    # An API cannot define this scope for itself: the two switches decide.
    allowed -= {OFFLINE}
    if may_stay_offline(client, api):
        allowed |= {OFFLINE}
    return tuple(scope for scope in asked if scope in STANDARD or scope in allowed)


def may_stay_offline(client: Client, api: Api | None) -> bool:
    """Refresh tokens need the grant at the client and the switch at the API."""
    at_api = api is None or api.options.allow_offline_access
    return at_api and REFRESH in client.grant_types


def _allowed_at(
    api: Api | None, client: Client, catalogue: Catalogue
) -> frozenset[str]:
    if api is None:
        return frozenset()
    policy = api.options.user_policy
    if policy == "deny_all":
        raise AccessDenied(
            f"Users may not call this service: {api.identifier}",
            rule="Auth0-subject-type-user",
        )
    if policy == "allow_all" and client.options.first_party:
        return api.scope_values
    grant = catalogue.grant(client.client_id, api.id, "user")
    if grant is None:
        raise UnauthorizedClient(
            f'Client "{client.client_id}" is not authorized to access resource server'
            f' "{api.identifier}".',
            rule="Auth0-client-grant-user",
        )
    return (
        api.scope_values
        if grant.allow_all_scopes
        else (api.scope_values & frozenset(grant.scopes))
    )


def narrow(granted: tuple[str, ...], asked: str | None) -> tuple[str, ...]:
    """A refresh may ask for less; what was not granted is ignored (contract 1.7).

    ``openid`` and ``offline_access`` stay, so that the answer keeps its shape. Naming
    no scope at all means all of them (contract: clients rule 14).

    Raises:
        InvalidScope: a character that a scope cannot hold.
    """
    wanted = frozenset(split(asked))
    if not wanted:
        return granted
    kept = wanted | {OPENID, OFFLINE}
    return tuple(scope for scope in granted if scope in kept)


def needs_consent(
    scopes: tuple[str, ...],
    *,
    client: Client,
    api: Api | None,
    consented: tuple[str, ...],
) -> tuple[str, ...]:
    """Scopes the person has yet to allow; none where consent is skipped."""
    if client.options.first_party and (api is None or api.options.skip_consent):
        return ()
    return tuple(scope for scope in scopes if scope not in frozenset(consented))
