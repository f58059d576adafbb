"""``/account``: a person looks after their own account, and nobody else's."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gatelodge.login.allowance import name_of
from gatelodge.model.grant import Consent
from gatelodge.model.reads import (
    ListConsents,
    ListFactors,
    ListFamilies,
    ListSessions,
    TailLog,
)
from gatelodge.model.writes import (
    BlockUser,
    GiveConsent,
)

from .at_account import (
    ADA,
    give_factor,
    letters,
    link_in,
    post,
    send,
    signed_in,
    user_of,
    who_of,
)
from .gatehouse import API, ISSUER, PASSWORD, Phone, Visitor

FRESH_PAGES = ("email", "password", "data", "delete")
PAGES = ("", "profile", "security", "identities", "devices", "apps")


# -- coming in ----------------------------------------------------------------------


async def test_who_is_not_signed_in_signs_in_and_comes_back(gate) -> None:
    await gate.user(ADA)
    visitor = Visitor(gate)
    page = await visitor.get("/account/devices")
    assert "Sign in" in page.text
    page = await visitor.send(page, username=ADA, password=PASSWORD)
    assert str(page.url).endswith("/account/devices")
    assert "this one" in page.text


@pytest.mark.parametrize("section", PAGES + FRESH_PAGES)
async def test_every_section_has_a_page(gate, section) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    page = await visitor.get(f"/account/{section}".rstrip("/"))
    assert page.status_code == 200
    assert 'class="wide"' in page.text


async def test_a_client_that_is_there_without_a_row_gets_no_tokens(gate) -> None:
    await gate.user(ADA)
    visitor = Visitor(gate)
    page = await visitor.get("/account")
    sent = await visitor.client.post(
        "/u/login",
        content=urlencode(
            {
                "state": re.search(r'name="state" value="([^"]+)"', page.text)[1],
                "username": ADA,
                "password": PASSWORD,
            }
        ),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    phone = Phone(gate, client_id="gatelodge-account")
    answer = await phone.exchange(query["code"][0], redirect_uri=f"{ISSUER}account/in")
    assert answer.status_code == 401


@pytest.mark.rule("House-account-fresh")
@pytest.mark.parametrize("section", FRESH_PAGES)
async def test_a_sensitive_page_wants_a_fresh_proof(gate, section) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    form = await visitor.get(f"/account/{section}")
    gate.clock.turn(seconds=15 * 60 + 1)
    page = await visitor.get(f"/account/{section}")
    assert "/u/login" in str(page.url)
    stale = await post(
        visitor, section, who=who_of(form), confirm=ADA, email="a@b.example"
    )
    assert "/u/login" in str(stale.url)
    page = await visitor.send(page, username=ADA, password=PASSWORD)
    assert str(page.url).endswith(f"/account/{section}")


@pytest.mark.rule("House-account-two-factors")
async def test_who_has_a_second_factor_shows_it_before_changing_anything(gate) -> None:
    ada = await gate.user(ADA)
    await gate.settings(mfa={"policy": "never"})
    visitor = await signed_in(gate)
    form = await visitor.get("/account/profile")
    await give_factor(gate, ada, id="totp|1", kind="totp", credential=None)
    for section in ("email", "password", "data", "delete"):
        page = await visitor.get(f"/account/{section}")
        assert "/u/mfa" in str(page.url)
    sent = await post(
        visitor, "security", who=who_of(form), factor="totp|1", decision="remove"
    )
    assert "/u/mfa" in str(sent.url)
    held = await gate.house.store.read(ListFactors(user_id=ada.user_id))
    assert [one.id for one in held] == ["totp|1"]


async def test_what_leads_back_leads_nowhere_else(gate) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    for state in ("//evil.example", "../evil", "https://evil.example/", "home"):
        page = await visitor.get("/account/in?" + urlencode({"state": state}))
        assert str(page.url) == f"{ISSUER}account"
    left = await Visitor(gate).get("/account/in?error=access_denied&state=home")
    assert str(left.url) == ISSUER
    refused = await Visitor(gate).get("/account/in?error=unauthorized&state=home")
    assert refused.status_code == 403


async def test_a_blocked_person_sees_nothing(gate) -> None:
    ada = await gate.user(ADA)
    visitor = await signed_in(gate)
    block = BlockUser(user_id=ada.user_id, blocked_at=1, updated_at=1)
    assert await gate.house.store.commit((block,))
    page = await visitor.get("/account/profile")
    assert page.status_code in (400, 403)
    assert ADA not in page.text


async def test_who_owes_a_second_factor_owes_it_here_too(gate) -> None:
    ada = await gate.user(ADA)
    await gate.settings(mfa={"policy": "always"})
    visitor = Visitor(gate)
    page = await visitor.sign_in("/account", ADA)
    assert "/u/mfa" in str(page.url)
    again = await visitor.get("/account/delete")
    assert "/u/mfa" in str(again.url)
    assert (await user_of(gate, ada)).leaving_at is None


# -- attacks ------------------------------------------------------------------------


@pytest.mark.rule("House-same-origin")
@pytest.mark.parametrize(
    "section",
    [
        "profile",
        "email",
        "password",
        "security",
        "identities",
        "devices",
        "apps",
        "data",
        "delete",
    ],
)
async def test_a_form_from_elsewhere_does_nothing(gate, section) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    answer = await visitor.client.post(
        f"/account/{section}",
        content="who=x",
        headers={
            "sec-fetch-site": "cross-site",
            "content-type": "application/x-www-form-urlencoded",
        },
    )
    assert answer.status_code == 403


@pytest.mark.rule("House-account-form")
async def test_a_form_shown_to_somebody_else_does_nothing(gate) -> None:
    bob = await gate.user("bob@example.com")
    await gate.user(ADA)
    visitor = await signed_in(gate)
    old = who_of(await visitor.get("/account/delete"))
    visitor.client.cookies.clear()
    await visitor.sign_in("/account", "bob@example.com")
    page = await post(visitor, "delete", who=old, confirm="bob@example.com")
    assert str(page.url).endswith("/account/delete")
    assert (await user_of(gate, bob)).leaving_at is None


@pytest.mark.rule("House-own-consent")
@pytest.mark.rule("House-own-device")
@pytest.mark.rule("House-own-factor")
async def test_what_is_anothers_is_not_there(gate) -> None:
    ada, bob = await gate.user(ADA), await gate.user("bob@example.com")
    phone = Phone(gate)
    await phone.tokens(Visitor(gate), "bob@example.com")
    factor_id = await give_factor(gate, bob)
    consent = Consent(
        user_id=bob.user_id, client_id="native", audience=API, scopes=("a",), given_at=1
    )
    assert await gate.house.store.commit((GiveConsent(consent=consent),))
    store = gate.house.store
    session = (await store.read(ListSessions(user_id=bob.user_id)))[0]
    family = (await store.read(ListFamilies(user_id=bob.user_id)))[0]
    visitor = await signed_in(gate)
    who = who_of(await visitor.get("/account/devices"))
    tries = [
        ("devices", {"decision": "one", "device": f"s.{session.sid}"}),
        ("devices", {"decision": "one", "device": f"f.{family.id}"}),
        ("security", {"decision": "remove", "factor": factor_id}),
        ("security", {"decision": "rename", "factor": factor_id, "name": "Mine"}),
        ("apps", {"decision": "withdraw", "allowance": name_of(consent)}),
        ("identities", {"decision": "disconnect", "identity": bob.user_id}),
        ("identities", {"decision": "disconnect", "identity": ada.user_id}),
    ]
    for section, fields in tries:
        page = await post(visitor, section, who=who, **fields)
        assert 'role="alert"' in page.text, (section, fields)
    assert (await store.read(ListSessions(user_id=bob.user_id)))[0].revoked_at is None
    assert (await store.read(ListFamilies(user_id=bob.user_id)))[0].revoked_at is None
    assert (await store.read(ListFactors(user_id=bob.user_id)))[0].name is None
    assert await store.read(ListConsents(user_id=bob.user_id)) == (consent,)
    assert len(await store.read(TailLog(type="f"))) == len(tries)


# -- profile ------------------------------------------------------------------------


async def test_a_profile_is_changed_and_checked(gate) -> None:
    ada = await gate.user(ADA, phone="+4930123456", phone_verified_at=5)
    visitor = await signed_in(gate)
    page = await send(
        visitor, "profile", name="Ada Lovelace", phone="+49 30 654321", given_name=" "
    )
    assert "Your profile is saved" in page.text
    known = await user_of(gate, ada)
    assert (known.name, known.phone, known.given_name) == (
        "Ada Lovelace",
        "+4930654321",
        None,
    )
    assert known.phone_verified_at is None
    for wrong in (
        {"phone": "12"},
        {"picture": "javascript:alert(1)"},
        {"picture": "http://example.com/a.png"},
        {"name": "x" * 151},
        {"nickname": "a\u202eb"},
    ):
        page = await send(visitor, "profile", **wrong)
        assert 'aria-invalid="true"' in page.text, wrong
    assert (await user_of(gate, ada)).name == "Ada Lovelace"


# -- address ------------------------------------------------------------------------


async def test_a_new_address_counts_once_it_has_proven_itself(gate) -> None:
    ada = await gate.user(ADA)
    visitor = await signed_in(gate)
    page = await send(visitor, "email", email="Ada@New.example")
    assert "a link to confirm it is on its way" in page.text
    assert (await user_of(gate, ada)).email_key == ADA
    letter = (await letters(gate))[0]
    assert letter.recipient == "ada@new.example"
    page = await visitor.get(link_in(letter.text))  # a scanner does as much
    assert (await user_of(gate, ada)).email_key == ADA
    gate.clock.turn(seconds=1)
    await visitor.send(page)
    known = await user_of(gate, ada)
    assert known.email_key == "ada@new.example"
    assert known.email_verified_at is not None
    told = (await letters(gate))[0]
    assert (told.recipient, "sce" in await gate.log_types()) == (ADA, True)
    again = await visitor.send(page)
    assert again.status_code == 400  # once
    signed = await Visitor(gate).sign_in("/account", "ada@new.example")
    assert "Your account" in signed.text


async def test_nobody_learns_whether_an_address_is_taken(gate) -> None:
    await gate.user("bob@example.com")
    await gate.user(ADA)
    visitor = await signed_in(gate)
    page = await send(visitor, "email", email="bob@example.com")
    assert "a link to confirm it is on its way" in page.text
    assert await letters(gate) == []
    assert "fce" in await gate.log_types()


async def test_an_address_taken_meanwhile_stays_with_who_was_faster(gate) -> None:
    ada = await gate.user(ADA)
    visitor = await signed_in(gate)
    await send(visitor, "email", email="new@example.com")
    page = await visitor.get(link_in((await letters(gate))[0].text))
    await gate.user("new@example.com")
    answer = await visitor.send(page)
    assert answer.status_code == 400
    assert (await user_of(gate, ada)).email_key == ADA


async def test_mailboxes_of_strangers_are_not_filled(gate) -> None:
    await gate.user(ADA)
    visitor = await signed_in(gate)
    for number in range(6):
        page = await send(visitor, "email", email=f"stranger{number}@example.com")
    assert "Please wait an hour" in page.text
    assert len(await letters(gate)) == 5
