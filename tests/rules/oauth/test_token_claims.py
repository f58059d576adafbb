"""What ID tokens and access tokens say, and custom claims."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.model.api import Api
from gatelodge.model.grant import Authentication
from gatelodge.oauth.claim_template import RESERVED, fill, misspelt, unfit
from gatelodge.oauth.claims import released
from gatelodge.oauth.token_claims import (
    Subject,
    access_token,
    id_token,
    token_type,
)
from tests.rules import world
from tests.rules.world import API, ISSUER, NOW

IAT = NOW // 1000


def subject(
    *,
    client: Any = None,
    api: Api | None = None,
    settings: dict[str, Any] | None = None,
    person: Any = None,
    **changes: Any,
) -> Subject:
    app = client or world.client()
    base: dict[str, Any] = {
        "issuer": ISSUER,
        "client": app,
        "catalogue": world.catalogue(
            app, apis=(api or world.api(),), settings=settings
        ),
        "person": person or world.person(held=("read:x",), roles=("rol_1",)),
        "api": api or world.api(),
        "scopes": ("openid",),
        "sid": "sid1",
        "authentication": Authentication(auth_time=NOW - 60_999),
        "now": NOW,
        "jti": "jti-1",
    }
    return Subject(**base | changes)


def test_the_least_id_token() -> None:
    assert id_token(subject()) == {
        "iss": ISSUER,
        "sub": "auth0|ada",
        "aud": "phone",
        "iat": IAT,
        "exp": IAT + 36_000,
        "sid": "sid1",
    }


def test_what_each_wish_adds_to_an_id_token() -> None:
    full = id_token(
        subject(
            nonce="n-1",
            wants_auth_time=True,
            authentication=Authentication(
                auth_time=NOW - 60_999, amr=("pwd", "mfa"), acr="strong"
            ),
        )
    )
    assert full["nonce"] == "n-1"
    assert full["auth_time"] == IAT - 61
    assert full["amr"] == ["pwd", "mfa"]
    assert full["acr"] == "strong"
    asked = id_token(subject(id_token_claims=("amr", "email")))
    assert asked["amr"] == []
    assert asked["email"] == "ada@example.com"


def test_scopes_open_claims() -> None:
    known = world.person(
        name="Ada",
        username="ada",
        picture="https://p/",
        phone="+4912345",
        phone_verified_at=5,
        email_verified_at=5,
        updated_at=1_769_853_600_007,
    )
    scopes = ("openid", "profile", "email", "phone")
    claims = id_token(subject(person=known, scopes=scopes))
    assert claims["email_verified"] is True
    assert claims["phone_number"] == "+4912345"
    assert claims["phone_number_verified"] is True
    assert claims["preferred_username"] == "ada"
    assert claims["nickname"] == "ada"
    assert claims["updated_at"] == "2026-01-31T10:00:00.007Z"
    assert "created_at" not in claims
    number = id_token(
        subject(person=known, scopes=scopes, settings={"numeric_updated_at": True})
    )
    assert number["updated_at"] == 1_769_853_600
    one = id_token(subject(person=known, scopes=("openid", "created_at", "name")))
    assert set(one) & {"created_at", "name", "email", "nickname"} == {
        "created_at",
        "name",
    }


@pytest.mark.parametrize("phone", [None, ""])
def test_an_unknown_phone_is_left_out(phone: str | None) -> None:
    found = released(world.user(phone=phone), scopes=("phone", "email"))
    assert found == {"email": "ada@example.com", "email_verified": False}


def test_a_name_is_never_empty() -> None:
    assert released(world.user(), scopes=("name",)) == {"name": "ada@example.com"}
    named = world.user(given_name="Ada", family_name="L.")
    assert released(named, scopes=("profile",))["name"] == "Ada L."


DIALECTS = {
    "access_token": ("JWT", {"azp"}),
    "access_token_authz": ("JWT", {"azp", "permissions"}),
    "rfc9068_profile": ("at+jwt", {"client_id", "jti"}),
    "rfc9068_profile_authz": ("at+jwt", {"client_id", "jti", "permissions"}),
}


@pytest.mark.parametrize(("dialect", "expected"), DIALECTS.items())
def test_the_dialects_of_access_tokens(dialect: str, expected: tuple) -> None:
    typ, names = expected
    api = world.api(options={"dialect": dialect})
    claims = access_token(subject(api=api, scopes=("read:x",)), api)
    assert token_type(api) == typ
    base = {"iss", "sub", "aud", "iat", "exp", "scope"}
    assert set(claims) == base | names
    assert claims["aud"] == API
    assert claims["exp"] == IAT + 86_400
    if "permissions" in names:  # all that is held, asked for or not
        assert claims["permissions"] == ["read:x", "write:x"]


def test_gty_shows_in_auth0s_dialect_only() -> None:
    plain, strict = world.api(), world.api(options={"dialect": "rfc9068_profile"})
    assert access_token(subject(gty="refresh_token"), plain)["gty"] == "refresh_token"
    assert "gty" not in access_token(subject(gty="refresh_token"), strict)


def test_openid_opens_userinfo_too() -> None:
    api = world.api()
    claims = access_token(subject(), api)
    assert claims["aud"] == [API, f"{ISSUER}userinfo"]


# -- claim templates -----------------------------------------------------------------

TEMPLATES = {
    "https://example.com/email": "${user.email}",
    "https://example.com/roles": "${user.roles}",
    "https://example.com/plan": "plan: ${ user.app_metadata.plan }!",
    "https://example.com/none": "${user.app_metadata.nothing}",
    "https://example.com/some": "${user.nowhere}-${user.user_id}",
    "https://example.com/kind": "${client.metadata.kind}",
    "email": "${user.email}",
    "sub": "eve",
    "roles": "${user.roles}",
}


def templated(scopes: tuple[str, ...] = ("read:x",)) -> dict[str, Any]:
    app = world.client(
        options={"access_token_claims": TEMPLATES, "id_token_claims": TEMPLATES},
        metadata={"kind": "phone"},
    )
    person = world.person(
        roles=("rol_1",), app_metadata={"plan": {"name": "gold"}, "a.b": {"c": 5}}
    )
    return access_token(subject(client=app, person=person, scopes=scopes), world.api())


def test_roles_and_metadata_reach_an_access_token() -> None:
    claims = templated()
    assert claims["https://example.com/email"] == "ada@example.com"
    assert claims["https://example.com/roles"] == ["approver"]
    assert claims["https://example.com/plan"] == 'plan: {"name":"gold"}!'
    assert claims["https://example.com/kind"] == "phone"
    assert "https://example.com/none" not in claims
    assert "https://example.com/some" not in claims


def test_registered_claims_cannot_be_set_and_standard_ones_need_their_scope() -> None:
    claims = templated()
    assert claims["sub"] == "auth0|ada"
    assert "roles" not in claims
    assert "email" not in claims
    assert templated(("email",))["email"] == "ada@example.com"


@pytest.mark.parametrize("name", ["locale", "zoneinfo", "birthdate", "website"])
def test_a_template_may_know_a_standard_claim_that_we_do_not(name: str) -> None:
    context = {"user": {"user_metadata": {"x": "de"}}}
    templates = {name: "${user.user_metadata.x}"}
    assert fill(templates, context, scopes=("openid", "email")) == {}
    assert fill(templates, context, scopes=("profile",)) == {name: "de"}
    address = {"address": "${user.user_metadata}"}
    assert fill(address, context, scopes=("profile",)) == {}
    assert fill(address, context, scopes=("address",)) == {"address": {"x": "de"}}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("user.a.b.c", 5),
        ("user.a.x", 6),
        ("user", {"a.b": {"c": 5}, "a": {"x": 6}, "n": None, "t": "s"}),
        ("user.n", None),
        ("user.n.x", None),
        ("user.t.x", None),
        ("user.nowhere", None),
    ],
)
def test_a_metadata_key_may_hold_dots(path: str, value: Any) -> None:
    context = {"user": {"a.b": {"c": 5}, "a": {"x": 6}, "n": None, "t": "s"}}
    found = fill({"https://x/y": "${" + path + "}"}, context, scopes=())
    assert found.get("https://x/y") == value


@pytest.mark.parametrize("name", [*sorted(RESERVED), "sip_from"])
def test_names_that_are_never_free(name: str) -> None:
    problem = unfit(name, "${user.email}")
    assert problem is not None
    assert name in problem
    assert fill({name: "x"}, {}, scopes=()) == {}


@pytest.mark.parametrize(
    ("name", "template", "fit"),
    [
        ("https://x/y", "plain text", True),
        ("https://x/y", "${user.email} ${client.name}", True),
        ("email", "${user.email}", True),
        ("https://x/y", "x" * 1000, True),
        ("https://x/y", "x" * 1001, False),
        ("", "x", False),
        ("https://x/y", "${secrets.key}", False),
        ("https://x/y", "${users.email}", False),
    ],
)
def test_what_may_be_registered(name: str, template: str, fit: bool) -> None:
    assert (unfit(name, template) is None) is fit


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("${user.role}", "nothing is called 'user.role'"),
        ("Hello ${client.nmae}", "nothing is called 'client.nmae'"),
        ("${user.roles", "a place is written ${user.email}"),
        ("${ user. email }", "a place is written ${user.email}"),
    ],
)
def test_what_nobody_could_fill_is_told_at_registration(template, said) -> None:
    assert said in misspelt("https://x/y", template)


@pytest.mark.parametrize(
    "template",
    ["${user.roles}", "plan ${user.app_metadata.a.b}", "${client.metadata.k}", "plain"],
)
def test_what_somebody_could_fill_is_taken(template) -> None:
    assert misspelt("https://x/y", template) is None
