"""``/account``: passwords, factors, devices, apps, data, and leaving."""

from __future__ import annotations

import asyncio
import base64
import re

import pytest

from gatelodge.login import totp
from gatelodge.model.grant import Consent
from gatelodge.model.reads import (
    ListFactors,
    ListFamilies,
    ListSessions,
)
from gatelodge.model.writes import (
    DeleteUserRows,
    GiveConsent,
)
from gatelodge.work.departures import depart_due

from .at_account import (
    ADA,
    give_factor,
    letters,
    post,
    send,
    signed_in,
    user_of,
    who_of,
)
from .gatehouse import API, PASSWORD, Phone, Visitor

NEW = "another Horse 8 battery"


# -- password -----------------------------------------------------------------------


@pytest.mark.rule("House-own-password")
async def test_a_new_password_ends_all_but_this_browser(gate) -> None:
    ada = await gate.user(ADA)
    phone = Phone(gate)
    await phone.tokens(Visitor(gate), ADA)
    visitor = await signed_in(gate)
    cookie = visitor.client.cookies["gatelodge"]
    page = await send(visitor, "password", current=PASSWORD, password=NEW)
    assert "Your password is changed" in page.text
    assert visitor.client.cookies["gatelodge"] != cookie
    store = gate.house.store
    alive = [
        one
        for one in await store.read(ListSessions(user_id=ada.user_id))
        if one.revoked_at is None
    ]
    families = await store.read(ListFamilies(user_id=ada.user_id))
    assert len(alive) == 1
    assert all(one.revoked_at is not None for one in families)
    assert "scp" in await gate.log_types()
    signed = await Visitor(gate).sign_in("/account", ADA, NEW)
    assert "Your account" in signed.text


@pytest.mark.rule("House-own-password")
async def test_the_password_in_force_is_needed_and_not_guessed(gate) -> None:
    ada = await gate.user(ADA)
    visitor = await signed_in(gate)
    for _ in range(10):
        page = await send(visitor, "password", current="wrong", password=NEW)
        assert "not your current password" in page.text
    page = await send(visitor, "password", current=PASSWORD, password=NEW)
    assert "Too many attempts" in page.text
    weak = await signed_in(gate)
    gate.clock.turn(seconds=16 * 60)
    weak = await signed_in(gate)
    page = await send(weak, "password", current=PASSWORD, password="short")
    assert 'aria-invalid="true"' in page.text
    assert (await user_of(gate, ada)) is not None
    assert "Your account" in (await Visitor(gate).sign_in("/account", ADA)).text


async def test_who_has_no_password_sets_the_first(gate) -> None:
    ada = await gate.user(ADA)
    visitor = await signed_in(gate)
    forget = DeleteUserRows(table="password", user_id=ada.user_id)
    assert await gate.house.store.commit((forget,))
    page = await visitor.get("/account/password")
    assert "Current password" not in page.text
    page = await send(visitor, "password", password=NEW)
    assert "Your password is changed" in page.text
    assert "Your account" in (await Visitor(gate).sign_in("/account", ADA, NEW)).text


# -- factors ------------------------------------------------------------------------


async def test_a_factor_is_named_and_removed(gate) -> None:
    ada = await gate.user(ADA)
    factor_id = await give_factor(gate, ada)
    visitor = await signed_in(gate)
    page = await send(
        visitor, "security", decision="rename", factor=factor_id, name="My phone"
    )
    assert "My phone" in page.text
    page = await send(visitor, "security", decision="rename", factor=factor_id, name="")
    assert 'role="alert"' in page.text
    page = await send(visitor, "security", decision="remove", factor=factor_id)
    assert "You have set up nothing here yet" in page.text
    assert await gate.house.store.read(ListFactors(user_id=ada.user_id)) == ()
    assert "my_account_authentication_method_succeeded" in await gate.log_types()


async def test_of_two_removals_at_once_one_counts(gate) -> None:
    ada = await gate.user(ADA)
    factor_id = await give_factor(gate, ada)
    visitor = await signed_in(gate)
    who = who_of(await visitor.get("/account/security"))
    fields = {"who": who, "decision": "remove", "factor": factor_id}
    pages = await asyncio.gather(*[post(visitor, "security", **fields) for _ in "ab"])
    done = ["It is removed" in page.text for page in pages]
    assert True in done
    assert all(page.status_code == 200 for page in pages)
    assert await gate.house.store.read(ListFactors(user_id=ada.user_id)) == ()


# -- devices and apps ---------------------------------------------------------------


