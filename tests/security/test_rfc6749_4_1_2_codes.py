"""Codes are used once, by whom they were made for (RFC 6749 §4.1.2, §10.5)."""

from __future__ import annotations

import asyncio

import pytest

from gatelodge.base.encoding import digest_of
from gatelodge.model.reads import FindByEmail, FindCode, ListFamilies, TailLog
from gatelodge.model.writes import ConsumeCode, EndSession, EndUserSessions
from tests.protocol.gatehouse import API, WEB_SECRET, Phone, Visitor

INVALID = {"error": "invalid_grant", "error_description": "Invalid authorization code"}
MANY = 50


async def code_of(gate, **more) -> str:
    """A code for Ada, from a browser of its own."""
    if not await gate.house.store.read(FindByEmail(email_key="ada@example.com")):
        await gate.user("ada@example.com", role="rol_reader")
    visitor, phone = Visitor(gate), Phone(gate)
    landed = await visitor.sign_in(phone.authorize_url(**more), "ada@example.com")
    return phone.answer(landed)["code"]


async def test_of_fifty_redemptions_exactly_one_wins(nodes) -> None:
    code = await code_of(nodes[0])
    phones = [Phone(nodes[number % 2]) for number in range(MANY)]
    answers = await asyncio.gather(*(phone.exchange(code) for phone in phones))
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert all(answer.status_code == 400 for answer in lost)
    assert all(answer.json() == INVALID for answer in lost)
    # All held the verifier: a lost answer, so the winner keeps its family.
    kept = await phones[0].renew(won[0].json()["refresh_token"])
    assert kept.status_code == 200


async def test_fifty_thieves_without_the_verifier_win_nothing(nodes) -> None:
    code = await code_of(nodes[0])
    thieves = [Phone(nodes[number % 2]) for number in range(MANY)]
    answers = await asyncio.gather(
        *(thief.exchange(code, code_verifier="w" * 43) for thief in thieves)
    )
    assert {answer.status_code for answer in answers} == {400}
    assert {answer.json()["error"] for answer in answers} == {"invalid_grant"}
    # The owner is not locked out by guessing.
    assert (await Phone(nodes[1]).exchange(code)).status_code == 200


async def test_a_winner_racing_thieves_loses_the_family_or_wins_alone(nodes) -> None:
    code = await code_of(nodes[0])
    owner, thief = Phone(nodes[0]), Phone(nodes[1])
    calls = [owner.exchange(code)]
    calls += [thief.exchange(code, code_verifier="w" * 43) for _ in range(20)]
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers[1:]] == [400] * 20
    assert answers[0].status_code == 200


async def test_a_code_is_no_good_for_another_client(gate, ada, visitor, phone) -> None:
    landed = await visitor.sign_in(phone.authorize_url(), ada)
    code = phone.answer(landed)["code"]
    web = Phone(gate, "web", phone.redirect_uri, WEB_SECRET)
    spa = Phone(gate, "spa", phone.redirect_uri)
    for other in (web, spa):
        answer = await other.exchange(code)
        assert answer.json() == INVALID
    assert (await phone.exchange(code)).status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        "http://127.0.0.1:51234/callback/",
        "http://127.0.0.1:51234/callback?x=1",
        "http://127.0.0.1:51235/callback",
        "http://localhost:51234/callback",
        "HTTP://127.0.0.1:51234/callback",
        "http://127.0.0.1:51234/./callback",
        "com.example.app:/callback",
    ],
)
async def test_a_code_is_no_good_at_another_address(ada, visitor, phone, other) -> None:
    landed = await visitor.sign_in(phone.authorize_url(), ada)
    answer = await phone.exchange(phone.answer(landed)["code"], redirect_uri=other)
    assert answer.json() == INVALID


async def test_what_only_looks_like_a_code(phone) -> None:
    for shown in ("ac_", "ac_" + "A" * 43, "ac_" * 300, "rt_x", "x", "ac_\u00e9", "%"):
        answer = await phone.exchange(shown)
        assert answer.json() == INVALID


async def test_a_code_dies_with_the_password(gate, ada, visitor, phone) -> None:
    """Who holds a stolen session may not keep a code over the reset."""
    from tests.security.mails import reset_password

    landed = await visitor.sign_in(phone.authorize_url(), ada)
    await reset_password(gate, ada, "a Good enough 2")
    answer = await phone.exchange(phone.answer(landed)["code"])
    assert answer.json() == INVALID


@pytest.mark.rule("House-session-open")
async def test_a_code_dies_with_its_session(nodes) -> None:
    """However the session ends; another browser's code is none of its business."""
    code, kept = await code_of(nodes[0]), await code_of(nodes[0])
    store = nodes[0].house.store
    bundle = await store.read(FindCode(digest=digest_of(code)))
    end = EndSession(sid=bundle.code.sid, at=nodes[0].clock.at)
    assert await store.commit((end,))
    phone = Phone(nodes[1])
    answers = [await phone.exchange(one) for one in (code, kept)]
    assert answers[0].json() == INVALID
    assert answers[1].status_code == 200
    line = (await store.read(TailLog(type="feacft", limit=1)))[0]
    assert line.details["rule"] == "House-session-open"


@pytest.mark.rule("House-session-open")
async def test_a_session_that_ends_between_reading_and_writing(gate, ada) -> None:
    """The guard of the commit sees what the read could not."""
    code = await code_of(gate)
    store = gate.house.store
    (person,) = await store.read(FindByEmail(email_key=ada))

    class Ending:
        read = store.read

        async def commit(self, writes):
            if any(isinstance(one, ConsumeCode) for one in writes):
                end = EndUserSessions(user_id=person.user.user_id, at=gate.clock.at)
                await store.commit((end,))
            return await store.commit(writes)

    gate.house.store = Ending()
    answer = await Phone(gate).exchange(code)
    gate.house.store = store
    assert answer.json() == INVALID
    assert await store.read(ListFamilies(user_id=person.user.user_id)) == ()


async def test_a_blocked_persons_code_gives_nothing(gate, ada, visitor, phone) -> None:
    from gatelodge.model.writes import BlockUser

    user = await gate.user("bob@example.com")
    landed = await visitor.sign_in(phone.authorize_url(audience=API), user.email)
    now = gate.clock.at
    block = BlockUser(user_id=user.user_id, blocked_at=now, updated_at=now)
    assert await gate.house.store.commit((block,))
    answer = await phone.exchange(phone.answer(landed)["code"])
    assert answer.status_code == 400
    assert "access_token" not in answer.text
