"""What a person is shown, and what an app gets, where something changed or failed."""

from __future__ import annotations

import asyncio

import httpx2
import msgspec
import pytest

from gatelodge.endpoints.browser import BINDING, SESSION
from gatelodge.model.reads import FindTicket, TailLog
from gatelodge.model.writes import PutConnection

from .gatehouse import API, WEB_SECRET, Gatehouse, Phone, form_of
from .test_accounts import GOOD, link_in_mail

CALLBACK = "https://web.example.com/callback"


@pytest.fixture
async def ada(gate: Gatehouse) -> str:
    await gate.user("ada@example.com", role="rol_reader")
    return "ada@example.com"


@pytest.fixture
def third(gate: Gatehouse) -> Phone:
    return Phone(gate, "third", CALLBACK, WEB_SECRET)


async def test_nobody_allows_what_they_have_not_seen(gate, visitor, third, ada) -> None:
    url = third.authorize_url(scope="openid read:x write:x")
    await gate.change_api_options(enforce_policies=True)
    page = await visitor.sign_in(url, ada)
    assert "Write x" not in page.text  # ada holds no such permission yet
    await gate.change_api_options(enforce_policies=False)
    again = await visitor.send(page, decision="accept")
    assert again.url.path == "/u/consent"
    assert "Write x" in again.text
    assert "code" in third.answer(await visitor.send(again, decision="accept"))


async def test_a_consent_page_is_taken_back_and_forth(visitor, third, ada) -> None:
    page = await visitor.sign_in(third.authorize_url(scope="openid read:x"), ada)
    reloaded = await visitor.get(str(page.url))
    assert "code" in third.answer(await visitor.send(reloaded, decision="accept"))


async def test_a_scope_gone_since_is_not_consented_to(
    gate, visitor, third, ada
) -> None:
    page = await visitor.sign_in(
        third.authorize_url(scope="openid read:x write:x"), ada
    )
    assert "Write x" in page.text
    await gate.change_api(scopes=gate.house.snapshot.catalogue.apis[API].scopes[:1])
    again = await visitor.send(page, decision="accept")
    assert "Write x" not in again.text
    assert "code" in third.answer(await visitor.send(again, decision="accept"))


async def test_an_answer_counts_for_the_page_that_was_shown(
    visitor, third, ada
) -> None:
    """Whoever chose an account has not consented, wherever the answer is sent."""
    await visitor.sign_in(third.authorize_url(), ada)
    page = await visitor.get(third.authorize_url(prompt="select_account"))
    assert page.url.path == "/u/select-account"
    elsewhere = page.text.replace('"/u/select-account"', '"/u/consent"')
    moved = httpx2.Response(200, text=elsewhere, request=page.request)
    still = await visitor.send(moved, decision="accept")
    assert still.url.path == "/u/select-account"
    consent = await visitor.send(still, decision="continue")
    assert consent.url.path == "/u/consent"


async def test_a_strangers_faulty_request_is_shown_before_it_travels(
    visitor, third
) -> None:
    url = third.authorize_url(audience="https://nowhere.example.com/", ui_locales="de")
    page = await visitor.get(url)
    assert page.status_code == 400
    assert "location" not in page.headers
    assert "error=access_denied" in page.text
    assert f'href="{CALLBACK}?' in page.text
    assert 'lang="de"' in page.text


async def test_a_strangers_faulty_form_post_waits_for_a_tap(
    gate, visitor, third
) -> None:
    url = third.authorize_url(
        audience="https://nowhere.example.com/", response_mode="form_post"
    )
    page = await visitor.get(url)
    assert page.status_code == 400
    assert "<script" not in page.text
    form = form_of(page.text)
    assert form.action == CALLBACK
    assert form.fields["error"] == "access_denied"


