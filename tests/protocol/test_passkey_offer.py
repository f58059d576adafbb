"""Passkeys offered after a password: to whom, how often, and whose they become."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.services.authenticator import Authenticator, changed

from .gatehouse import PASSWORD, Visitor
from .passkeys import (
    ADA,
    ORIGIN,
    Asked,
    enrolled,
    factors_of,
    offered,
    passkey_options,
)
from .test_accounts import link_in_mail


@pytest.fixture(autouse=True)
async def ada(gate):
    return await gate.user(ADA, name="Ada Example", role="rol_reader")


@pytest.fixture
def key() -> Authenticator:
    return Authenticator()


async def test_only_a_browser_that_can_keep_one_is_offered_one(visitor, phone) -> None:
    landed = await visitor.sign_in(phone.authorize_url(), ADA)
    assert "code" in phone.answer(landed)


async def test_not_now_is_remembered_for_a_month(gate, phone) -> None:
    visitor = Visitor(gate)
    page = await offered(gate, visitor, phone)
    assert "Next time without a password?" in page.text
    landed = await visitor.send(page, decision="later")
    assert "code" in phone.answer(landed)
    gate.clock.turn(seconds=29 * 86_400)
    assert "code" in phone.answer(await offered(gate, Visitor(gate), phone))
    gate.clock.turn(seconds=2 * 86_400)
    page = await offered(gate, Visitor(gate), phone)
    assert "Next time without a password?" in page.text


async def test_who_has_one_is_not_offered_another(gate, phone, key) -> None:
    await enrolled(gate, phone, key)
    assert "code" in phone.answer(await offered(gate, Visitor(gate), phone))


async def test_a_newcomer_is_offered_one(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    page = await visitor.send(
        page, email="eve@example.com", password="a Good enough 1", passkey_ready="1"
    )
    assert "Next time without a password?" in page.text


async def test_who_used_another_device_is_offered_one_for_this(
    gate, phone, key
) -> None:
    await enrolled(gate, phone, key)
    visitor = Visitor(gate)
    asked = Asked(await visitor.get(phone.authorize_url()))
    answer = key.get(asked.options, ORIGIN)
    answer["authenticatorAttachment"] = "cross-platform"
    page = await asked.send(visitor, answer, passkey_ready="1")
    local = Asked(page)
    assert local.options["excludeCredentials"]
    mine = Authenticator(2)
    landed = await local.send(visitor, mine.create(local.options, ORIGIN))
    assert "code" in phone.answer(landed)
    assert len(await factors_of(gate)) == 2
    await passkey_options(gate, local_enrollment=False)
    visitor = Visitor(gate)
    asked = Asked(await visitor.get(phone.authorize_url()))
    answer = key.get(asked.options, ORIGIN)
    answer["authenticatorAttachment"] = "cross-platform"
    landed = await asked.send(visitor, answer, passkey_ready="1")
    assert "code" in phone.answer(landed)


async def test_a_database_may_offer_none(gate, phone) -> None:
    await passkey_options(gate, progressive_enrollment=False)
    assert "code" in phone.answer(await offered(gate, Visitor(gate), phone))


@pytest.mark.parametrize(
    ("ui", "button", "autofill"),
    [("both", "yes", "yes"), ("button", "yes", "no"), ("autofill", "no", "yes")],
)
async def test_a_database_says_how_it_asks(
    gate, visitor, phone, ui, button, autofill
) -> None:
    await passkey_options(gate, challenge_ui=ui)
    page = await visitor.get(phone.authorize_url())
    assert f'data-autofill="{autofill}" data-button="{button}"' in page.text
    assert ('autocomplete="username webauthn"' in page.text) == (autofill == "yes")


@pytest.mark.rule("WebAuthn-13.4.3")
async def test_the_offer_is_answered_by_its_own_session(gate, phone, key) -> None:
    ada, eve = Visitor(gate), Visitor(gate)
    await gate.user("eve@example.com")
    asked = Asked(await offered(gate, ada, phone))
    page = await eve.get(phone.authorize_url())
    hers = await eve.send(
        page, username="eve@example.com", password=PASSWORD, passkey_ready="1"
    )
    answer = key.create(asked.options, ORIGIN)
    mixed = await Asked(hers).send(eve, answer, challenge=asked.fields["challenge"])
    assert "waited too long" in mixed.text
    stolen = await asked.send(eve, answer)
    assert "<h1>Sign in</h1>" in stolen.text or "code=" in stolen.headers["location"]
    assert await factors_of(gate) == ()
    assert await factors_of(gate, "eve@example.com") == ()


async def test_the_offer_needs_a_proof_of_just_now(gate, visitor, phone, key) -> None:
    """Who finds the page open a quarter of an hour later adds no key (security 34)."""
    page = await offered(gate, visitor, phone)
    gate.clock.turn(seconds=10 * 60)
    asked = Asked(await visitor.get(str(page.url)))  # a challenge of its own
    gate.clock.turn(seconds=5 * 60 + 1)
    await asked.send(visitor, key.create(asked.options, ORIGIN))
    assert await factors_of(gate) == ()


async def test_a_bad_answer_to_the_offer_leaves_the_offer(
    gate, visitor, phone, key
) -> None:
    asked = Asked(await offered(gate, visitor, phone))
    page = await asked.send(visitor, key.create(asked.options, "https://evil.example"))
    assert "could not be used" in page.text
    again = Asked(page)
    other = await again.send(
        visitor, changed(key.create(again.options, ORIGIN), attestationObject="oA")
    )
    last = Asked(other)
    landed = await last.send(visitor, key.create(last.options, ORIGIN))
    assert "code" in phone.answer(landed)
    assert len(await factors_of(gate)) == 1


async def test_a_passkey_that_is_somebody_s_already(gate, phone, key) -> None:
    await enrolled(gate, phone, key)
    await gate.user("eve@example.com")
    eve = Visitor(gate)
    page = await eve.get(phone.authorize_url())
    page = await eve.send(
        page, username="eve@example.com", password=PASSWORD, passkey_ready="1"
    )
    asked = Asked(page)
    await asked.send(eve, key.create(asked.options, ORIGIN))
    assert await factors_of(gate, "eve@example.com") == ()
    assert len(await factors_of(gate)) == 1


@pytest.mark.rule("Auth0-passkey-limit")
async def test_a_person_has_twenty_at_most(gate, phone) -> None:
    asked = []
    for _ in range(2):
        visitor = Visitor(gate)
        asked.append((visitor, Asked(await offered(gate, visitor, phone))))
    (first, offer), (second, other) = asked
    landed = await offer.send(first, Authenticator(1).create(offer.options, ORIGIN))
    assert "code" in phone.answer(landed)
    await gate.copies(ADA, 19)
    page = await other.send(second, Authenticator(99).create(other.options, ORIGIN))
    assert "as many passkeys" in page.text
    assert len(await factors_of(gate)) == 20


# -- somebody else's address ----------------------------------------------------------


@pytest.mark.parametrize("verified", [None, 1])
async def test_a_reset_ends_passkeys_of_before_the_first_proof_of_the_address(
    gate, visitor, phone, key, verified
) -> None:
    """An account may have been opened by somebody who only knew the address."""
    eve = await gate.user("eve@example.com", email_verified_at=verified)
    page = await visitor.get(phone.authorize_url())
    page = await visitor.send(
        page, username="eve@example.com", password=PASSWORD, passkey_ready="1"
    )
    asked = Asked(page)
    await asked.send(visitor, key.create(asked.options, ORIGIN))
    assert len(await factors_of(gate, eve.email)) == 1
    forgot = await Visitor(gate).get(f"/u/forgot?{urlsplit(str(page.url)).query}")
    await Visitor(gate).send(forgot, email=eve.email)
    reset = await Visitor(gate).get(await link_in_mail(visitor))
    await Visitor(gate).send(reset, password="another Good one 2")
    assert len(await factors_of(gate, eve.email)) == (1 if verified else 0)
