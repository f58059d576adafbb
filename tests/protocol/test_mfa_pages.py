"""The second factor on our pages: who is asked, what counts, and what does not."""

from __future__ import annotations

import asyncio
import base64
import re
from html import unescape

import pytest

from gatelodge.login import totp
from gatelodge.model.reads import ListFactors, ListSessions
from gatelodge.model.settings import MfaSettings
from gatelodge.model.writes import BlockUser
from gatelodge.oauth.second_factor import ACR

from .gatehouse import Gatehouse, Phone, Visitor, claims_of

ADA = "ada@example.com"
STEP = 30


BY_APP = ("otp", "recovery-code")


@pytest.fixture(autouse=True)
async def by_app(gate: Gatehouse) -> None:
    """No choice of factors: the page of the one there is comes at once."""
    await policy(gate, "enrolled")


async def policy(gate: Gatehouse, policy: str = "always", factors=BY_APP) -> None:
    await gate.settings(mfa=MfaSettings(policy=policy, factors=factors))


def seed_on(page) -> bytes:
    shown = re.search(r'class="spelled"><code>([A-Z2-7 ]+)<', page.text)
    assert shown, page.text
    spelled = shown[1].replace(" ", "")
    return base64.b32decode(spelled + "=" * (-len(spelled) % 8))


def recovery_on(page) -> str:
    shown = re.search(r'class="spelled"><code>([A-Z2-9 ]+)<', page.text)
    assert shown, page.text
    return shown[1]


class Token:
    """An authenticator app."""

    def __init__(self, gate: Gatehouse, seed: bytes) -> None:
        self.gate = gate
        self.seed = seed

    def code(self, offset: int = 0) -> str:
        step = self.gate.clock.now() // 1000 // STEP + offset
        return totp.code_at(self.seed, step)


async def enrolled(gate, visitor, phone) -> tuple[Token, str]:
    """Ada has an authenticator app; the browser is signed out again."""
    page = await visitor.sign_in(phone.authorize_url(acr_values=ACR), ADA)
    token = Token(gate, seed_on(page))
    shown = await visitor.send(page, code=token.code())
    code = recovery_on(shown)
    landed = await visitor.send(shown)
    assert "code" in phone.answer(landed)
    visitor.client.cookies.clear()
    gate.clock.turn(seconds=2 * STEP)
    return token, code


async def tokens(phone: Phone, landed) -> dict:
    answer = await phone.exchange(phone.answer(landed)["code"])
    assert answer.status_code == 200, answer.text
    return answer.json()


async def held(gate, user):
    return await gate.house.store.read(ListFactors(user_id=user.user_id))


async def test_always_has_everybody_set_one_up_and_then_asks(gate, visitor, phone):
    user = await gate.user(ADA)
    await policy(gate)
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    assert "<svg" in page.text
    seed = seed_on(page)
    wrong = await visitor.send(page, code="000000")
    assert "not right" in unescape(wrong.text)
    assert await held(gate, user) == ()
    token = Token(gate, seed)
    shown = await visitor.send(wrong, code=token.code())
    assert len(recovery_on(shown).replace(" ", "")) == 24
    claims = claims_of((await tokens(phone, await visitor.send(shown)))["id_token"])
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["acr"] == ACR
    assert {one.kind for one in await held(gate, user)} == {"totp", "recovery"}

    other = Visitor(gate)
    gate.clock.turn(seconds=STEP)
    asked = await other.sign_in(phone.authorize_url(), ADA)
    assert asked.url.path == "/u/mfa"
    landed = await other.send(asked, code=token.code())
    assert claims_of((await tokens(phone, landed))["id_token"])["amr"][-1] == "mfa"


async def test_who_has_a_session_by_one_proof_gets_nothing_where_two_are_wanted(
    gate, visitor, phone
):
    await gate.user(ADA)
    await phone.tokens(visitor, ADA)
    await policy(gate)
    page = await visitor.get(phone.authorize_url())
    assert page.url.path == "/u/mfa-enroll"
    silent = await visitor.get(phone.authorize_url(prompt="none"))
    assert phone.answer(silent)["error"] == "interaction_required"
    consent = await visitor.get(str(page.url).replace("mfa-enroll", "consent"))
    assert consent.url.path == "/u/mfa-enroll"