async def test_what_a_strangers_app_may_not_do_is_shown_before_it_travels(
    gate, visitor, third, phone, ada
) -> None:
    """Somebody signed in follows a link: nothing of it leaves without their tap."""
    await phone.tokens(visitor, ada)
    await gate.change_api_options(user_policy="deny_all")
    page = await visitor.get(third.authorize_url())
    assert page.status_code == 400
    assert f'href="{CALLBACK}?' in page.text
    silent = await visitor.get(third.authorize_url(prompt="none"))
    assert third.answer(silent)["error"] == "access_denied"


async def test_who_proved_themselves_is_signed_in_though_the_app_is_refused(
    gate, visitor, phone, ada
) -> None:
    await gate.change_api_options(user_policy="deny_all")
    refused = phone.answer(await visitor.sign_in(phone.authorize_url(), ada))
    assert refused["error"] == "access_denied"
    await gate.change_api_options(user_policy="allow_all")
    assert "code" in phone.answer(await visitor.get(phone.authorize_url()))


async def test_no_session_is_opened_for_somebody_blocked(gate, visitor, phone) -> None:
    await gate.user("eve@example.com", blocked_at=gate.clock.now())
    landed = await visitor.sign_in(phone.authorize_url(), "eve@example.com")
    assert phone.answer(landed)["error"] == "unauthorized"
    assert SESSION not in visitor.client.cookies
    assert "s" not in await gate.log_types()


async def test_a_silent_request_of_a_stranger_is_answered(visitor, third) -> None:
    url = third.authorize_url(audience="https://nowhere.example.com/", prompt="none")
    assert third.answer(await visitor.get(url))["error"] == "access_denied"


async def test_what_a_person_decides_goes_to_a_strangers_app(
    visitor, third, ada
) -> None:
    page = await visitor.sign_in(third.authorize_url(), ada)
    refused = third.answer(await visitor.send(page, decision="deny"))
    assert refused["error"] == "access_denied"


@pytest.mark.parametrize("more", [{"client_id": "nobody"}, {"redirect_uri": "x:y"}])
async def test_error_pages_speak_the_language_of_the_request(
    visitor, phone, more
) -> None:
    page = await visitor.get(phone.authorize_url(ui_locales="de", **more))
    assert page.status_code == 400
    assert 'lang="de"' in page.text


async def test_the_form_that_sends_itself_speaks_it_too(
    gate, visitor, third, ada
) -> None:
    url = third.authorize_url(response_mode="form_post", ui_locales="de")
    page = await visitor.sign_in(url, ada)
    answer = await visitor.send(page, decision="accept")
    assert 'name="code"' in answer.text
    assert 'lang="de"' in answer.text


async def test_a_link_that_is_good_no_more_speaks_it_too(gate, visitor, phone) -> None:
    url = phone.authorize_url(screen_hint="signup", ui_locales="de")
    await visitor.send(await visitor.get(url), email="ada@example.com", password=GOOD)
    link = await link_in_mail(visitor)
    good = await visitor.get(link)
    gate.clock.turn(seconds=6 * 86_400)
    for page in (good, await visitor.get(link), await visitor.send(good)):
        assert 'lang="de"' in page.text


async def test_where_nobody_may_sign_up_no_form_says_so_afterwards(
    gate, visitor, phone
) -> None:
    connection = gate.house.snapshot.catalogue.connections[0]
    options = msgspec.structs.replace(connection.options, disable_signup=True)
    closed = msgspec.structs.replace(connection, options=options)
    await gate.write(PutConnection(connection=closed))
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    assert "New accounts cannot be created here" in page.text
    assert 'action="/u/login"' in page.text


async def test_each_visit_renews_the_browsers_cookie(visitor, phone) -> None:
    for _ in range(2):
        page = await visitor.client.get(phone.authorize_url())
        (cookie,) = [c for c in page.headers.get_list("set-cookie") if BINDING in c]
        assert "Max-Age=86400" in cookie
    assert len({visitor.client.cookies[BINDING]}) == 1


