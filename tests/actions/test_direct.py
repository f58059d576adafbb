"""Where a person signs in without our pages, actions have the same say."""

from __future__ import annotations

import asyncio
import base64

import pytest

from gatelodge.model.client import MFA_OTP
from gatelodge.model.reads import ListFactors
from tests.protocol.embedded import Embedded
from tests.protocol.gatehouse import API, PASSWORD, claims_of
from tests.protocol.passwordless import OTP, allow, connect, newest_code, person

from .conftest import account, line, register, webhook

OWN = "Username-Password-Authentication"
REALM = "http://auth0.com/oauth/grant-type/password-realm"
ADA, NEW = "ada@example.com", "new@example.com"
EVERY = """
def on_execute_post_login(event, api):
    wish = event.request.body.wish
    if wish == "deny":
        return api.access.deny("not here")
    if wish == "mfa":
        api.multifactor.enable("any")
    if wish == "away":
        api.redirect.send_user_to("https://x.example.com/")
    if wish == "crash":
        raise ValueError
    api.access_token.set_custom_claim("event", event)
    api.access_token.add_scope("extra:x")
    api.user.set_app_metadata("wish", wish)

def on_execute_pre_user_registration(event, api):
    if event.client.metadata.closed:
        return api.access.deny("closed", "Ask for an invitation first.")
    api.user.set_app_metadata("made", event.transaction.protocol)
"""


@pytest.fixture
async def by_password(gate, write, phone):
    write("10.py", EVERY)
    await gate.house.actions.refresh()
    await allow(gate, REALM)

    async def ask(**more: str):
        fields = {"username": ADA, "password": PASSWORD, "realm": OWN, "audience": API}
        return await phone.post("/oauth/token", grant_type=REALM, **fields, **more)

    return ask


@pytest.fixture
async def by_code(gate, by_password, phone):
    await connect(gate)
    await allow(gate, OTP)

    async def ask(**more: str):
        start = {"connection": "email", "email": NEW, "send": "code"}
        sent = await phone.http.post(
            "/passwordless/start", json={"client_id": "native", **start}
        )
        assert sent.status_code == 200, sent.text
        fields = {"username": NEW, "otp": await newest_code(gate, NEW)}
        return await phone.post(
            "/oauth/token", grant_type=OTP, realm="email", **fields, **more
        )

    return ask


async def test_a_password_grant(gate, by_password) -> None:
    answer = (await by_password(wish="none")).json()
    claims = claims_of(answer["access_token"])
    event = claims["event"]
    assert event["transaction"]["protocol"] == "oauth2-password"
    assert event["request"]["body"]["wish"] == "none"
    assert PASSWORD not in repr(event)
    assert event["authentication"]["methods"][0]["name"] == "pwd"
    assert "extra:x" in answer["scope"].split()
    assert (await account(gate, claims["sub"])).app_metadata == {"wish": "none"}
    assert (await line(gate, "sepft")).details["actions"]


@pytest.mark.rule("Auth0-action-denied")
@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ("deny", "access_denied"),
        ("crash", "access_denied"),
        ("away", "interaction_required"),
        ("mfa", "mfa_required"),
    ],
)
async def test_a_password_grant_that_is_refused(gate, by_password, wish, error) -> None:
    answer = await by_password(wish=wish)
    assert answer.json()["error"] == error, answer.text
    assert ("mfa_token" in answer.json()) == (wish == "mfa")
    told = await line(gate, "fepft")
    assert told.details["actions"]
    failed = await line(gate, "actions_execution_failed")
    assert (failed is not None) == (wish == "crash")
    assert await line(gate, "sepft") is None


@pytest.mark.rule("House-factor-confirmed")
async def test_a_sign_in_that_is_denied_sets_up_no_factor(gate, by_password) -> None:
    await allow(gate, MFA_OTP)
    await gate.settings(mfa={"policy": "always"})
    app = Embedded(gate)
    mfa_token = (await by_password(wish="deny")).json()["mfa_token"]
    made = (await app.associate(mfa_token, authenticator_types=["otp"])).json()
    code = app.code(base64.b32decode(made["secret"]))
    refused = await app.token(MFA_OTP, mfa_token=mfa_token, otp=code, wish="deny")
    assert refused.json()["error"] == "access_denied"
    user = await gate.person(ADA)
    held = await gate.house.store.read(ListFactors(user_id=user.user_id))
    assert not any(one.active for one in held)
    given = await app.token(MFA_OTP, mfa_token=mfa_token, otp=code, wish="none")
    assert given.status_code == 200, given.text


async def test_a_wrong_password_reaches_no_action(gate, by_password, phone) -> None:
    fields = {"username": ADA, "password": "wrong", "realm": OWN, "wish": "crash"}
    await phone.post("/oauth/token", grant_type=REALM, **fields)
    assert await line(gate, "actions_execution_failed") is None


async def test_a_newcomer_by_code(gate, by_code, receiver) -> None:
    hook = webhook(gate, receiver.url, trigger="post-user-registration")
    await register(gate, hook)
    assert (await by_code()).status_code == 200
    assert (await person(gate, NEW)).app_metadata["made"] == "pre-user-registration"
    await asyncio.gather(*gate.house.actions._later)
    assert [one["event"]["user"]["email"] for one in receiver.events] == [NEW]


@pytest.mark.rule("Auth0-action-denied")
@pytest.mark.parametrize("wish", ["deny", "crash"])
async def test_a_newcomer_whose_login_is_denied_gets_no_account(
    gate, by_code, wish
) -> None:
    answer = await by_code(wish=wish)
    assert answer.json()["error"] == "access_denied"
    assert await person(gate, NEW) is None


async def test_a_newcomer_who_is_not_wanted(gate, by_code) -> None:
    await gate.change_client("native", metadata={"closed": "yes"})
    answer = await by_code()
    assert answer.json() == {"error": "access_denied", "error_description": "closed"}
    assert await person(gate, NEW) is None


async def test_a_newcomer_who_is_not_wanted_on_our_pages(
    gate, by_code, visitor, phone
) -> None:
    await gate.change_client("native", metadata={"closed": "yes"})
    url = phone.authorize_url(connection="email")
    page = await visitor.send(await visitor.get(url), username=NEW)
    refused = await visitor.send(page, code=await newest_code(gate, NEW))
    assert "Ask for an invitation first." in refused.text
    assert await person(gate, NEW) is None
    assert (await line(gate, "fs")).details["description"] == "closed"