async def test_whoever_set_one_up_is_asked_and_others_are_not(gate, visitor, phone):
    await gate.user(ADA)
    await gate.user("bob@example.com")
    token, _ = await enrolled(gate, visitor, phone)
    assert (await phone.tokens(Visitor(gate), "bob@example.com"))["access_token"]
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    assert asked.url.path == "/u/mfa"
    assert "code" in phone.answer(await visitor.send(asked, code=token.code()))
    again = await visitor.get(phone.authorize_url())
    assert "code" in phone.answer(again)  # the session says that two were proven


async def test_never_asks_nobody_but_an_app_may_step_up(gate, visitor, phone):
    await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    await policy(gate, "never")
    given = await phone.tokens(visitor, ADA)
    assert "acr" not in claims_of(given["id_token"])
    asked = await visitor.get(phone.authorize_url(acr_values=ACR))
    assert asked.url.path == "/u/mfa"
    landed = await visitor.send(asked, code=token.code())
    assert claims_of((await tokens(phone, landed))["id_token"])["acr"] == ACR


async def test_a_client_may_be_stricter_than_its_tenant(gate, visitor, phone):
    await gate.user(ADA)
    await gate.change_options("native", mfa_policy="always")
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    assert page.url.path == "/u/mfa-enroll"


async def test_a_code_is_good_once_and_none_before_it_afterwards(gate, visitor, phone):
    await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    code, before = token.code(), token.code(-1)
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    assert "code" in phone.answer(await visitor.send(asked, code=code))
    other = Visitor(gate)
    again = await other.sign_in(phone.authorize_url(), ADA)
    for used in (code, before):
        refused = await other.send(again, code=used)
        assert "not right" in unescape(refused.text)
    gate.clock.turn(seconds=STEP)
    assert "code" in phone.answer(await other.send(again, code=token.code()))


async def test_ten_browsers_with_one_code_make_one_session(gate, visitor, phone):
    user = await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    visitors = [Visitor(gate) for _ in range(8)]
    asked = [await one.sign_in(phone.authorize_url(), ADA) for one in visitors]
    code = token.code()
    await asyncio.gather(
        *(one.send(page, code=code) for one, page in zip(visitors, asked, strict=True))
    )
    question = ListSessions(user_id=user.user_id)
    sessions = await gate.house.store.read(question)
    opened = [one for one in sessions if "mfa" in one.amr and one.revoked_at is None]
    assert len(opened) == 2  # the one that enrolled, and one of the eight


async def test_guessing_ends_after_ten_tries_for_a_quarter_of_an_hour(
    gate, visitor, phone
):
    await gate.user(ADA)
    token, code = await enrolled(gate, visitor, phone)
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    for _ in range(10):
        page = await visitor.send(page, code="000000")
        assert page.status_code == 200
    page = await visitor.send(page, code=token.code())
    assert page.status_code == 429
    assert "quarter of an hour" in unescape(page.text)
    page = await visitor.send(page, code=code, factor="recovery")
    assert page.status_code == 429
    kinds = await gate.log_types()
    assert kinds.count("gd_auth_failed") == 10
    assert "gd_otp_rate_limit_exceed" in kinds
    gate.clock.turn(seconds=15 * 60)
    assert "code" in phone.answer(await visitor.send(page, code=token.code()))


