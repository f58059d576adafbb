"""What an app is told of a person, and by which name."""

from __future__ import annotations

import pytest

from gatelodge.model.saml import SamlApp
from gatelodge.model.user import User
from gatelodge.saml_apps import attributes

CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
ADA = User(
    user_id="auth0|ada",
    connection_id="con_1",
    email_key="ada@example.com",
    email="ada@example.com",
    email_verified_at=1,
    name="Ada\x00 L.",
    nickname="ada",
    app_metadata={"department": "engines", "badges": ["a", "b"], "secret": {"x": 1}},
    user_metadata={"department": "mine"},
)


def told(**changes):
    return attributes.told(ADA, ("admin",), SamlApp(audience="urn:app", **changes))


def named(**changes):
    return attributes.name_id(ADA, (), SamlApp(audience="urn:app", **changes))


def test_auth0s_names_by_default() -> None:
    found = told()
    assert found[f"{CLAIM}/nameidentifier"] == ("auth0|ada",)
    assert found[f"{CLAIM}/emailaddress"] == ("ada@example.com",)
    assert found[f"{CLAIM}/upn"] == ("ada@example.com",)
    assert found["http://schemas.auth0.com/nickname"] == ("ada",)
    assert found["http://schemas.auth0.com/email_verified"] == ("true",)


def test_what_a_person_has_not_is_left_away() -> None:
    assert f"{CLAIM}/givenname" not in told()


def test_no_character_that_xml_lacks() -> None:
    assert told()[f"{CLAIM}/name"] == ("Ada L.",)


def test_names_of_ones_own() -> None:
    found = told(
        mappings={"email": ("mail", "urn:oid:1")}, passthrough=False, upn=False
    )
    assert found["mail"] == found["urn:oid:1"] == ("ada@example.com",)
    assert f"{CLAIM}/emailaddress" not in found
    assert not any(name.startswith("http://schemas.auth0.com") for name in found)
    assert f"{CLAIM}/upn" not in found


def test_roles_and_metadata_where_they_are_asked_for() -> None:
    assert not any(
        "roles" in name or "admin" in value for name, value in told().items()
    )
    found = told(
        mappings={
            "roles": ("groups",),
            "app_metadata.department": ("department",),
            "app_metadata.badges": ("badges",),
            "app_metadata.secret": ("secret",),
            "app_metadata.none.deep": ("none",),
            "user_metadata.department": ("claimed",),
        }
    )
    assert found["groups"] == ("admin",)
    assert (found["department"], found["badges"]) == (("engines",), ("a", "b"))
    assert not {"secret", "none", "claimed"} & set(found)


@pytest.mark.parametrize(
    ("choices", "name"),
    [
        ((), "auth0|ada"),
        (("email",), "ada@example.com"),
        ((f"{CLAIM}/emailaddress",), "ada@example.com"),
        (("username", "nickname"), "ada"),
        (("username",), "auth0|ada"),
    ],
)
def test_what_the_app_calls_them(choices, name) -> None:
    assert named(name_id=choices).value == name
