"""Tokens that native apps bring: Apple and Google (contract 2.1)."""

from __future__ import annotations

import json

import pytest

from gatelodge.model.client import Ios
from gatelodge.model.reads import FindIdentity
from gatelodge.model.writes import BlockUser
from tests.app.provider import new_key
from tests.protocol.gatehouse import API, claims_of

from .native import (
    ALL,
    APP,
    APPLE,
    CODE,
    GOOGLE,
    GRANT,
    bring,
    ec_key,
    joined,
    known,
    token,
    why,
)


@pytest.fixture(autouse=True)
async def social(gate, provider) -> None:
    await gate.change_options("native", native_social=ALL)
    await joined(gate, provider, "google-oauth2", "google-oauth2")
    await joined(
        gate, provider, "apple", "apple", key=ec_key(), key_id="K", team_id="T"
    )


async def test_google(gate, phone, provider) -> None:
    subject = token(provider, name="Ada", azp="android.apps.example.com")
    answer = await bring(phone, subject, scope="openid profile email", audience=API)
    assert answer.status_code == 200, answer.text
    said = claims_of(answer.json()["id_token"])
    assert (said["sub"], said["name"]) == ("google-oauth2|g-1", "Ada")
    assert (said["email"], said["email_verified"]) == ("ada@example.com", True)
    assert {"ss", "sens"} <= set(await gate.log_types())
    assert (await bring(phone, subject)).status_code == 200
    assert (await known(gate)).logins == 2


async def test_no_scope_is_every_scope_of_the_api(phone, provider) -> None:
    answer = await bring(phone, token(provider), audience=API)
    assert answer.json()["scope"] == "read:x write:x"


async def test_the_button_and_the_app_lead_to_one_account(
    gate, phone, provider
) -> None:
    await bring(phone, token(provider), APPLE)
    first = await known(gate, connection="con_apple")
    assert first.user_id == "apple|g-1"
    await bring(phone, token(provider, email="new@example.com"), APPLE)
    again = await known(gate, connection="con_apple")
    assert (again.user_id, again.email) == (first.user_id, "new@example.com")


async def test_apple_s_code(gate, phone, provider) -> None:
    provider.fault("/oauth/token", ("json", 200, {"id_token": token(provider)}))
    profile = {"name": {"firstName": "Ada", "lastName": "Example"}, "email": "x@y.zz"}
    answer = await bring(phone, "the-code", CODE, user_profile=json.dumps(profile))
    assert answer.status_code == 200, answer.text
    user = await known(gate, connection="con_apple")
    assert (user.given_name, user.family_name) == ("Ada", "Example")
    assert user.email == "ada@example.com"  # never the one that the app told
    form = dict(provider.forms)["/oauth/token"]
    assert (form["code"], form["client_id"]) == ("the-code", APP)
    assert "redirect_uri" not in form
    secret = claims_of(form["client_secret"])
    assert (secret["sub"], secret["iss"]) == (APP, "T")


async def test_apple_s_code_of_the_app_s_own_bundle(gate, phone, provider) -> None:
    await joined(
        gate,
        provider,
        "apple",
        "apple",
        key=ec_key(),
        key_id="K",
        team_id="T",
        native_ids=("com.example.other", APP),
    )
    assert (await bring(phone, "the-code", CODE)).status_code == 400
    assert "does not list" in await why(gate)
    await gate.change_options("native", ios=Ios(team_id="T", bundle_id=APP))
    other = token(provider, aud="com.example.other")
    provider.fault("/oauth/token", ("json", 200, {"id_token": other}))
    assert (await bring(phone, "the-code", CODE)).status_code == 400
    provider.fault("/oauth/token", ("json", 200, {"id_token": token(provider)}))
    assert (await bring(phone, "the-code", CODE)).status_code == 200


async def test_a_code_that_apple_refuses(gate, phone, provider) -> None:
    provider.fault("/oauth/token", ("json", 400, {"error": "invalid_grant"}))
    answer = await bring(phone, "used", CODE)
    assert answer.json()["error_description"] == "Invalid subject_token."
    assert "invalid_grant" in await why(gate)


async def test_a_name_is_told_once(gate, phone, provider) -> None:
    ada = json.dumps({"name": {"firstName": "Ada"}})
    eve = json.dumps({"name": {"firstName": "Eve"}})
    await bring(phone, token(provider), user_profile=ada)
    await bring(phone, token(provider), user_profile=eve)
    assert (await known(gate)).given_name == "Ada"


@pytest.mark.parametrize("profile", ["x", "[]", '{"name": 7}', '{"name": {"a": 1}}'])
async def test_a_profile_that_says_nothing(gate, phone, provider, profile) -> None:
    answer = await bring(phone, token(provider), user_profile=profile)
    assert answer.status_code == 200
    assert (await known(gate)).given_name is None


