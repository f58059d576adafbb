"""Facebook's session tokens, that only Facebook can tell about (contract 2.1)."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gatelodge.connections.native import debug_url
from gatelodge.connections.provider import providers

from .native import FACEBOOK, bring, joined, known, why


@pytest.fixture(autouse=True)
async def social(gate, provider) -> None:
    await gate.change_options("native", native_social=("facebook",))
    await joined(
        gate,
        provider,
        "facebook",
        "facebook",
        key="app secret",
        client_id="4711",
        native_ids=(),
        userinfo_endpoint=f"{provider.base}/v23.0/me?fields=id,name",
    )


def session(provider, **changes: Any) -> None:
    data = {
        "app_id": "4711",
        "type": "USER",
        "is_valid": True,
        "user_id": "42",
        "expires_at": int(time.time()) + 60,
        **changes,
    }
    provider.fault("/v23.0/debug_token", ("json", 200, {"data": data}))


async def test_facebook(gate, phone, provider) -> None:
    session(provider)
    me = {"id": "42", "name": "Ada", "email": "ada@example.com"}
    provider.fault("/v23.0/me", ("json", 200, me))
    answer = await bring(phone, "their-token", FACEBOOK, scope="openid")
    assert answer.status_code == 200, answer.text
    user = await known(gate, "42", "con_facebook")
    assert (user.user_id, user.name) == ("facebook|42", "Ada")
    assert user.email_verified_at is None
    asked = [form for path, form in provider.forms if path == "/v23.0/debug_token"]
    assert asked == [{"input_token": "their-token"}]
    ((_, proof),) = [one for one in provider.forms if one[0] == "/v23.0/me"]
    mac = hmac.digest(b"app secret", b"their-token", "sha256").hex()
    assert proof["appsecret_proof"] == mac
    assert proof["fields"] == "id,name"


async def test_a_session_that_may_not_read_the_profile(gate, phone, provider) -> None:
    session(provider)
    provider.fault("/v23.0/me", ("json", 400, {"error": {"code": 190}}))
    told = json.dumps({"first_name": "Ada", "last_name": "Example", "name": "Ada E."})
    answer = await bring(phone, "their-token", FACEBOOK, user_profile=told)
    assert answer.status_code == 200
    user = await known(gate, "42", "con_facebook")
    assert (user.given_name, user.family_name, user.name) == (
        "Ada",
        "Example",
        "Ada E.",
    )


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"app_id": "666"}, "given to another app"),
        ({"is_valid": False}, "does not know the token"),
        ({"is_valid": "true"}, "does not know the token"),
        ({"type": "PAGE"}, "no person's token"),
        ({"expires_at": 1}, "it has ended"),
        ({"expires_at": "never"}, "it has ended"),
        ({"user_id": None}, "names nobody"),
        ({"user_id": True}, "names nobody"),
    ],
)
async def test_a_session_that_proves_nothing(
    gate, phone, provider, changes, because
) -> None:
    session(provider, **changes)
    answer = await bring(phone, "their-token", FACEBOOK)
    assert answer.json()["error_description"] == "Invalid subject_token."
    assert because in await why(gate)


async def test_a_profile_of_somebody_else(gate, phone, provider) -> None:
    session(provider)
    provider.fault("/v23.0/me", ("json", 200, {"id": "43", "name": "Eve"}))
    assert (await bring(phone, "their-token", FACEBOOK)).status_code == 400
    assert await known(gate, "42", "con_facebook") is None


def test_the_places_facebook_is_asked_at() -> None:
    url = urlsplit(debug_url(providers()["facebook"].documents["userinfo"], "a b"))
    assert (url.netloc, url.path) == ("graph.facebook.com", "/v23.0/debug_token")
    assert parse_qsl(url.query) == [("input_token", "a b")]
