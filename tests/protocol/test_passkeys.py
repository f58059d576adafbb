"""Passkeys on our own pages: offered after a password, then instead of one."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.login.webauthn import handle_of
from gatelodge.model.connection import Connection
from gatelodge.model.reads import FindSid, TailLog
from gatelodge.model.writes import BlockUser, DeleteFactor, PutConnection
from tests.services.authenticator import PRESENT, Authenticator

from .gatehouse import API, PASSWORD, Phone, Visitor, claims_of, open_gatehouse
from .passkeys import (
    ADA,
    ORIGIN,
    Asked,
    enrolled,
    factors_of,
    hidden,
    last_failure,
    offered,
    passkey_options,
)


@pytest.fixture(autouse=True)
async def ada(gate):
    return await gate.user(ADA, name="Ada Example", role="rol_reader")


@pytest.fixture
def key() -> Authenticator:
    return Authenticator()


async def with_passkey(visitor, phone, key, origin=ORIGIN, **how: Any):
    """Sign in with this key, as the sign-in page asks."""
    asked = Asked(await visitor.get(phone.authorize_url()))
    return await asked.send(visitor, key.get(asked.options, origin, **how))


# -- signing in ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("synced", "amr"), [(False, "hwk"), (True, "swk")], ids=["device", "synced"]
)
async def test_a_passkey_is_made_and_signs_in(gate, phone, synced, amr) -> None:
    key = Authenticator(synced=synced)
    factor = await enrolled(gate, phone, key)
    assert (factor.kind, factor.details["synced"]) == ("passkey", synced)
    visitor = Visitor(gate)
    landed = await with_passkey(visitor, phone, key)
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    claims = claims_of(tokens["id_token"])
    assert claims["amr"] == [amr, "user", "mfa"]
    assert claims["email"] == ADA
    found = await gate.house.store.read(FindSid(sid=claims["sid"]))
    assert found.session.amr == (amr, "user", "mfa")
    told = sorted(await gate.log_types())
    assert told == ["gd_enrollment_complete", "s", "s", "seacft"]
    (used,) = await factors_of(gate)
    assert (used.counter, used.used_at) == (1, gate.clock.now())


async def test_the_sign_in_page_names_nobody_s_passkeys(gate, phone, key) -> None:
    before = Asked(await Visitor(gate).get(phone.authorize_url(login_hint=ADA)))
    await enrolled(gate, phone, key)
    after = Asked(await Visitor(gate).get(phone.authorize_url(login_hint=ADA)))
    assert set(before.options) == set(after.options)
    assert "allowCredentials" not in after.options
    assert after.options["userVerification"] == "required"


async def test_each_app_still_needs_its_consent_and_only_once(gate, key) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", "cs_" + "w" * 43)
    visitor = Visitor(gate)
    asked = Asked(await offered(gate, visitor, third))
    page = await asked.send(visitor, key.create(asked.options, ORIGIN))
    assert "asks for access" in page.text
    await visitor.send(page, decision="accept")
    landed = await with_passkey(Visitor(gate), third, key)
    assert "code" in third.answer(landed)


async def test_who_is_blocked_is_refused_by_the_app(gate, phone, key, ada) -> None:
    await enrolled(gate, phone, key)
    await gate.write(BlockUser(user_id=ada.user_id, blocked_at=1, updated_at=1))
    landed = await with_passkey(Visitor(gate), phone, key)
    assert phone.answer(landed)["error"] == "unauthorized"
    (factor,) = await factors_of(gate)
    assert factor.used_at is None


@pytest.mark.rule("WebAuthn-13.4.3")
async def test_an_answer_is_good_once(gate, phone, key) -> None:
    """Also where the key has no counter, and where nothing else has changed."""
    key.counts = False
    await enrolled(gate, phone, key)
    visitor = Visitor(gate)
    asked = Asked(await visitor.get(phone.authorize_url()))
    answer = key.get(asked.options, ORIGIN)
    assert "code" in phone.answer(await asked.send(visitor, answer))
    again = await asked.send(visitor, answer)
    assert "<h1>Sign in</h1>" in again.text


@pytest.mark.rule("WebAuthn-13.4.3")
async def test_an_answer_is_of_its_own_browser_and_sign_in(gate, phone, key) -> None:
    await enrolled(gate, phone, key)
    visitor, other = Visitor(gate), Visitor(gate)
    asked = Asked(await visitor.get(phone.authorize_url()))
    elsewhere = Asked(await other.get(phone.authorize_url()))
    answer = key.get(asked.options, ORIGIN)
    stolen = await asked.send(other, answer)  # the state is another browser's
    assert "lost its place" in stolen.text
    mixed = await elsewhere.send(other, answer, challenge=asked.fields["challenge"])
    assert "waited too long" in mixed.text
    assert (await last_failure(gate))["rule"] == "WebAuthn-13.4.3"
    gate.clock.turn(seconds=3600)
    late = await asked.send(visitor, answer)
    assert "waited too long" in late.text
    fresh = Asked(late)
    landed = await fresh.send(visitor, key.get(fresh.options, ORIGIN))
    assert "code" in phone.answer(landed)


@pytest.mark.rule("WebAuthn-7.1.origin")
@pytest.mark.rule("WebAuthn-7.1.rp-id")
@pytest.mark.rule("WebAuthn-7.1.verification")
@pytest.mark.rule("WebAuthn-7.2.handle")
@pytest.mark.parametrize(
    ("origin", "how", "rule"),
    [
        ("https://evil.example", {}, "WebAuthn-7.1.origin"),
        ("http://localhost:9999", {}, "WebAuthn-7.1.origin"),
        ("android:apk-key-hash:AAAA", {}, "WebAuthn-7.1.origin"),
        (ORIGIN, {"rp_id": "example.com"}, "WebAuthn-7.1.rp-id"),
        (ORIGIN, {"flags": PRESENT}, "WebAuthn-7.1.verification"),
        (ORIGIN, {"handle": handle_of("auth0|bob")}, "WebAuthn-7.2.handle"),
        (ORIGIN, {"client_data": {"challenge": "AAAA"}}, "WebAuthn-7.1.challenge"),
    ],
)
async def test_what_is_not_good_is_told_apart_in_the_log_only(
    gate, phone, key, origin, how, rule
) -> None:
    await enrolled(gate, phone, key)
    page = await with_passkey(Visitor(gate), phone, key, origin, **how)
    assert "could not be used" in page.text
    assert rule not in page.text
    assert (await last_failure(gate))["rule"] == rule


@pytest.mark.rule("WebAuthn-7.2.counter")
async def test_a_copied_key_is_refused_and_logged(gate, phone, key) -> None:
    await enrolled(gate, phone, key)
    key.counter = 10
    await with_passkey(Visitor(gate), phone, key)
    key.counter = 5  # the copy does not know how often the other was used
    page = await with_passkey(Visitor(gate), phone, key)
    assert "could not be used" in page.text
    lines = await gate.house.store.read(TailLog(type="passkey_challenge_failed"))
    assert lines[0].user_id is not None
    assert "copy" in lines[0].details["description"]


@pytest.mark.rule("House-passkey-known")
async def test_a_passkey_that_is_not_known(gate, phone, key, ada) -> None:
    stranger = Authenticator(2)
    stranger.handle = handle_of(ada.user_id)
    page = await with_passkey(Visitor(gate), phone, stranger)
    assert "not known here" in page.text
    factor = await enrolled(gate, phone, key)
    await gate.write(DeleteFactor(id=factor.id, user_id=ada.user_id))
    page = await with_passkey(Visitor(gate), phone, key)
    assert "not known here" in page.text


@pytest.mark.rule("House-passkey-known")
async def test_a_passkey_opens_no_other_connection(gate, phone, key) -> None:
    await enrolled(gate, phone, key)
    other = Connection(id="con_2", name="Staff", position=9)
    await gate.write(PutConnection(connection=other))
    visitor = Visitor(gate)
    asked = Asked(await visitor.get(phone.authorize_url(connection="Staff")))
    page = await asked.send(visitor, key.get(asked.options, ORIGIN))
    assert "not known here" in page.text
    assert "code" in phone.answer(await with_passkey(Visitor(gate), phone, key))
    await passkey_options(gate, enabled=False)
    page = await Visitor(gate).get(phone.authorize_url())
    assert 'id="passkey"' not in page.text


@pytest.mark.parametrize("credential", ["{", "[]", '{"id":1}', "x" * 8000])
async def test_rubbish_is_refused(gate, visitor, phone, credential) -> None:
    asked = Asked(await visitor.get(phone.authorize_url()))
    page = await asked.send(visitor, {}, credential=credential)
    assert (page.status_code, "could not be used" in page.text) == (200, True)


async def test_a_form_of_another_site_signs_nobody_in(gate, visitor, phone) -> None:
    asked = Asked(await visitor.get(phone.authorize_url()))
    headers = {"sec-fetch-site": "cross-site"}
    answer = await visitor.client.post(asked.action, data=asked.fields, headers=headers)
    assert answer.status_code == 403


# -- where there is no name ----------------------------------------------------------


async def test_an_address_has_no_passkeys() -> None:
    issuer = "http://127.0.0.1:8421/"
    async with open_gatehouse(issuers=(issuer,)) as gate:
        await gate.user(ADA)
        visitor, phone = Visitor(gate), Phone(gate)
        visitor.client, visitor.netloc = gate.http(base=issuer), "127.0.0.1:8421"
        page = await visitor.get(phone.authorize_url(audience=API))
        assert 'id="passkey"' not in page.text
        assert "passkey_ready" not in hidden(page)
        assert "<script" not in page.text
        landed = await visitor.send(
            page, username=ADA, password=PASSWORD, passkey_ready="1"
        )
        assert "code" in phone.answer(landed)
        answer = await visitor.post(page, "/u/passkey/login", hidden(page))
        assert "could not be used" in answer.text
