"""Scope granted is not scope asked."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import AccessDenied, InvalidScope, UnauthorizedClient
from gatelodge.model.api import Api, ApiScope
from gatelodge.model.client import Client
from gatelodge.oauth.scope import for_user, narrow, needs_consent, split
from tests.rules.world import api, catalogue, client, grant, person

ASKED = ("openid", "offline_access", "email", "read:x", "write:x", "nowhere:x")


def granted(
    app: Client | None = None, resource: Api | None = None, **changes: Any
) -> tuple[str, ...]:
    app, resource = app or client(), resource or api()
    held = changes.pop("held", ())
    roles = changes.pop("roles", ())
    return for_user(
        changes.pop("asked", ASKED),
        client=app,
        api=resource,
        catalogue=catalogue(app, apis=(resource,), **changes),
        person=person(held=held, roles=roles),
    )


@pytest.mark.rule("RFC6749-3.3")
def test_tokens_in_order_each_once() -> None:
    assert split("b a  b c ") == ("b", "a", "c")
    assert split(None) == split("") == split("  ") == ()


@pytest.mark.rule("RFC6749-3.3")
@pytest.mark.parametrize(
    "value", ['a"b', "a\\b", "a\tb", "a\nb", "é", "\x7f", "a\u00a0b", "x" * 281]
)
def test_characters_a_scope_cannot_hold(value: str) -> None:
    with pytest.raises(InvalidScope) as caught:
        split(f"openid {value}")
    assert caught.value.rule == "RFC6749-3.3"


def test_what_the_api_does_not_define_is_dropped() -> None:
    assert granted() == ("openid", "offline_access", "email", "read:x", "write:x")
    assert granted(asked=("nowhere:x",)) == ()


@pytest.mark.parametrize(
    ("app", "at_api"),
    [
        (client(), {"allow_offline_access": False}),
        (client(grant_types=("authorization_code",)), {}),
    ],
)
def test_staying_offline_needs_client_and_api(app: Client, at_api: dict) -> None:
    assert "offline_access" not in granted(app, api(options=at_api))
    # ... also where an API calls a scope of its own so.
    scopes = (ApiScope(value="offline_access"), ApiScope(value="read:x"))
    odd = api(options=at_api, scopes=scopes)
    assert granted(app, odd) == ("openid", "email", "read:x")


def test_without_an_api_only_standard_scopes_and_offline_are_left() -> None:
    app = client()
    found = for_user(
        ASKED, client=app, api=None, catalogue=catalogue(app), person=person()
    )
    assert found == ("openid", "offline_access", "email")


def test_rbac_leaves_what_the_person_holds() -> None:
    rbac = api(options={"enforce_policies": True})
    assert granted(None, rbac) == ("openid", "offline_access", "email")
    assert "read:x" in granted(None, rbac, held=("read:x",))
    assert "write:x" not in granted(None, rbac, held=("read:x",))
    assert "write:x" in granted(None, rbac, roles=("rol_1", "rol_gone"))
    other_api = person(held=("read:x",))
    assert other_api.permissions[0].api_id == "api1"


@pytest.mark.rule("Auth0-subject-type-user")
def test_an_api_may_refuse_users() -> None:
    with pytest.raises(AccessDenied) as caught:
        granted(None, api(options={"user_policy": "deny_all"}))
    assert caught.value.rule == "Auth0-subject-type-user"


NEEDY = [
    (client(), {"user_policy": "require_client_grant"}),
    (client(options={"first_party": False}), {"user_policy": "allow_all"}),
]


@pytest.mark.rule("Auth0-client-grant-user")
@pytest.mark.parametrize(("app", "at_api"), NEEDY)
def test_where_a_client_grant_is_needed(app: Client, at_api: dict) -> None:
    resource = api(options=at_api)
    with pytest.raises(UnauthorizedClient) as caught:
        granted(app, resource)
    assert caught.value.rule == "Auth0-client-grant-user"
    with pytest.raises(UnauthorizedClient):
        granted(app, resource, grants=(grant("client", everything=True),))
    some = granted(app, resource, grants=(grant("user"),))
    assert some == ("openid", "offline_access", "email", "read:x")
    every = granted(app, resource, grants=(grant("user", everything=True),))
    assert every == granted(client())
    beyond = grant("user", scopes=("read:x", "nowhere:x"))
    assert "nowhere:x" not in granted(app, resource, grants=(beyond,))


HELD = ("openid", "offline_access", "read:x", "write:x")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (None, HELD),
        ("", HELD),
        ("  ", HELD),
        (" ".join(HELD), HELD),
        ("write:x", ("openid", "offline_access", "write:x")),
        ("write:x admin:x", ("openid", "offline_access", "write:x")),
        ("admin:x", ("openid", "offline_access")),
        ("openid", ("openid", "offline_access")),
    ],
)
def test_a_refresh_may_ask_for_less(asked: str | None, kept: tuple[str, ...]) -> None:
    assert narrow(HELD, asked) == kept


def test_what_was_not_granted_is_not_added_by_narrowing() -> None:
    assert narrow(("read:x",), "openid offline_access") == ()


def test_a_malformed_scope_of_a_refresh() -> None:
    with pytest.raises(InvalidScope):
        narrow(HELD, '"')


@pytest.mark.parametrize(
    ("first_party", "skip", "resource", "asks"),
    [
        (True, True, True, ()),
        (True, False, True, ("openid", "write:x")),
        (True, False, False, ()),
        (False, True, True, ("openid", "write:x")),
        (False, False, False, ("openid", "write:x")),
    ],
)
def test_consent(first_party: bool, skip: bool, resource: bool, asks: tuple) -> None:
    found = needs_consent(
        ("openid", "read:x", "write:x"),
        client=client(options={"first_party": first_party}),
        api=api(options={"skip_consent": skip}) if resource else None,
        consented=("read:x",),
    )
    assert found == asks