async def test_a_recovery_code_opens_once_and_brings_the_next(gate, visitor, phone):
    user = await gate.user(ADA)
    _, code = await enrolled(gate, visitor, phone)
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    link = re.search(r'href="(/u/mfa\?[^"]*recovery-code[^"]*)"', asked.text)
    assert link
    page = await visitor.get(unescape(link[1]))
    shown = await visitor.send(page, code=code.lower().replace(" ", "-"))
    following = recovery_on(shown)
    assert following != code
    given = await tokens(phone, await visitor.send(shown))
    assert claims_of(given["id_token"])["amr"] == ["pwd", "kba", "mfa"]
    assert {one.kind for one in await held(gate, user)} == {"totp", "recovery"}
    other = Visitor(gate)
    asked = await other.sign_in(phone.authorize_url(), ADA)
    page = await other.get(str(asked.url))
    recovery = next(o for o in await held(gate, user) if o.kind == "recovery")
    refused = await other.send(page, code=code, factor=recovery.id)
    assert "not right" in unescape(refused.text)
    shown = await other.send(refused, code=following, factor=recovery.id)
    assert recovery_on(shown)


async def test_a_remembered_browser_is_not_asked_but_for_a_step_up(
    gate, visitor, phone
):
    await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    assert 'name="remember"' in asked.text
    landed = await visitor.send(asked, code=token.code(), remember="1")
    assert "code" in phone.answer(landed)
    fresh = phone.authorize_url(prompt="login")
    given = await tokens(phone, await visitor.sign_in(fresh, ADA))
    assert "acr" not in claims_of(given["id_token"])
    asked = await visitor.get(phone.authorize_url(acr_values=ACR))
    assert asked.url.path == "/u/mfa"
    await gate.user("bob@example.com")
    await policy(gate)
    bobs = await visitor.sign_in(fresh, "bob@example.com")
    assert bobs.url.path == "/u/mfa-enroll"  # the browser is remembered for one person
    gate.clock.turn(seconds=30 * 86_400)
    asked = await visitor.sign_in(fresh, ADA)
    assert asked.url.path == "/u/mfa"


async def test_adaptive_asks_in_browsers_it_does_not_know(gate, visitor, phone):
    await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    await policy(gate, "adaptive")
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    assert 'name="remember"' not in asked.text
    await visitor.send(asked, code=token.code())
    landed = await visitor.sign_in(phone.authorize_url(prompt="login"), ADA)
    assert "code" in phone.answer(landed)
    elsewhere = await Visitor(gate).sign_in(phone.authorize_url(), ADA)
    assert elsewhere.url.path == "/u/mfa"


async def test_a_code_by_mail_goes_to_the_address_we_hold(gate, visitor, phone):
    user = await gate.user(ADA, email_verified_at=1)
    await policy(gate, factors=("otp", "email"))
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    choice = re.search(r'href="(/u/mfa-enroll\?[^"]*kind=email)"', page.text)
    assert choice
    page = await visitor.get(unescape(choice[1]))
    assert "a•••@example.com" in page.text
    page = await visitor.send(page, send="1", to="eve@example.com")
    code = await mailed_code(visitor)
    page = await visitor.send(page, send="1")
    assert "less than a minute ago" in page.text
    assert "code" in phone.answer(await visitor.send(page, code=code))
    (factor,) = await held(gate, user)
    assert (factor.kind, factor.details) == ("email", {"to": ADA})

    gate.clock.turn(seconds=120)
    other = Visitor(gate)
    page = await other.sign_in(phone.authorize_url(), ADA)
    assert 'name="code"' not in page.text
    page = await other.send(page, send="1")
    stale = await other.send(page, code=code)
    assert "not right" in unescape(stale.text)
    gate.clock.turn(seconds=1)
    code = await mailed_code(other)
    assert "code" in phone.answer(await other.send(stale, code=code))
    replayed = Visitor(gate)
    page = await replayed.sign_in(phone.authorize_url(), ADA)
    refused = await replayed.send(page, code=code)
    assert "not right" in unescape(refused.text)


async def test_a_number_is_proven_by_the_text_that_goes_there(gate, visitor, phone):
    user = await gate.user(ADA)
    await policy(gate, factors=("sms",))
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    wrong = await visitor.send(page, phone="+49 30 901820")
    assert "This number cannot be used" in wrong.text
    page = await visitor.send(wrong, phone="+44 7400 123456")
    assert "••• 56" in page.text
    assert await held(gate, user) == ()
    landed = await visitor.send(page, code=await mailed_code(visitor))
    assert "code" in phone.answer(landed)
    (factor,) = await held(gate, user)
    assert (factor.kind, factor.details) == ("sms", {"to": "+447400123456"})


