"""What claims allow, and that nobody can change them for the next request."""

from __future__ import annotations

import dataclasses

import pytest

from gatelodge_guard import Claims
from gatelodge_guard.errors import InsufficientScope


@pytest.fixture
def said():
    return Claims(
        sub="auth0|ada",
        client_id="native-app",
        issuer="https://issuer.test/",
        audience=("https://api.test",),
        expires_at=0,
        scopes=frozenset({"read:timesheets", "openid"}),
        permissions=frozenset({"approve:timesheets"}),
        payload={"https://example.com/roles": ["manager"], "email": "ada@example.com"},
    )


def test_what_is_allowed_passes(said):
    said.require()
    said.require("read:timesheets", "openid", permissions=["approve:timesheets"])
    said.require(any_of=["approve:timesheets", "admin"])
    said.require(any_of=["openid"])


@pytest.mark.parametrize(
    ("scopes", "more", "named"),
    [
        (
            ("read:timesheets", "create:timesheets"),
            {},
            "read:timesheets create:timesheets",
        ),
        (("approve:timesheets",), {}, "approve:timesheets"),
        ((), {"permissions": ["read:timesheets"]}, "read:timesheets"),
        ((), {"any_of": ["admin", "owner"]}, "admin owner"),
        (("openid",), {"any_of": ["admin"]}, "admin"),
    ],
)
def test_what_is_not_allowed_is_named(said, scopes, more, named):
    with pytest.raises(InsufficientScope) as refused:
        said.require(*scopes, **more)
    assert " ".join(refused.value.scope) == named
    assert refused.value.status == 403


def test_custom_claims_are_read_by_name(said):
    assert said["email"] == said.get("email") == "ada@example.com"
    assert "email" in said
    assert "phone" not in said
    assert said.get("phone", "none") == "none"
    with pytest.raises(KeyError):
        said["phone"]


def test_nothing_handed_out_changes_the_claims(said):
    said["https://example.com/roles"].append("admin")
    said.as_dict()["https://example.com/roles"].append("admin")
    said.as_dict()["email"] = "eve@example.com"
    assert said["https://example.com/roles"] == ["manager"]
    assert said["email"] == "ada@example.com"
    with pytest.raises(dataclasses.FrozenInstanceError):
        said.sub = "auth0|eve"


def test_personal_data_stays_out_of_the_repr(said):
    assert "ada@example.com" not in repr(said)


def test_claims_become_a_dict(said):
    assert dict(said) == said.as_dict() == dict(said.payload)