@pytest.mark.rule("House-native-token")
@pytest.mark.parametrize(
    ("claims", "because"),
    [
        ({"aud": "com.example.other"}, "none of our apps"),
        ({"aud": "our-web-id"}, "none of our apps"),
        ({"aud": [APP, "com.example.other"]}, "none of our apps"),
        ({"aud": None}, "none of our apps"),
        ({"iss": "https://elsewhere.example.com"}, "another issuer"),
        ({"exp": 1}, "it has ended"),
        ({"exp": None}, "exp is missing"),
        ({"iat": 2**40}, "from the future"),
        ({"sub": None}, "names nobody"),
    ],
)
async def test_what_proves_nothing(gate, phone, provider, claims, because) -> None:
    answer = await bring(phone, token(provider, **claims))
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": "Invalid subject_token.",
    }
    assert because in await why(gate)
    assert await known(gate) is None


async def test_another_key(phone, provider) -> None:
    genuine, provider.key = provider.key, new_key("key-2")
    forged = token(provider)
    provider.key = genuine
    for subject in (forged, "x", f"{token(provider)}x", "e30.e30."):
        assert (await bring(phone, subject)).json()["error"] == "invalid_request"


async def test_a_nonce_that_the_app_sent(phone, provider) -> None:
    subject = token(provider, nonce="n-1")
    assert (await bring(phone, subject, nonce="n-2")).status_code == 400
    assert (await bring(phone, token(provider), nonce="n-1")).status_code == 400
    assert (await bring(phone, subject, nonce="n-1")).status_code == 200


# -- who may --------------------------------------------------------------------------


@pytest.mark.rule("Auth0-native-social")
async def test_it_is_off_unless_switched_on(gate, phone, provider) -> None:
    await gate.change_options("native", native_social=("apple",))
    answer = await bring(phone, token(provider))
    assert answer.json() == {
        "error": "unauthorized_client",
        "error_description": "Native sign-in with google is not enabled for the client.",
    }
    await gate.change_options("native", native_social=())
    answer = await bring(phone, token(provider), APPLE)
    assert answer.json()["error_description"].startswith("Grant type")
    await gate.change_options("native", native_social=ALL)
    await joined(gate, provider, "google-oauth2", "google-oauth2", enabled_clients=())
    assert (await bring(phone, token(provider))).json()["error"] == (
        "unauthorized_client"
    )


@pytest.mark.rule("RFC8693-2.1")
@pytest.mark.parametrize(
    "fields",
    [
        {"subject_token": ""},
        {"subject_token_type": ""},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"},
    ],
)
async def test_what_is_missing(phone, provider, fields) -> None:
    whole = {"subject_token": token(provider), "subject_token_type": GOOGLE, **fields}
    answer = await phone.post("/oauth/token", grant_type=GRANT, **whole)
    assert answer.json()["error"] == "invalid_request"
    assert "subject_token" in answer.json()["error_description"]


async def test_a_party_that_is_away(gate, phone, provider) -> None:
    await joined(
        gate, provider, "google-oauth2", "google-oauth2", issuer="http://127.0.0.1:9/"
    )
    answer = await bring(phone, token(provider))
    assert (answer.status_code, answer.json()["error"]) == (
        503,
        "temporarily_unavailable",
    )
    assert "retry-after" in answer.headers


async def test_nobody_new_where_sign_up_is_closed(gate, phone, provider) -> None:
    await joined(gate, provider, "google-oauth2", "google-oauth2", disable_signup=True)
    assert (await bring(phone, token(provider))).status_code == 400
    assert await known(gate) is None


async def test_somebody_blocked(gate, phone, provider) -> None:
    await bring(phone, token(provider))
    user, at = await known(gate), gate.clock.now()
    block = BlockUser(user_id=user.user_id, blocked_at=at, updated_at=at)
    assert await gate.house.store.commit((block,))
    answer = await bring(phone, token(provider))
    assert answer.json()["error"] == "unauthorized"


@pytest.mark.rule("Auth0-native-limit")
async def test_fifty_a_minute(gate, phone, provider) -> None:
    for _ in range(50):
        await bring(phone, "x")
    answer = await bring(phone, token(provider))
    assert answer.status_code == 429
    gate.clock.turn(seconds=60)
    assert (await bring(phone, token(provider))).status_code == 200


async def test_kept_tokens_stay(gate, phone, provider) -> None:
    await bring(phone, token(provider))
    question = FindIdentity(connection_id="con_google-oauth2", external_id="g-1")
    before = await gate.house.store.read(question)
    from gatelodge.model.writes import RefreshIdentity

    kept = RefreshIdentity(
        connection_id="con_google-oauth2",
        external_id="g-1",
        user_id=before.person.user.user_id,
        profile={},
        sealed=b"kept",
        refreshed_at=1,
    )
    assert await gate.house.store.commit((kept,))
    await bring(phone, token(provider))
    assert (await gate.house.store.read(question)).identity.sealed == b"kept"
