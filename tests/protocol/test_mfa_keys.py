"""A security key, or a passkey, as the second factor on our pages."""

from __future__ import annotations

from html import unescape

import pytest

from gatelodge.model.settings import MfaSettings
from tests.services.authenticator import PRESENT, Authenticator

from .gatehouse import Gatehouse, Phone, Visitor, claims_of
from .passkeys import ADA, ORIGIN, Asked, enrolled, factors_of


@pytest.fixture(autouse=True)
async def policy(gate: Gatehouse) -> None:
    await gate.user(ADA)
    await gate.settings(mfa=MfaSettings(policy="always", factors=("webauthn",)))


async def with_key(
    gate: Gatehouse, phone: Phone, key: Authenticator, *, flags: int = PRESENT
) -> None:
    """A key is set up on the way to the app; it need not recognise its person."""
    visitor = Visitor(gate)
    asked = Asked(await visitor.sign_in(phone.authorize_url(), ADA))
    assert asked.options["authenticatorSelection"]["residentKey"] == "discouraged"
    answer = key.create(asked.options, ORIGIN, flags=flags)
    landed = await asked.send(visitor, answer)
    assert "code" in phone.answer(landed), landed.text


async def amr(phone: Phone, landed) -> list[str]:
    given = (await phone.exchange(phone.answer(landed)["code"])).json()
    return claims_of(given["id_token"])["amr"]


async def test_a_key_is_set_up_and_answers_from_then_on(gate, visitor, phone):
    key = Authenticator()
    await with_key(gate, phone, key)
    (factor,) = await factors_of(gate)
    assert (factor.kind, factor.active) == ("webauthn", True)
    asked = Asked(await visitor.sign_in(phone.authorize_url(), ADA))
    assert [one["id"] for one in asked.options["allowCredentials"]] == [
        factor.credential
    ]
    landed = await asked.send(visitor, key.get(asked.options, ORIGIN, flags=PRESENT))
    assert await amr(phone, landed) == ["pwd", "hwk", "user", "mfa"]


async def test_a_passkey_answers_too(gate, visitor, phone):
    await gate.settings(mfa=MfaSettings(policy="never"))
    key = Authenticator()
    await enrolled(gate, phone, key)
    await gate.settings(mfa=MfaSettings(policy="always", factors=("webauthn",)))
    asked = Asked(await visitor.sign_in(phone.authorize_url(), ADA))
    landed = await asked.send(visitor, key.get(asked.options, ORIGIN))
    assert "mfa" in await amr(phone, landed)


@pytest.mark.rule("House-mfa-key")
async def test_another_key_another_page_and_an_old_answer_are_refused(
    gate, visitor, phone
):
    key, stranger = Authenticator(1), Authenticator(2)
    await with_key(gate, phone, key)
    asked = Asked(await visitor.sign_in(phone.authorize_url(), ADA))
    stranger.handle = key.handle
    refused = await asked.send(visitor, stranger.get(asked.options, ORIGIN))
    assert "not one that you have set up" in unescape(refused.text)
    refused = await asked.send(visitor, key.get(asked.options, "https://evil.example"))
    assert refused.url.path == "/u/mfa"
    other = Visitor(gate)
    elsewhere = Asked(await other.sign_in(phone.authorize_url(), ADA))
    answer = key.get(elsewhere.options, ORIGIN)
    refused = await asked.send(visitor, answer)
    assert refused.url.path == "/u/mfa"
    good = key.get(asked.options, ORIGIN)
    assert "code" in phone.answer(await asked.send(visitor, good))
    again = await asked.send(visitor, good)
    assert "code" in again.headers.get("location", "") or again.url.path == "/u/mfa"
    assert (await gate.log_types()).count("gd_auth_failed") == 3


async def test_a_counter_that_goes_back_is_refused(gate, visitor, phone):
    key = Authenticator()
    await with_key(gate, phone, key)
    for back in (0, 1):
        asked = Asked(await visitor.sign_in(phone.authorize_url(prompt="login"), ADA))
        key.counter -= back
        landed = await asked.send(visitor, key.get(asked.options, ORIGIN))
        if back:
            assert landed.url.path == "/u/mfa"
        else:
            assert "code" in phone.answer(landed)


async def test_one_answer_for_two_sessions_counts_once(gate, phone):
    key = Authenticator(counts=False)
    await with_key(gate, phone, key)
    visitor = Visitor(gate)
    asked = Asked(await visitor.sign_in(phone.authorize_url(), ADA))
    answer = key.get(asked.options, ORIGIN)
    first = await asked.send(visitor, answer)
    assert "code" in phone.answer(first)
    second = await visitor.sign_in(phone.authorize_url(prompt="login"), ADA)
    replayed = await Asked(second).send(visitor, answer)
    assert replayed.url.path == "/u/mfa"


@pytest.mark.parametrize("sent", ["{}", "[]", "x", '{"id": 1}', "\x00", "9" * 20_000])
async def test_whatever_is_sent_the_page_stays(gate, visitor, phone, sent):
    await with_key(gate, phone, Authenticator())
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    asked = Asked(page)
    refused = await visitor.post(
        page, asked.action, asked.fields | {"credential": sent}
    )
    assert refused.status_code in (200, 400)
    assert refused.url.path == "/u/mfa"


async def test_where_the_issuer_is_an_address_no_key_is_offered(visitor, phone, gate):
    await gate.settings(mfa=MfaSettings(policy="always", factors=("webauthn", "otp")))
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    assert "kind=webauthn" in page.text
    assert "kind=otp" in page.text