async def test_devices_are_listed_by_names_people_know_and_end(gate) -> None:
    ada = await gate.user(ADA)
    phone = Phone(gate)
    tokens = await phone.tokens(Visitor(gate), ADA)
    visitor = await signed_in(gate)
    page = await visitor.get(
        "/account/devices",
        **{"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
    )
    assert page.text.count('name="device"') == 3
    own_app = re.search(r'value="(f\.[^"]+)"', page.text)[1]
    page = await send(visitor, "devices", decision="one", device=own_app)
    assert "It is signed out" in page.text
    answer = await phone.renew(tokens["refresh_token"])
    assert answer.json()["error"] == "invalid_grant"
    page = await send(visitor, "devices", decision="others")
    assert page.text.count('name="device"') == 1
    sessions = await gate.house.store.read(ListSessions(user_id=ada.user_id))
    assert sorted(one.revoked_at is None for one in sessions) == [False, True]


async def test_signing_this_browser_out_is_signing_out(gate) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    page = await visitor.get("/account/devices")
    here = re.search(r'value="(s\.[^"]+)"', page.text)[1]
    page = await send(visitor, "devices", decision="one", device=here)
    assert "/u/login" in str(page.url)


async def test_what_was_allowed_is_withdrawn(gate) -> None:
    ada = await gate.user(ADA)
    consent = Consent(
        user_id=ada.user_id,
        client_id="native",
        audience=API,
        scopes=("openid", "profile", "read:x"),
        given_at=1,
    )
    assert await gate.house.store.commit((GiveConsent(consent=consent),))
    phone = Phone(gate)
    tokens = await phone.tokens(Visitor(gate), ADA)
    visitor = await signed_in(gate)
    page = await visitor.get("/account/apps")
    assert "Read x" in page.text
    name = re.search(r'name="allowance" value="([^"]+)"', page.text)[1]
    page = await send(visitor, "apps", decision="withdraw", allowance=name)
    assert "You have not given any app access" in page.text
    assert (await phone.renew(tokens["refresh_token"])).status_code >= 400


# -- data and deletion --------------------------------------------------------------


async def test_the_data_is_whole_and_holds_no_secret(gate) -> None:
    ada = await gate.user(ADA, user_metadata={"colour": "green"})
    await give_factor(gate, ada, sealed=b"seed", details={"public_key": "pk"})
    phone = Phone(gate)
    tokens = await phone.tokens(Visitor(gate), ADA)
    visitor = await signed_in(gate)
    answer = await send(visitor, "data")
    assert "attachment" in answer.headers["content-disposition"]
    body = answer.json()
    assert body["accounts"][0]["email"] == ADA
    assert body["accounts"][0]["user_metadata"] == {"colour": "green"}
    for part in ("factors", "sessions", "refresh_tokens", "log"):
        assert body[part], part
    family = (await gate.house.store.read(ListFamilies(user_id=ada.user_id)))[0]
    session = (await gate.house.store.read(ListSessions(user_id=ada.user_id)))[0]
    for secret in (
        tokens["refresh_token"],
        family.seed.hex(),
        session.digest,
        "argon2",
        "seed",
    ):
        assert secret not in answer.text.replace('"seed"', "")


@pytest.mark.rule("House-leaving")
async def test_deletion_is_thought_over_and_taken_back(gate) -> None:
    ada = await gate.user(ADA)
    phone = Phone(gate)
    tokens = await phone.tokens(Visitor(gate), ADA)
    visitor = await signed_in(gate)
    page = await send(visitor, "delete", confirm="somebody@example.com")
    assert "not the name of this account" in page.text
    page = await send(visitor, "delete", confirm=" ADA@example.com ")
    assert "Goodbye" in page.text
    assert "gatelodge" not in visitor.client.cookies
    assert (await phone.renew(tokens["refresh_token"])).status_code >= 400
    assert (await letters(gate))[0].recipient == ADA
    gate.clock.turn(seconds=13 * 86_400)
    await depart_due(gate.house)
    back = Visitor(gate)
    page = await back.sign_in(phone.authorize_url(), ADA)
    assert "Keep your account?" in page.text
    assert "in 1 day" in page.text
    silent = await back.get(phone.authorize_url(prompt="none"))
    assert phone.answer(silent)["error"] == "interaction_required"
    page = await back.get(phone.authorize_url())
    landed = await back.send(page, decision="keep")
    assert "code" in phone.answer(landed)
    gate.clock.turn(seconds=2 * 86_400)
    await depart_due(gate.house)
    assert (await user_of(gate, ada)).leaving_at is None


@pytest.mark.rule("House-leaving")
async def test_who_lets_it_go_is_gone_after_the_grace_period(gate) -> None:
    ada = await gate.user(ADA)
    await send(await signed_in(gate), "delete", confirm=ADA)
    phone = Phone(gate)
    back = Visitor(gate)
    page = await back.sign_in(phone.authorize_url(), ADA)
    landed = await back.send(page, decision="leave")
    assert phone.answer(landed)["error"] == "access_denied"
    assert "Keep your account?" in (await back.get("/account")).text
    gate.clock.turn(seconds=14 * 86_400)
    await depart_due(gate.house)
    assert await user_of(gate, ada) is None
    assert await gate.house.store.read(ListSessions(user_id=ada.user_id)) == ()
    assert (await gate.log_types())[-1] == "sdu"
    page = await Visitor(gate).sign_in("/account", ADA)
    assert "not right" in page.text


async def test_an_authenticator_app_is_added(gate) -> None:
    ada = await gate.user(ADA)
    visitor = await signed_in(gate)
    page = await visitor.get("/account/authenticator")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    assert await gate.house.store.read(ListFactors(user_id=ada.user_id)) == ()
    wrong = await visitor.send(page, code="000000")
    assert 'aria-describedby="code-wrong"' in wrong.text
    code = totp.code_at(seed, gate.clock.now() // 30_000)
    page = await visitor.send(wrong, code=code)
    assert "Your recovery code" in page.text
    kinds = {
        one.kind
        for one in await gate.house.store.read(ListFactors(user_id=ada.user_id))
    }
    assert kinds == {"totp", "recovery"}
    # Who has just shown it is not asked again; another browser is, here too.
    for section in ("", "/password"):
        page = await visitor.get(f"/account{section}")
        assert page.url.path == f"/account{section}"
    sessions = await gate.house.store.read(ListSessions(user_id=ada.user_id))
    assert [one.amr for one in sessions] == [("pwd", "otp", "mfa")]
    assert "/u/mfa" in str((await Visitor(gate).sign_in("/account", ADA)).url)
