"""Signing in by a code or a link on our pages (contract 2.2)."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gatelodge.model.reads import TailLog

from .gatehouse import Visitor, claims_of
from .passwordless import (
    NUMBER,
    block,
    connect,
    newest_code,
    newest_link,
    outbox,
    person,
    seen,
    wrong,
)

ADA = "ada@example.com"
BY_MAIL = {"connection": "email"}


@pytest.fixture
async def email(gate) -> None:
    await connect(gate)


async def signed_up(gate, phone) -> None:
    """Ada has signed in by mail before."""
    visitor = Visitor(gate)
    page = await visitor.send(
        await visitor.get(phone.authorize_url(**BY_MAIL)), username=ADA
    )
    phone.answer(await visitor.send(page, code=await newest_code(gate, ADA)))


async def test_from_the_button_to_the_tokens(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url())
    href = re.search(r'href="(/u/passwordless[^"]+)"', page.text)
    page = await visitor.get(unescape(href[1]))
    assert "Get a code by e-mail" not in page.text
    page = await visitor.send(page, username=" Ada@Example.com ")
    assert page.url.path == "/u/passwordless/code"
    assert ADA in page.text
    assert 'autocomplete="one-time-code"' in page.text
    assert 'inputmode="numeric"' in page.text
    code = await newest_code(gate, ADA)
    landed = await visitor.send(page, code=f" {code[:3]} {code[3:]}")
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    said = claims_of(tokens["id_token"])
    assert said["sub"].startswith("email|")
    assert ADA not in said["sub"]
    assert (said["email"], said["email_verified"]) == (ADA, True)
    assert claims_of(tokens["access_token"])["sub"] == said["sub"]
    assert {"cs", "ss", "s"} <= set(await gate.log_types())


async def test_the_same_person_comes_back(gate, phone, email) -> None:
    await signed_up(gate, phone)
    first = await person(gate, ADA)
    await signed_up(gate, phone)
    again = await person(gate, ADA)
    assert (again.user_id, again.logins) == (first.user_id, 2)
    assert (await gate.log_types()).count("ss") == 1


async def test_an_address_links_nothing(gate, phone, email) -> None:
    own = await gate.user(ADA)
    await signed_up(gate, phone)
    assert (await person(gate, ADA)).user_id != own.user_id


async def test_a_text(gate, visitor, phone) -> None:
    await connect(gate, "sms")
    await gate.settings(phone_region="GB")
    page = await visitor.get(phone.authorize_url(connection="sms"))
    page = await visitor.send(page, username="07400 123456")
    assert "+44 7400 123456" in page.text
    ((to, text),) = await outbox(gate)
    assert to == f"sms:{NUMBER}"
    code = await newest_code(gate, to)
    # What phones fill in by themselves, on our pages and nowhere else.
    assert (
        text
        == f"{code} is your code for Gatelodge. Tell it to nobody.\n\n@localhost #{code}"
    )
    landed = await visitor.send(page, code=code)
    answer = await phone.exchange(phone.answer(landed)["code"], scope="")
    said = claims_of(answer.json()["id_token"])
    assert said["sub"].startswith("sms|")
    known = await person(gate, NUMBER, "sms")
    assert (known.phone, known.phone_verified_at) == (NUMBER, gate.clock.now())
    assert (known.email, known.label) == ("", NUMBER)


async def test_words_of_the_connection_s_own(gate, visitor, phone) -> None:
    await connect(gate, "sms", text="{code} opens {tenant}")
    page = await visitor.get(phone.authorize_url(connection="sms"))
    await visitor.send(page, username=NUMBER)
    ((_, text),) = await outbox(gate)
    assert re.match(r"\d{6} opens Gatelodge\n", text)


@pytest.mark.parametrize(
    "typed", ["", "nobody", "+49 30 123456", "+44 900 123 4567", "12345", "x" * 200]
)
async def test_what_is_no_mobile_number(gate, visitor, phone, typed) -> None:
    await connect(gate, "sms", regions=("GB",))
    page = await visitor.get(phone.authorize_url(connection="sms"))
    page = await visitor.send(page, username=typed)
    assert "This number cannot be used" in page.text
    assert await outbox(gate) == []


async def test_what_is_no_address(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username="nobody")
    assert "Please enter an e-mail address" in page.text
    assert 'value="nobody"' in page.text


@pytest.mark.rule("Auth0-wrong-code")
async def test_a_wrong_code(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username=ADA)
    code = await newest_code(gate, ADA)
    page = await visitor.send(page, code=wrong(code))
    assert "That code is not right" in page.text
    assert "code" in phone.answer(await visitor.send(page, code=code))
    lines = await gate.house.store.read(TailLog(type="f"))
    assert [line.details["description"] for line in lines] == ["wrong or old code"]


async def test_three_wrong_ones_void_it(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username=ADA)
    code = await newest_code(gate, ADA)
    for _ in range(3):
        page = await visitor.send(page, code=wrong(code))
    page = await visitor.send(page, code=code)
    assert "That code is not right" in page.text
    assert await person(gate, ADA) is None


async def test_it_ends_after_three_minutes(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username=ADA)
    code = await newest_code(gate, ADA)
    gate.clock.turn(seconds=180)
    page = await visitor.send(page, code=code)
    assert "That code is not right" in page.text


async def test_only_the_newest_works(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username=ADA)
    first = await newest_code(gate, ADA)
    soon = await visitor.send(page, again="1")
    assert "less than half a minute ago" in soon.text
    assert len(await outbox(gate)) == 1
    gate.clock.turn(seconds=30)
    page = await visitor.send(page, again="1")
    assert "A new one is on its way" in page.text
    second = await newest_code(gate, ADA)
    page = await visitor.send(page, code=first)
    assert "That code is not right" in page.text
    assert "code" in phone.answer(await visitor.send(page, code=second))


async def test_a_session_is_not_enough(gate, visitor, phone, email) -> None:
    """The app wants this proof now (contract 3.3)."""
    await gate.user(ADA)
    await visitor.sign_in(phone.authorize_url(), ADA)
    assert "code" in phone.answer(await visitor.get(phone.authorize_url()))
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    assert page.url.path == "/u/passwordless"
    silent = phone.answer(
        await visitor.get(phone.authorize_url(**BY_MAIL, prompt="none"))
    )
    assert silent["error"] == "login_required"


async def test_the_only_way_in_needs_no_button(gate, visitor, phone, email) -> None:
    from gatelodge.model.writes import DeleteConnection

    (own,) = (
        one
        for one in gate.house.snapshot.catalogue.connections
        if one.strategy == "auth0"
    )
    await gate.write(DeleteConnection(connection_id=own.id))
    page = await visitor.get(phone.authorize_url(login_hint=ADA))
    assert page.url.path == "/u/passwordless"
    assert f'value="{ADA}"' in page.text
    assert "Sign in another way" not in page.text


async def test_a_person_may_go_back(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    left = phone.answer(await visitor.send(page, cancel="1"))
    assert left["error"] == "access_denied"


async def test_states_that_are_lost(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    code_page = await visitor.send(page, username=ADA)
    code = await newest_code(gate, ADA)
    visitor.client.cookies.clear()
    lost = await visitor.send(page, username=ADA)
    assert "lost its place" in lost.text
    visitor.client.cookies.clear()
    lost = await visitor.send(code_page, code=code)
    assert "lost its place" in lost.text
    assert await person(gate, ADA) is None
    assert (await visitor.get("/u/passwordless?state=x")).status_code == 400
    assert (await visitor.get("/u/passwordless/code?state=x")).status_code == 400
    fresh = await visitor.send(lost, asked="forged", code=code)
    assert "waited a while" in fresh.text


async def test_a_connection_that_is_closed_meanwhile(
    gate, visitor, phone, email
) -> None:
    page = await visitor.get(phone.authorize_url())
    href = re.search(r'href="(/u/passwordless[^"]+)"', page.text)
    page = await visitor.get(unescape(href[1]))
    code_page = await visitor.send(page, username=ADA)
    await connect(gate, enabled_clients=("web",))
    assert "password" in (await visitor.send(page, username=ADA)).text
    again = await visitor.send(code_page, code=await newest_code(gate, ADA))
    assert again.url.path == "/u/passwordless/code"
    assert "waited a while" in again.text


async def test_nobody_learns_who_is_known(gate, phone, email) -> None:
    """Unknown, known and blocked see one page; only the known one gets a mail."""
    await signed_up(gate, phone)
    known = await person(gate, ADA)
    blocked = "bob@example.com"
    visitor = Visitor(gate)
    page = await visitor.send(
        await visitor.get(phone.authorize_url(**BY_MAIL)), username=blocked
    )
    await visitor.send(page, code=await newest_code(gate, blocked))
    await block(gate, await person(gate, blocked))
    await connect(gate, disable_signup=True)
    sent = len(await outbox(gate))
    pages = []
    for address in (known.email, blocked, "eve@example.com"):
        visitor = Visitor(gate)
        page = await visitor.send(
            await visitor.get(phone.authorize_url(**BY_MAIL)), username=address
        )
        asked = await visitor.send(page, code="000000")
        pages.append((seen(page) + seen(asked)).replace(address, "…"))
    assert pages[0] == pages[1] == pages[2]
    assert len(await outbox(gate)) == sent + 1
    lines = await gate.house.store.read(TailLog(type="f"))
    told = {line.details["description"] for line in lines}
    assert {"user is blocked", "no such account, and sign-up is disabled"} <= told


async def test_sign_up_that_closes_while_a_code_is_on_its_way(
    gate, visitor, phone, email
) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username=ADA)
    await connect(gate, disable_signup=True)
    page = await visitor.send(page, code=await newest_code(gate, ADA))
    assert "That code is not right" in page.text
    assert await person(gate, ADA) is None


async def test_a_language_that_the_app_asked_for(gate, visitor, phone, email) -> None:
    page = await visitor.get(phone.authorize_url(**BY_MAIL, ui_locales="de"))
    await visitor.send(page, username=ADA)
    ((_, text),) = await outbox(gate)
    assert "Sagen Sie ihn niemandem" in text


# -- links ----------------------------------------------------------------------------


async def linked(gate, visitor, phone) -> tuple[str, str]:
    """Ask for a link; the page that follows, and the link."""
    await connect(gate, send="link")
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    page = await visitor.send(page, username=ADA)
    assert "Open it in this browser" in page.text
    return page, await newest_link(gate, ADA)


async def test_a_link(gate, visitor, phone) -> None:
    _, link = await linked(gate, visitor, phone)
    for _ in range(2):  # a scanner may look at it as often as it likes
        page = await visitor.get(link)
        assert f"Sign in as {ADA}" in page.text
    landed = await visitor.send(page)
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    assert claims_of(tokens["id_token"])["email"] == ADA
    assert {"cls", "ss", "s"} <= set(await gate.log_types())
    again = await visitor.get(link)
    assert again.status_code == 400
    assert "This link no longer works" in again.text
    assert "/authorize?client_id=native" in again.text


async def test_a_link_in_another_browser(gate, visitor, phone) -> None:
    _, link = await linked(gate, visitor, phone)
    other = Visitor(gate)
    page = await other.get(link)
    assert "the other browser" in page.text
    mine = await visitor.get(link)
    sent = await other.send(mine)
    assert "the other browser" in sent.text
    assert await person(gate, ADA) is None
    assert "code" in phone.answer(await visitor.send(mine))


@pytest.mark.parametrize("seconds", [180, 181])
async def test_an_old_link(gate, visitor, phone, seconds) -> None:
    _, link = await linked(gate, visitor, phone)
    gate.clock.turn(seconds=seconds)
    assert "no longer works" in (await visitor.get(link)).text


async def test_a_code_s_place_takes_no_link_s_secret(gate, visitor, phone) -> None:
    page, link = await linked(gate, visitor, phone)
    gate.clock.turn(seconds=30)
    page = await visitor.send(page, again="1")
    assert "no longer works" in (await visitor.get(link)).text
    newer = await newest_link(gate, ADA)
    assert "Sign in as" in (await visitor.get(newer)).text


@pytest.mark.parametrize("ticket", ["", "x", "x" * 2000])
async def test_what_is_no_link(gate, visitor, ticket) -> None:
    await connect(gate)
    page = await visitor.get(f"/passwordless/verify-redirect?ticket={ticket}")
    assert page.status_code == 400
    assert "no longer works" in page.text


async def test_the_mailbox_shows_both(gate, visitor, phone, email) -> None:
    await connect(gate, "sms")
    page = await visitor.get(phone.authorize_url(**BY_MAIL))
    await visitor.send(page, username=ADA)
    gate.clock.turn(seconds=60)
    page = await visitor.get(phone.authorize_url(connection="sms"))
    await visitor.send(page, username=NUMBER)
    inbox = await visitor.get("/mailbox")
    rows = re.findall(r"<li>.*?</li>", inbox.text)
    assert "Text message · +44 7400 123456" in rows[0]
    assert ADA in rows[1]
    message = await visitor.get(re.search(r'href="([^"]+)"', rows[0])[1])
    assert "Tell it to nobody" in message.text
    gate.house.mailbox = False
    assert (await visitor.get("/mailbox")).status_code == 404