async def mailed_code(visitor: Visitor) -> str:
    inbox = await visitor.get("/mailbox")
    href = re.search(r'href="(/mailbox/message\?id=[^"]+)"', inbox.text)
    assert href
    message = await visitor.get(unescape(href[1]))
    code = re.search(r"[\s>](\d{6})[\s<]", message.text)
    assert code, message.text
    return code[1]


@pytest.mark.rule("Auth0-mfa-none")
async def test_an_address_that_is_not_proven_is_no_factor(gate, visitor, phone):
    await gate.user(ADA)
    await policy(gate, factors=("email",))
    landed = await visitor.sign_in(phone.authorize_url(), ADA)
    assert phone.answer(landed)["error"] == "access_denied"


async def test_what_one_person_began_to_set_up_is_no_others(gate, visitor, phone):
    await gate.user(ADA)
    bob = await gate.user("bob@example.com")
    await policy(gate)
    adas = await visitor.sign_in(phone.authorize_url(), ADA)
    token = Token(gate, seed_on(adas))
    sealed = re.search(r'name="enrolment" value="([^"]+)"', adas.text)
    assert sealed
    other = Visitor(gate)
    bobs = await other.sign_in(phone.authorize_url(), bob.email)
    page = await other.send(bobs, code=token.code(), enrolment=sealed[1])
    assert page.url.path == "/u/mfa-enroll"
    assert await held(gate, bob) == ()
    late = await other.send(page, code="000000")
    gate.clock.turn(seconds=16 * 60)
    seed = seed_on(late)
    page = await other.send(late, code=Token(gate, seed).code())
    assert await held(gate, bob) == ()


async def test_going_back_to_the_app_and_being_blocked_meanwhile(gate, visitor, phone):
    user = await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    back = await visitor.send(asked, cancel="1")
    assert phone.answer(back)["error"] == "access_denied"
    blocked = BlockUser(user_id=user.user_id, blocked_at=1, updated_at=2)
    assert await gate.house.store.commit((blocked,))
    refused = await visitor.send(asked, code=token.code())
    assert phone.answer(refused)["error"] == "unauthorized"


async def test_the_log_tells_of_a_sign_in_when_it_has_succeeded(gate, visitor, phone):
    await gate.user(ADA)
    token, _ = await enrolled(gate, visitor, phone)
    before = len(await gate.log_types())
    gate.clock.turn(seconds=0.001)
    asked = await visitor.sign_in(phone.authorize_url(), ADA)
    assert (await gate.log_types())[before:] == ["mfar"]
    gate.clock.turn(seconds=0.001)  # lines of one moment stand in any order
    await visitor.send(asked, code=token.code())
    assert sorted((await gate.log_types())[before + 1 :]) == ["gd_auth_succeed", "s"]


async def test_a_seed_that_no_key_opens_is_a_wrong_code_and_no_fault(
    gate, visitor, phone
):
    user = await gate.user(ADA)
    _, code = await enrolled(gate, visitor, phone)
    known, recovery = sorted(await held(gate, user), key=lambda one: one.kind)[::-1]
    gate.house.sealer = type(gate.house.sealer)((b"\x01" * 32,))
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    page = await visitor.send(page, code="123456", factor=known.id)
    assert page.status_code == 200
    shown = await visitor.send(page, code=code, factor=recovery.id)
    assert recovery_on(shown)


@pytest.mark.parametrize("value", ["", "x", "%00", "totp|dev_x", "a" * 4000])
async def test_whatever_a_form_brings_it_ends_at_a_page_that_works(
    gate, visitor, phone, value
):
    await gate.user(ADA)
    await enrolled(gate, visitor, phone)
    page = await visitor.sign_in(phone.authorize_url(), ADA)
    for field in ("code", "factor", "send", "enrolment"):
        page = await visitor.send(page, **{field: value})
        assert page.status_code == 200
        assert 'action="/u/mfa' in page.text
    assert (await visitor.get(f"/u/mfa?state={value}")).status_code == 400
