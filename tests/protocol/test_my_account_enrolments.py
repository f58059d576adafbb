"""``POST /me/v1/authentication-methods``: each type that an app sets up (contract 3.9)."""

from __future__ import annotations

import json
import re

import pytest

from gatelodge.model.reads import ListFactors, ListMail
from gatelodge.model.settings import MfaSettings
from gatelodge.sms.message import PURPOSE as TEXT
from gatelodge.sms.message import SCHEME
from tests.services.authenticator import Authenticator

from .at_account import letters
from .gatehouse import Phone, Visitor
from .passkeys import ORIGIN, factors_of
from .test_my_account_api import (
    ADA,
    AUDIENCE,
    METHODS,
    SCOPES,
    App,
    app_of,
    is_problem,
)

ALL = MfaSettings(factors=("otp", "webauthn", "email", "sms", "recovery-code"))


@pytest.fixture
async def app(gate) -> App:
    await gate.settings(mfa=ALL)
    await gate.user(ADA, email_verified_at=1)
    return await app_of(gate)


async def begun(app: App, **body: str) -> dict[str, str]:
    answer = await app.call("POST", METHODS, body)
    assert answer.status_code == 202, answer.text
    found: dict[str, str] = answer.json()
    if "id" in found:
        assert answer.headers["location"] == f"{METHODS}/{found['id']}"
    return found


async def verified(app: App, created: dict[str, str], **more: object) -> dict[str, str]:
    path = f"{METHODS}/{created['id']}/verify"
    body = {"auth_session": created["auth_session"], **more}
    answer = await app.call("POST", path, body)
    assert answer.status_code == 201, answer.text
    again = await app.call("POST", path, body)
    assert again.status_code in (400, 403, 409)  # 403: from now on it is asked for
    found: dict[str, str] = answer.json()
    return found


async def codes(gate) -> set[str]:
    """All that went out by mail."""
    texts = [one.text for one in await letters(gate)]
    return {found for text in texts for found in re.findall(r"\b\d{6}\b", text)}


async def code_in(gate, *, text: bool = False) -> str:
    if not text:
        (code,) = await codes(gate)
        return code
    mails = await gate.house.store.read(ListMail())
    (sealed,) = [one.sealed for one in mails if one.recipient.startswith(SCHEME)]
    words = json.loads(gate.house.sealer.unseal(sealed, purpose=TEXT))["text"]
    return re.search(r"\b\d{6}\b", words)[0]


async def with_both(gate) -> App:
    """An app whose person has just proven two factors, the second by mail."""
    phone, visitor = Phone(gate), Visitor(gate)
    url = phone.authorize_url(audience=AUDIENCE, scope=f"openid {SCOPES}")
    before = await codes(gate)
    asked = await visitor.send(await visitor.sign_in(url, ADA), send="1")
    (code,) = await codes(gate) - before
    page = await visitor.send(asked, code=code)
    answer = await phone.exchange(phone.answer(page)["code"])
    return App(gate, answer.json()["access_token"])


async def test_the_accounts_own_address(gate, app) -> None:
    created = await begun(app, type="email", email="Ada@example.com")
    assert await factors_of(gate, ADA) == ()
    wrong = {"auth_session": created["auth_session"], "otp_code": "000000"}
    is_problem(await app.call("POST", f"{METHODS}/{created['id']}/verify", wrong), 400)
    kept = await verified(app, created, otp_code=await code_in(gate))
    assert (kept["type"], kept["email"]) == ("email", ADA)


async def test_nobody_elses_address(gate, app) -> None:
    body = {"type": "email", "email": "eve@example.com"}
    assert (
        "confirmed" in is_problem(await app.call("POST", METHODS, body), 400)["detail"]
    )
    assert await letters(gate) == []


async def test_an_address_that_is_not_confirmed(gate) -> None:
    await gate.settings(mfa=ALL)
    await gate.user(ADA)
    app = await app_of(gate)
    body = {"type": "email", "email": ADA}
    is_problem(await app.call("POST", METHODS, body), 400)


