"""Passkeys in an app's own screens: register, challenge, and the webauthn grant."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from gatelodge.login.relying_party import android_origin
from gatelodge.login.webauthn import handle_of
from gatelodge.model.client import WEBAUTHN, Android, Ios
from gatelodge.model.reads import ListMail, TailLog
from gatelodge.model.writes import BlockUser
from tests.services.authenticator import PRESENT, Authenticator, changed

from .gatehouse import API, Gatehouse, Phone, claims_of
from .passkeys import ADA, ORIGIN, factors_of, last_failure, passkey_options

PRINT = ":".join(f"{byte:02X}" for byte in range(32))
OTHER_PRINT = ":".join(f"{byte:02X}" for byte in range(32, 64))
APP = str(android_origin(PRINT))
SCOPE = "openid profile email offline_access read:x"
REALM = "Username-Password-Authentication"


@pytest.fixture(autouse=True)
async def apps(gate: Gatehouse) -> None:
    """Two apps that may use the grant, each with its own signing key."""
    for client_id, fingerprint in (("native", PRINT), ("spa", OTHER_PRINT)):
        flows = ("authorization_code", "refresh_token", WEBAUTHN)
        await gate.change_client(client_id, grant_types=flows)
        android = Android(package_name="com.example", fingerprints=(fingerprint,))
        await gate.change_options(client_id, android=android)


@pytest.fixture
def key() -> Authenticator:
    return Authenticator(synced=True)


class Asked:
    """What ``/passkey/*`` answered."""

    def __init__(self, phone: Phone, answer: httpx2.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.phone = phone
        self.session = answer.json()["auth_session"]
        self.options = answer.json()["authn_params_public_key"]

    async def finish(self, answer: Any, **more: Any) -> httpx2.Response:
        """The grant, as native SDKs send it."""
        body = {
            "client_id": self.phone.client_id,
            "grant_type": WEBAUTHN,
            "auth_session": self.session,
            "authn_response": answer,
            "realm": REALM,
            "scope": SCOPE,
            "audience": API,
            **more,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        return await self.phone.http.post("/oauth/token", json=sent)


async def sign_up(phone: Phone, email: str = ADA, **more: Any) -> Asked:
    profile = {"email": email, "name": "Ada Example", "username": None}
    body = {"client_id": phone.client_id, "user_profile": profile, **more}
    return Asked(phone, await phone.http.post("/passkey/register", json=body))


async def sign_in(phone: Phone, **more: Any) -> Asked:
    body = {"client_id": phone.client_id, "realm": REALM, **more}
    return Asked(phone, await phone.http.post("/passkey/challenge", json=body))


async def registered(phone: Phone, key: Authenticator) -> dict[str, Any]:
    """Ada's account, made with this key."""
    asked = await sign_up(phone)
    answer = await asked.finish(key.create(asked.options, APP))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def people(gate: Gatehouse, email: str = ADA) -> list[str]:
    """Ids of the accounts with this address."""
    try:
        return [(await gate.person(email)).user_id]
    except IndexError:
        return []


def refused(answer: httpx2.Response, error: str = "invalid_grant") -> str:
    assert answer.status_code in (400, 403), answer.text
    assert answer.json()["error"] == error
    text: str = answer.json()["error_description"]
    return text


# -- what is asked -------------------------------------------------------------------


async def test_the_questions_have_the_contract_s_shape(phone) -> None:
    asked = await sign_up(phone)
    options = asked.options
    assert options["rp"] == {"id": "localhost", "name": "Gatelodge"}
    assert (options["user"]["name"], options["user"]["displayName"]) == (
        ADA,
        "Ada Example",
    )
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-8, -7, -257]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["timeout"] == 60_000
    options = (await sign_in(phone)).options
    assert set(options) == {"challenge", "timeout", "rpId", "userVerification"}


async def test_nobody_learns_who_is_known(gate, phone, key) -> None:
    new = await sign_up(phone)
    await registered(phone, key)
    taken = await sign_up(phone)
    assert set(new.options) == set(taken.options)
    assert taken.options["excludeCredentials"] == []
    assert new.options["user"]["id"] != taken.options["user"]["id"]
    answer = await taken.finish(Authenticator(2).create(taken.options, APP))
    assert refused(answer) == "Invalid sign up"


@pytest.mark.rule("Auth0-passkey-realm")
@pytest.mark.parametrize("path", ["/passkey/register", "/passkey/challenge"])
async def test_who_may_ask(gate, phone, path) -> None:
    async def told(**body: Any) -> tuple[int, str]:
        sent = {"user_profile": {"email": ADA}, **body}
        answer = await phone.http.post(path, json=sent)
        return answer.status_code, answer.json()["error"]

    assert await told() == (400, "invalid_request")
    assert await told(client_id="nobody") == (400, "invalid_request")
    assert await told(client_id="web") == (400, "unauthorized_client")
    assert await told(client_id="native", realm="nowhere") == (400, "invalid_request")
    await passkey_options(gate, enabled=False)
    assert await told(client_id="native") == (400, "invalid_request")
    answer = await phone.http.post(path, content=b"{")
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.rule("Auth0-passkey-register")
@pytest.mark.parametrize(
    "profile", [None, "x", [], {}, {"email": "x"}, {"email": {"a": 1}}, {"name": "Ada"}]
)
async def test_a_profile_that_cannot_be_used(phone, profile) -> None:
    body = {"client_id": "native", "user_profile": profile}
    answer = await phone.http.post("/passkey/register", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_web_apps_may_ask_from_their_own_origin(phone) -> None:
    for origin, allowed in (
        ("https://spa.example.com", True),
        ("https://evil.example", False),
    ):
        answer = await phone.http.post(
            "/passkey/challenge",
            json={"client_id": "spa"},
            headers={"origin": origin},
        )
        assert ("access-control-allow-origin" in answer.headers) == allowed


# -- signing up ----------------------------------------------------------------------


async def test_a_passkey_opens_an_account(gate, phone, key) -> None:
    asked = await sign_up(phone, user_metadata={"colour": "green"})
    assert await people(gate) == []
    answer = await asked.finish(key.create(asked.options, APP))
    tokens = answer.json()
    claims = claims_of(tokens["id_token"])
    assert (claims["email"], claims["name"]) == (ADA, "Ada Example")
    user = await gate.person(ADA)
    assert user.user_metadata == {"colour": "green"}
    assert (user.email_verified_at, user.logins) == (None, 1)
    assert key.handle == handle_of(user.user_id)
    assert len(await gate.house.store.read(ListMail())) == 1
    told = sorted(await gate.log_types())
    assert told == ["gd_enrollment_complete", "passkey_challenge_started", "s", "ss"]
    renewed = await phone.renew(tokens["refresh_token"])
    assert renewed.status_code == 200, renewed.text


async def test_no_account_comes_of_a_sign_up_that_fails(gate, phone, key) -> None:
    asked = await sign_up(phone)
    answer = await asked.finish(key.create(asked.options, "https://evil.example"))
    refused(answer)
    asked = await sign_up(phone)
    answer = await asked.finish(key.create(asked.options, APP), audience="https://no/")
    assert answer.status_code in (400, 403)
    await gate.change_api_options(skip_consent=False)
    await gate.change_options("native", first_party=False)
    asked = await sign_up(phone)
    answer = await asked.finish(key.create(asked.options, APP))
    assert answer.status_code in (400, 403)
    assert await people(gate) == []
    assert await gate.house.store.read(ListMail()) == ()


@pytest.mark.rule("Auth0-passkey-register")
async def test_a_sign_up_closed_meanwhile_makes_nothing(gate, phone, key) -> None:
    asked = await sign_up(phone)
    await gate.change_connection(disable_signup=True)
    answer = await asked.finish(key.create(asked.options, APP))
    assert refused(answer) == "Invalid sign up"
    body = {"client_id": "native", "user_profile": {"email": ADA}}
    answer = await phone.http.post("/passkey/register", json=body)
    assert answer.status_code == 400
    assert await people(gate) == []


async def test_a_passkey_of_somebody_else_opens_nothing(gate, phone, key) -> None:
    await registered(phone, key)
    asked = await sign_up(phone, "eve@example.com")
    answer = await asked.finish(key.create(asked.options, APP))
    assert refused(answer) == "Invalid sign up"
    assert await people(gate, "eve@example.com") == []


# -- signing in ----------------------------------------------------------------------


async def test_a_passkey_signs_in(gate, phone, key) -> None:
    await registered(phone, key)
    asked = await sign_in(phone)
    tokens = (await asked.finish(key.get(asked.options, APP))).json()
    claims = claims_of(tokens["id_token"])
    assert (claims["email"], claims["amr"]) == (ADA, ["swk", "user", "mfa"])
    assert claims_of(tokens["access_token"])["scope"] == SCOPE
    assert (await gate.person(ADA)).logins == 2


async def test_the_answer_may_come_in_a_form(phone, key) -> None:
    await registered(phone, key)
    asked = await sign_in(phone)
    answer = await phone.post(
        "/oauth/token",
        grant_type=WEBAUTHN,
        auth_session=asked.session,
        authn_response=json.dumps(key.get(asked.options, APP)),
        scope="openid",
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.rule("Auth0-passkey-session")
async def test_a_session_is_good_once_even_for_a_bad_answer(phone, key) -> None:
    await registered(phone, key)
    asked = await sign_in(phone)
    good = key.get(asked.options, APP)
    assert (await asked.finish(good)).status_code == 200
    assert "could not be verified" in refused(await asked.finish(good))
    asked = await sign_in(phone)
    refused(await asked.finish(key.get(asked.options, "https://evil.example")))
    refused(await asked.finish(key.get(asked.options, APP)))


@pytest.mark.rule("Auth0-passkey-session")
async def test_a_session_is_its_client_s_for_five_minutes(gate, phone, key) -> None:
    await registered(phone, key)
    asked = await sign_in(phone)
    answer = key.get(asked.options, APP)
    refused(await asked.finish(answer, client_id="spa"))
    refused(await asked.finish(answer, auth_session=asked.session[:-2]))
    refused(await asked.finish(answer, realm="Other"), "invalid_request")
    gate.clock.turn(seconds=300)
    refused(await asked.finish(answer))


@pytest.mark.rule("Auth0-passkey-grant")
@pytest.mark.parametrize("part", ["auth_session", "authn_response"])
async def test_what_is_missing_is_named(phone, key, part) -> None:
    asked = await sign_in(phone)
    answer = await asked.finish(key.get(asked.options, APP), **{part: None})
    assert part in refused(answer, "invalid_request")


@pytest.mark.rule("WebAuthn-7.1.origin")
async def test_each_app_s_screen_is_believed_for_itself_alone(gate, phone, key) -> None:
    await registered(phone, key)
    other, theirs = Phone(gate, "spa"), str(android_origin(OTHER_PRINT))
    for who, origin, good in (
        (phone, APP, True),
        (phone, ORIGIN, True),
        (other, theirs, True),
        (phone, theirs, False),
        (other, APP, False),
        (phone, "https://localhost", False),
        (phone, "ios:bundle-id:com.example", False),
    ):
        asked = await sign_in(who)
        answer = await asked.finish(key.get(asked.options, origin))
        assert (answer.status_code == 200) is good, (who.client_id, origin)
        if not good:
            assert (await last_failure(gate))["rule"] == "WebAuthn-7.1.origin"
    await gate.change_options("native", ios=Ios(team_id="T", bundle_id="com.example"))
    asked = await sign_in(phone)
    answer = await asked.finish(key.get(asked.options, "https://localhost"))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ({"rp_id": "example.com"}, "WebAuthn-7.1.rp-id"),
        ({"flags": PRESENT}, "WebAuthn-7.1.verification"),
        ({"handle": handle_of("auth0|bob")}, "WebAuthn-7.2.handle"),
        ({"client_data": {"challenge": "AAAA"}}, "WebAuthn-7.1.challenge"),
        ({"client_data": {"type": "webauthn.create"}}, "WebAuthn-7.1.type"),
    ],
)
async def test_one_text_for_all_that_is_wrong(gate, phone, key, how, rule) -> None:
    await registered(phone, key)
    asked = await sign_in(phone)
    answer = await asked.finish(key.get(asked.options, APP, **how))
    assert refused(answer) == "The passkey could not be verified."
    assert (await last_failure(gate))["rule"] == rule


async def test_an_unknown_passkey_has_the_same_text(gate, phone, key) -> None:
    stranger = Authenticator(2)
    stranger.handle = handle_of("auth0|bob")
    asked = await sign_in(phone)
    answer = await asked.finish(stranger.get(asked.options, APP))
    assert refused(answer) == "The passkey could not be verified."
    lines = await gate.house.store.read(TailLog(type="passkey_challenge_failed"))
    assert [line.client_id for line in lines] == ["native"]


async def test_a_copied_key_is_refused(gate, phone) -> None:
    key = Authenticator()
    await registered(phone, key)
    key.counter = 10
    asked = await sign_in(phone)
    assert (await asked.finish(key.get(asked.options, APP))).status_code == 200
    key.counter = 3
    asked = await sign_in(phone)
    refused(await asked.finish(key.get(asked.options, APP)))
    assert (await last_failure(gate))["rule"] == "WebAuthn-7.2.counter"
    assert (await factors_of(gate))[0].counter == 11


async def test_who_is_blocked_gets_nothing(gate, phone, key) -> None:
    await registered(phone, key)
    user = await gate.person(ADA)
    await gate.write(BlockUser(user_id=user.user_id, blocked_at=1, updated_at=1))
    asked = await sign_in(phone)
    answer = await asked.finish(key.get(asked.options, APP))
    assert answer.json()["error"] == "unauthorized"


async def test_a_connection_closed_meanwhile(gate, phone, key) -> None:
    await registered(phone, key)
    asked = await sign_in(phone)
    await passkey_options(gate, enabled=False)
    refused(await asked.finish(key.get(asked.options, APP)))


async def test_the_grant_is_off_until_a_client_has_it(gate, phone, key) -> None:
    asked = await sign_in(phone)
    flows = ("authorization_code", "refresh_token")
    await gate.change_client("native", grant_types=flows)
    answer = await asked.finish(key.get(asked.options, APP))
    assert refused(answer, "unauthorized_client")


@pytest.mark.parametrize(
    "answer", [7, "", "{", [], {}, {"id": {}}, "[" * 5000, {"response": {"a": "b"}}]
)
async def test_rubbish_is_refused(phone, key, answer) -> None:
    asked = await sign_in(phone)
    told = await asked.finish(answer)
    assert told.status_code in (400, 403)
    assert told.json()["error"] in ("invalid_grant", "invalid_request")


async def test_a_malformed_attestation_makes_no_account(gate, phone, key) -> None:
    for part in ("oA", "_w", "gYGBgYGBgYGB", "A" * 15_000):
        asked = await sign_up(phone)
        made = changed(key.create(asked.options, APP), attestationObject=part)
        refused(await asked.finish(made))
    assert await people(gate) == []
