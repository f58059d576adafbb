"""Claims about the person behind an access token, as they are now."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import InvalidToken
from gatelodge.model.reads import BearerBundle
from gatelodge.oauth.issuance import OpaqueAccess
from gatelodge.oauth.userinfo import Bearer, answer, from_jwt, from_opaque
from tests.rules import world
from tests.rules.world import API, ISSUER, NOW

JWT = {"typ": "JWT"}
BODY = {
    "iss": ISSUER,
    "sub": "auth0|ada",
    "aud": [API, f"{ISSUER}userinfo"],
    "azp": "phone",
    "exp": NOW // 1000 + 60,
    "scope": "openid email",
}
BEARER = Bearer(sub="auth0|ada", client_id="phone", scopes=("openid", "email"))


def bundle(ended: str | None = None, **person: Any) -> BearerBundle:
    return BearerBundle(person=world.person(**person), ended=ended)


def read(header: dict[str, Any] = JWT, **changes: Any) -> Bearer:
    return from_jwt(header, BODY | changes, issuer=ISSUER, now=NOW)


def test_a_jwt_that_is_addressed_here() -> None:
    assert read() == BEARER
    assert read({"typ": "at+jwt"}, azp=None, client_id="phone") == BEARER
    assert read(aud=f"{ISSUER}userinfo") == BEARER
    assert read(exp=NOW // 1000 - 29) == BEARER


@pytest.mark.rule("OIDC-5.3.1")
@pytest.mark.rule("RFC8725-3.11")
@pytest.mark.rule("RFC6750-3.1")
@pytest.mark.parametrize(
    ("header", "changes", "rule"),
    [
        (JWT, {"iss": "https://evil.example/"}, "OIDC-5.3.1"),
        (JWT, {"aud": API}, "OIDC-5.3.1"),
        (JWT, {"aud": "phone"}, "OIDC-5.3.1"),  # an ID token
        (JWT, {"aud": [[], {}]}, "OIDC-5.3.1"),
        (JWT, {"aud": None}, "OIDC-5.3.1"),
        ({"typ": "logout+jwt"}, {}, "RFC8725-3.11"),
        ({}, {}, "RFC8725-3.11"),
        (JWT, {"azp": None}, "RFC8725-3.11"),
        (JWT, {"azp": 5}, "RFC8725-3.11"),
        (JWT, {"exp": NOW // 1000 - 30}, "RFC6750-3.1"),
        (JWT, {"exp": "later"}, "RFC6750-3.1"),
        (JWT, {"exp": None}, "RFC6750-3.1"),
        (JWT, {"exp": True}, "RFC6750-3.1"),
    ],
)
def test_other_jwts(header: dict[str, Any], changes: Any, rule: str) -> None:
    with pytest.raises(InvalidToken) as caught:
        read(header, **changes)
    assert caught.value.rule == rule
    assert caught.value.because not in caught.value.says


@pytest.mark.rule("RFC6750-3.1")
@pytest.mark.parametrize(("at", "good"), [(NOW - 1, True), (NOW, False)])
def test_an_opaque_token_has_an_end(at: int, good: bool) -> None:
    token = OpaqueAccess(
        sub="auth0|ada",
        client_id="phone",
        scopes=("openid", "email"),
        expires_at=NOW,
        family_id="f",
        claims=("name",),
    )
    if good:
        expected = world.changed(BEARER, family_id="f", asked=("name",))
        assert from_opaque(token, at) == expected
        return
    with pytest.raises(InvalidToken):
        from_opaque(token, at)


def test_the_scopes_open_todays_values() -> None:
    found = answer(BEARER, bundle(), world.catalogue())
    assert found == {
        "sub": "auth0|ada",
        "email": "ada@example.com",
        "email_verified": False,
    }
    asked = world.changed(BEARER, asked=("nickname",))
    assert answer(asked, bundle(), world.catalogue())["nickname"] == "ada"


@pytest.mark.rule("House-alive")
@pytest.mark.rule("OIDC-5.3.1")
@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"bearer": world.changed(BEARER, scopes=("email",))}, "OIDC-5.3.1"),
        ({"bundle": None}, "House-alive"),
        ({"bundle": bundle(blocked_at=1)}, "House-alive"),
        ({"within": world.catalogue(world.client("other"))}, "House-alive"),
        ({"within": world.catalogue(enabled=("other",))}, "House-alive"),
        ({"bundle": bundle(ended="theft")}, "House-alive"),
    ],
)
def test_what_is_no_longer_alive(given: dict[str, Any], rule: str) -> None:
    base = {
        "bearer": BEARER,
        "bundle": bundle(),
        "within": world.catalogue(),
    }
    use = base | given
    with pytest.raises(InvalidToken) as caught:
        answer(use["bearer"], use["bundle"], use["within"])
    assert caught.value.rule == rule
