"""Where a person goes after signing out, and whether we ask first."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import PageRefusal
from gatelodge.oauth.logout import Leave, auth0, oidc
from tests.rules import world

OUT = "https://app.example.com/out"
APP = world.client(logout_urls=(OUT, "com.app:/out", "http://127.0.0.1/bye"))
HINT = {"aud": "phone", "sub": "auth0|ada", "sid": "sid1"}
WITHIN = world.catalogue(
    APP,
    world.client("bare", logout_urls=()),
    settings={"allowed_logout_urls": ("https://tenant.example.com/",)},
)


def left(
    params: dict[str, str],
    hint: Any = None,
    *,
    sub: str | None = "auth0|ada",
    sid: str | None = "sid1",
    within: Any = WITHIN,
) -> Leave:
    return oidc(params, hint, within, session_sub=sub, session_sid=sid)


def refusal(call: Any, *given: Any, **named: Any) -> str:
    with pytest.raises(PageRefusal) as caught:
        call(*given, **named)
    return caught.value.rule


def test_v2_logout_goes_where_it_is_registered() -> None:
    there = auth0({"client_id": "phone", "returnTo": f"{OUT}?a=b#c"}, WITHIN)
    assert there == Leave(url=f"{OUT}?a=b#c", client_id="phone")
    assert auth0({"client_id": "phone"}, WITHIN).url == OUT
    assert auth0({"client_id": "bare"}, WITHIN).url is None
    assert auth0({}, WITHIN).url == "https://tenant.example.com/"
    assert auth0({"returnTo": "https://tenant.example.com"}, WITHIN).url
    assert auth0({}, world.catalogue()).url is None


@pytest.mark.rule("Auth0-logout-client")
def test_v2_logout_knows_its_client() -> None:
    assert refusal(auth0, {"client_id": "nobody"}, WITHIN) == "Auth0-logout-client"


@pytest.mark.rule("OIDC-RPL-3.post_logout_redirect_uri")
@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("HTTPS://APP.Example.com/out", True),
        ("com.app:/out?x=1", True),
        ("http://127.0.0.1:49152/bye", True),
        ("http://127.0.0.1:1/bye?x", True),
        ("http://[::1]/bye", False),
        ("http://localhost/bye", False),
        ("https://app.example.com/OUT", False),
        ("https://app.example.com:8443/out", False),
        ("https://app.example.com/out/", False),
        ("https://app.example.com.evil.example/out", False),
        ("https://app.example.com@evil.example/out", False),
        ("//app.example.com/out", False),
        ("https://app.example.com/out\r\nX: y", False),
        ("https://tenant.example.com/", False),
        ("http://[::1", False),
        ("\ud800", False),
    ],
)
def test_what_counts_as_registered(url: str, good: bool) -> None:
    params = {"client_id": "phone", "returnTo": url}
    if good:
        assert auth0(params, WITHIN).url == url
        return
    assert refusal(auth0, params, WITHIN) == "OIDC-RPL-3.post_logout_redirect_uri"
    posted = {"client_id": "phone", "post_logout_redirect_uri": url}
    assert refusal(left, posted) == "OIDC-RPL-3.post_logout_redirect_uri"


def test_a_script_is_no_address_even_where_it_was_registered() -> None:
    within = world.catalogue(world.client(logout_urls=("javascript:alert(1)",)))
    params = {"client_id": "phone", "returnTo": "javascript:alert(1)"}
    assert refusal(auth0, params, within) == "OIDC-RPL-3.post_logout_redirect_uri"


BACK = {"client_id": "phone", "post_logout_redirect_uri": OUT}


@pytest.mark.parametrize(
    ("params", "hint", "sub", "asks"),
    [
        (BACK, None, "auth0|ada", False),  # decisions 7
        (BACK, HINT, "auth0|ada", False),
        ({"post_logout_redirect_uri": OUT}, HINT, "auth0|ada", False),
        ({}, HINT, "auth0|ada", False),
        ({}, HINT, None, False),
        ({}, None, "auth0|ada", True),
        ({"client_id": "phone"}, None, "auth0|ada", True),
        ({"logout_hint": "sid1"}, None, "auth0|ada", False),
        ({"logout_hint": "sid2"}, None, "auth0|ada", True),
        (BACK, HINT, "auth0|eve", True),  # somebody else is signed in
        ({}, HINT | {"sid": "sid2"}, "auth0|ada", True),
        (BACK, HINT | {"sid": "sid2"}, "auth0|ada", False),
    ],
)
def test_whether_a_person_is_asked(
    params: Any, hint: Any, sub: Any, asks: bool
) -> None:
    leave = left(params, hint, sub=sub, sid="sid1" if sub else None)
    assert leave.asks is asks
    assert leave.url == params.get("post_logout_redirect_uri")


def test_the_tenant_may_ask_where_no_hint_proves_the_session() -> None:
    strict = world.catalogue(APP, settings={"logout_always_asks": True})
    assert left(BACK, within=strict).asks
    assert not left(BACK, HINT, within=strict).asks


def test_the_state_comes_back() -> None:
    leave = left(BACK | {"state": "a&b"})
    assert leave.url == f"{OUT}?state=a%26b"
    assert left({"client_id": "phone", "state": "x"}).url is None


@pytest.mark.rule("OIDC-RPL-2.client_id")
@pytest.mark.parametrize(
    ("params", "hint"),
    [
        ({"client_id": "nobody"}, None),
        ({"client_id": "bare"}, HINT),
        ({}, HINT | {"aud": "nobody"}),
        ({}, HINT | {"aud": ["phone"]}),
        ({"client_id": "phone"}, HINT | {"aud": ["phone"]}),
    ],
)
def test_hint_and_client_agree(params: dict[str, str], hint: Any) -> None:
    assert refusal(left, params, hint) == "OIDC-RPL-2.client_id"


def test_without_a_client_the_tenants_addresses_count() -> None:
    there = {"post_logout_redirect_uri": "https://tenant.example.com/"}
    assert left(there).url == "https://tenant.example.com/"
    assert left(there).asks