async def test_a_number(gate, app) -> None:
    created = await begun(app, type="phone", phone_number="+44 7400 123456")
    kept = await verified(app, created, otp_code=await code_in(gate, text=True))
    assert (kept["type"], kept["phone_number"]) == ("phone", "+447400123456")
    assert kept["preferred_authentication_method"] == "sms"


@pytest.mark.parametrize(
    "body",
    [
        {"type": "phone", "phone_number": "+44 20 7946 0958"},
        {
            "type": "phone",
            "phone_number": "+447400123456",
            "preferred_authentication_method": "voice",
        },
        {"type": "phone", "phone_number": "+447400123456", "x": "y"},
        {"type": "phone"},
        {"type": "totp", "name": "x"},
        {"type": "password"},
        {"type": "push-notification"},
        {"type": "recovery-code"},
    ],
)
async def test_what_cannot_be_set_up(gate, app, body) -> None:
    is_problem(await app.call("POST", METHODS, body), 400)
    assert await factors_of(gate, ADA) == ()


async def test_nobody_is_flooded(gate, app) -> None:
    for _ in range(10):
        await begun(app, type="phone", phone_number="+447400123456")
    body = {"type": "phone", "phone_number": "+447400123456"}
    is_problem(await app.call("POST", METHODS, body), 429)


@pytest.mark.parametrize("kind", ["email", "phone", "recovery-code", "totp"])
async def test_what_the_tenant_does_not_offer(gate, app, kind) -> None:
    await gate.settings(mfa=MfaSettings(factors=()))
    body = {"type": kind, "email": ADA, "phone_number": "+447400123456"}
    is_problem(await app.call("POST", METHODS, body), 400)


async def test_a_new_recovery_code_replaces_the_old(gate, app) -> None:
    created = await begun(app, type="email", email=ADA)
    await verified(app, created, otp_code=await code_in(gate))
    gate.clock.turn(seconds=61)
    app = await with_both(gate)
    first = await begun(app, type="recovery-code")
    assert len(first["recovery_code"]) == 24
    await verified(app, first)
    second = await begun(app, type="recovery-code")
    kept = await verified(app, second)
    assert kept["type"] == "recovery-code"
    ada = await gate.person(ADA)
    held = await gate.house.store.read(ListFactors(user_id=ada.user_id))
    assert [one.id for one in held if one.kind == "recovery"] == [second["id"]]


async def test_a_passkey(gate, app) -> None:
    answer = await app.call("POST", METHODS, {"type": "passkey"})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{METHODS}/passkey%7Cnew"
    created = answer.json()
    made = Authenticator().create(created["authn_params_public_key"], ORIGIN)
    body = {"auth_session": created["auth_session"], "authn_response": made}
    path = f"{answer.headers['location']}/verify"
    kept = await app.call("POST", path, body)
    assert kept.status_code == 201, kept.text
    assert (kept.json()["type"], kept.json()["usage"]) == ("passkey", ["primary"])
    assert "passkey was added" in (await letters(gate))[-1].subject
    is_problem(await app.call("POST", path, body), 409)
    await app.call("DELETE", f"{METHODS}/{kept.json()['id']}")
    subjects = [one.subject for one in await letters(gate)]
    assert any("passkey was removed" in one for one in subjects)


async def test_a_passkey_is_made_for_whom_it_was_asked_for(gate, app) -> None:
    await gate.user("bob@example.com")
    created = (await app.call("POST", METHODS, {"type": "passkey"})).json()
    made = Authenticator().create(created["authn_params_public_key"], ORIGIN)
    body = {"auth_session": created["auth_session"], "authn_response": made}
    path = f"{METHODS}/passkey%7Cnew/verify"
    bob = await app_of(gate, "bob@example.com")
    is_problem(await bob.call("POST", path, body), 400)
    is_problem(await app.call("POST", path, {**body, "authn_response": "x"}), 400)
    assert await factors_of(gate, ADA) == ()
    assert await factors_of(gate, "bob@example.com") == ()
