"""``/account``: a person looks after their own account, and nobody else's."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import msgspec
import pytest

from gatelodge.login.allowance import name_of
from gatelodge.mail.message import PURPOSE, Message
from gatelodge.model.factor import Factor
from gatelodge.model.grant import Consent
from gatelodge.model.reads import (
    FindPerson,
    ListConsents,
    ListFactors,
    ListFamilies,
    ListMail,
    ListSessions,
    TailLog,
)
from gatelodge.model.user import User
from gatelodge.model.writes import (
    BlockUser,
    ConfirmFactor,
    DeleteUserRows,
    GiveConsent,
    InsertFactor,
)
from gatelodge.work.departures import depart_due

from .gatehouse import API, ISSUER, PASSWORD, Gatehouse, Phone, Visitor

ADA = "ada@example.com"
FRESH_PAGES = ("email", "password", "data", "delete")
PAGES = ("", "profile", "security", "identities", "devices", "apps")
NEW = "another Horse 8 battery"


async def signed_in(gate: Gatehouse, email: str = ADA) -> Visitor:
    visitor = Visitor(gate)
    page = await visitor.sign_in("/account", email)
    assert page.status_code == 200, page.text
    assert "Your account" in page.text
    return visitor


async def send(visitor: Visitor, section: str, **fields: str) -> httpx2.Response:
    """The section's form, filled in."""
    page = await visitor.get(f"/account/{section}")
    assert 'name="who"' in page.text, page.text
    return await post(visitor, section, who=who_of(page), **fields)


def who_of(page: httpx2.Response) -> str:
    found = re.search(r'name="who" value="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


async def post(visitor: Visitor, section: str, **fields: str) -> httpx2.Response:
    answer = await visitor.client.post(
        f"/account/{section}",
        content=urlencode(fields),
        headers={
            "accept": "text/html",
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        },
    )
    return await visitor._follow(answer)


async def user_of(gate: Gatehouse, user: User) -> User | None:
    person = await gate.house.store.read(FindPerson(user_id=user.user_id))
    return person.user if person else None


async def letters(gate: Gatehouse) -> list[Message]:
    """Newest first."""
    return [
        msgspec.json.decode(
            gate.house.sealer.unseal(mail.sealed, purpose=PURPOSE), type=Message
        )
        for mail in await gate.house.store.read(ListMail())
    ]


def link_in(text: str) -> str:
    found = re.search(r"http://\S+", text)
    assert found, text
    return found[0].removeprefix(ISSUER.rstrip("/"))


async def give_factor(gate: Gatehouse, user: User, **changes: Any) -> str:
    values = {"id": "passkey|1", "kind": "passkey", "credential": "c", **changes}
    factor = Factor(user_id=user.user_id, created_at=1, **values)
    confirm = ConfirmFactor(id=factor.id, user_id=user.user_id, counter=0, at=2)
    assert await gate.house.store.commit((InsertFactor(factor=factor), confirm))
    return factor.id


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