async def test_a_request_that_was_let_in_stays_small_enough(
    visitor, third, ada
) -> None:
    """The largest hint that is taken is carried through every page to the end."""
    small, large = 0, 3_000
    while large - small > 1:
        size = (small + large) // 2
        page = await visitor.client.get(third.authorize_url(nonce="n" * size))
        taken = page.headers.get("location", "").startswith("/u/login")
        small, large = (size, large) if taken else (small, size)
    assert small > 1_000
    page = await visitor.sign_in(third.authorize_url(nonce="n" * small), ada)
    assert page.url.path == "/u/consent"
    assert "code" in third.answer(await visitor.send(page, decision="accept"))


async def test_a_sign_in_is_logged_with_its_session(gate, visitor, phone, ada) -> None:
    await phone.tokens(visitor, ada)
    lines = {line.type: line for line in await gate.house.store.read(TailLog())}
    sid = lines["s"].details["session_id"]
    assert sid == lines["seacft"].details["session_id"]
    assert lines["s"].connection_id is not None


async def test_failures_around_an_account_are_logged(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    await visitor.send(page, email="ada@example.com", password=GOOD)
    verify = await visitor.get(await link_in_mail(visitor))
    await visitor.send(verify)
    used = await visitor.send(verify)
    assert {"sv", "fv"} <= set(await gate.log_types())
    await visitor.send(used)
    assert "fvr" in await gate.log_types()
    gate.clock.turn(seconds=1)
    body = {"client_id": "native", "connection": "Username-Password-Authentication"}
    gate.clock.turn(seconds=1)
    await phone.http.post(
        "/dbconnections/change_password", json={**body, "email": "ada@example.com"}
    )
    gate.clock.turn(seconds=1)
    await visitor.send(await visitor.get(await link_in_mail(visitor)), password="short")
    assert "fcp" in await gate.log_types()


async def test_a_used_reset_link_is_logged(gate, visitor, phone, ada) -> None:
    body = {"client_id": "native", "connection": "Username-Password-Authentication"}
    await phone.http.post("/dbconnections/change_password", json={**body, "email": ada})
    form = await visitor.get(await link_in_mail(visitor))
    await visitor.send(form, password=GOOD)
    assert "fcp" not in await gate.log_types()
    await visitor.send(form, password=GOOD)
    assert "fcp" in await gate.log_types()


async def test_one_verification_mail_a_minute(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    await visitor.send(page, email="ada@example.com", password=GOOD)
    old = await visitor.get(await link_in_mail(visitor) + "x")
    unsent = await visitor.send(old)
    assert 'href="/mailbox"' in unsent.text
    link = await link_in_mail(visitor)
    ticket = link.partition("ticket=")[2]

    async def ask_after(seconds: float) -> int:
        gate.clock.turn(seconds=seconds)
        sent = await visitor.send(old, ticket=ticket)
        assert 'href="/mailbox"' in sent.text
        return (await gate.log_types()).count("svr")

    assert await ask_after(59) == 0  # the mail of the sign-up counts
    assert await ask_after(1) == 1
    assert [await ask_after(0), await ask_after(59.999)] == [1, 1]
    assert await ask_after(0.001) == 2
    assert (await gate.log_types()).count("fvr") == 3


async def test_of_two_clicks_at_once_one_sends(gate, visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    await visitor.send(page, email="ada@example.com", password=GOOD)
    link = await link_in_mail(visitor)
    gate.clock.turn(seconds=6 * 86_400)
    expired = await visitor.get(link)
    read, both = gate.house.store.read, asyncio.Barrier(2)

    async def read_before_either_writes(question):
        found = await read(question)
        if isinstance(question, FindTicket):
            await asyncio.wait_for(both.wait(), 10)
        return found

    gate.house.store.read = read_before_either_writes
    await asyncio.gather(visitor.send(expired), visitor.send(expired))
    gate.house.store.read = read
    assert (await gate.log_types()).count("svr") == 1


async def test_a_busy_page_says_when_to_come_back(gate, visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    gate.house.hashing.close()

    async def busy(*_):
        from gatelodge.base.errors import TooManyRequests

        raise TooManyRequests("busy", rule="House-hashing-queue")

    gate.house.hashing.verify = busy
    answer = await visitor.send(page, username=ada, password="x")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
