"""Codes and links under attack: guessing, racing, replaying, pumping (ASVS 5.0, V6)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gatelodge.model.reads import FindTicket, TailLog
from tests.protocol.gatehouse import Gatehouse, Phone, Visitor
from tests.protocol.passwordless import (
    NUMBER,
    OTP,
    allow,
    connect,
    newest_code,
    newest_link,
    outbox,
    person,
    wrong,
)

ADA = "ada@example.com"
MANY = 50


@pytest.fixture
async def ready(nodes: tuple[Gatehouse, Gatehouse]) -> None:
    await connect(nodes[0])
    await connect(nodes[0], "sms")
    await allow(nodes[0], OTP)
    await allow(nodes[0], OTP, client_id="spa")
    await nodes[1].house.reload()


async def start(gate: Gatehouse, client_id: str = "native", **fields: Any) -> Any:
    body = {"client_id": client_id, "connection": "email", "email": ADA, "send": "code"}
    return await gate.http().post("/passwordless/start", json={**body, **fields})


async def redeem(gate: Gatehouse, code: str, client_id: str = "native") -> Any:
    fields = {"grant_type": OTP, "realm": "email", "username": ADA, "otp": code}
    body = {"client_id": client_id, **fields}
    return await gate.http().post("/oauth/token", data=body)


def sides(nodes: tuple[Gatehouse, Gatehouse]) -> list[Gatehouse]:
    return [nodes[number % 2] for number in range(MANY)]


@pytest.mark.rule("Auth0-wrong-code")
async def test_fifty_guesses_at_once_are_three_looks(nodes, ready) -> None:
    """Afterwards not even the right one is looked at."""
    await start(nodes[0])
    code = await newest_code(nodes[0], ADA)
    looks = 0
    stores = {id(gate): gate.house.store for gate in nodes}

    class Counting:
        def __init__(self, store: Any) -> None:
            self.store = store

        async def read(self, question: Any) -> Any:
            nonlocal looks
            looks += isinstance(question, FindTicket)
            return await self.store.read(question)

        async def commit(self, writes: Any) -> bool:
            return bool(await self.store.commit(writes))

    for gate in {id(one): one for one in nodes}.values():
        gate.house.store = Counting(stores[id(gate)])  # type: ignore[assignment]
    guess = wrong(code)
    answers = await asyncio.gather(*(redeem(gate, guess) for gate in sides(nodes)))
    assert {answer.status_code for answer in answers} == {400}
    assert (await redeem(nodes[0], code)).status_code == 400
    assert looks == 3
    for gate in nodes:
        gate.house.store = stores[id(gate)]


async def test_the_right_code_fifty_times_is_one_sign_in(nodes, ready) -> None:
    await start(nodes[0])
    code = await newest_code(nodes[0], ADA)
    answers = await asyncio.gather(*(redeem(gate, code) for gate in sides(nodes)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {a.status_code for a in answers} == {200, 400}
    assert (await nodes[0].log_types()).count("ss") == 1


async def test_fifty_on_our_page_are_three_looks(nodes, ready) -> None:
    visitor = Visitor(nodes[0])
    url = Phone(nodes[0]).authorize_url(connection="email")
    page = await visitor.send(await visitor.get(url), username=ADA)
    code = await newest_code(nodes[0], ADA)
    await asyncio.gather(*(visitor.send(page, code=wrong(code)) for _ in range(MANY)))
    lost = await visitor.send(page, code=code)
    assert "That code is not right" in lost.text


async def test_a_code_is_its_client_s(nodes, ready) -> None:
    await start(nodes[0])
    code = await newest_code(nodes[0], ADA)
    assert (await redeem(nodes[0], code, "spa")).status_code == 400
    assert (await redeem(nodes[0], code)).status_code == 200


async def test_a_page_s_code_is_no_app_s_and_the_other_way_round(nodes, ready) -> None:
    """Whoever talks somebody out of a code needs that person's browser too."""
    gate = nodes[0]
    visitor, url = Visitor(gate), Phone(gate).authorize_url(connection="email")
    page = await visitor.send(await visitor.get(url), username=ADA)
    code = await newest_code(gate, ADA)
    assert (await redeem(gate, code)).status_code == 400
    await start(gate)
    lost = await visitor.send(page, code=await newest_code(gate, ADA))
    assert "That code is not right" in lost.text


async def test_a_code_is_its_browser_s(nodes, ready) -> None:
    gate = nodes[0]
    mine, theirs = Visitor(gate), Visitor(gate)
    url = Phone(gate).authorize_url(connection="email")
    page = await mine.send(await mine.get(url), username=ADA)
    code = await newest_code(gate, ADA)
    # The other browser's own sign-in, with what was sent for mine.
    other = await theirs.send(await theirs.get(url), username="eve@example.com")
    from tests.protocol.gatehouse import form_of

    asked = form_of(page.text).fields["asked"]
    refused = await theirs.send(other, asked=asked, code=code)
    assert "That code is not right" in refused.text
    assert "code=" in (await mine.send(page, code=code)).headers["location"]


async def test_a_link_fifty_times_is_one_sign_in(nodes, ready) -> None:
    gate = nodes[0]
    await connect(gate, send="link")
    visitor, url = Visitor(gate), Phone(gate).authorize_url(connection="email")
    await visitor.send(await visitor.get(url), username=ADA)
    page = await visitor.get(await newest_link(gate, ADA))
    answers = await asyncio.gather(*(visitor.send(page) for _ in range(MANY)))
    landed = [a for a in answers if "location" in a.headers]
    assert len(landed) == 1
    assert {a.status_code for a in answers} == {303, 400}


async def test_a_link_of_another_site_is_not_pressed(nodes, ready) -> None:
    gate = nodes[0]
    await connect(gate, send="link")
    visitor, url = Visitor(gate), Phone(gate).authorize_url(connection="email")
    await visitor.send(await visitor.get(url), username=ADA)
    ticket = (await newest_link(gate, ADA)).partition("ticket=")[2]
    answer = await visitor.client.post(
        "/passwordless/verify-redirect",
        content=f"ticket={ticket}",
        headers={
            "sec-fetch-site": "cross-site",
            "content-type": "application/x-www-form-urlencoded",
        },
    )
    assert answer.status_code == 403
    assert await person(gate, ADA) is None


# -- what strangers can make us send ---------------------------------------------------


@pytest.mark.rule("Auth0-passwordless-limit")
async def test_one_address_asks_fifty_times_an_hour(nodes, ready) -> None:
    gate = nodes[0]
    numbers = [f"+4474001{number:05d}" for number in range(MANY + 10)]
    calls = [
        start(nodes[n % 2], connection="sms", phone_number=number)
        for n, number in enumerate(numbers)
    ]
    answers = await asyncio.gather(*calls)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (MANY, 10)
    assert len(await outbox(gate)) <= MANY
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"] == "too_many_requests"
    assert refused.headers["retry-after"] == "3600"
    lines = await gate.house.store.read(TailLog(type="api_limit"))
    assert len(lines) == 1  # a flood fills no log
    gate.clock.turn(seconds=3600)
    assert (await start(gate)).status_code == 200


@pytest.mark.parametrize("known", [True, False])
async def test_one_person_gets_ten_an_hour(nodes, ready, known) -> None:
    """Whether there is such an account or not."""
    gate = nodes[0]
    if known:
        await start(gate)
        await redeem(gate, await newest_code(gate, ADA))
        gate.clock.turn(seconds=3601)
    sent = len(await outbox(gate))
    answers = [await start(nodes[n % 2]) for n in range(12)]
    assert [a.status_code for a in answers] == [200] * 10 + [429] * 2
    assert len(await outbox(gate)) == sent + 10
    assert (await start(gate, email="grace@example.com")).status_code == 200


async def test_a_connection_has_a_bound_in_all(nodes, ready) -> None:
    gate = nodes[0]
    await connect(gate, "sms", most_per_hour=3)
    await nodes[1].house.reload()
    calls = [
        start(nodes[n % 2], connection="sms", phone_number=f"+4474001{n:05d}")
        for n in range(9)
    ]
    answers = await asyncio.gather(*calls)
    assert sorted(a.status_code for a in answers) == [200] * 3 + [429] * 6
    assert len(await outbox(gate)) == 3


async def test_the_page_is_bounded_too(nodes, ready) -> None:
    gate = nodes[0]
    visitor, url = Visitor(gate), Phone(gate).authorize_url(connection="sms")
    page = await visitor.get(url)
    for _ in range(10):
        assert (await visitor.send(page, username=NUMBER)).status_code == 200
    refused = await visitor.send(page, username=NUMBER)
    assert refused.status_code == 429
    assert "too many messages" in refused.text
    asked = await visitor.send(page, username="+447400123457")
    gate.clock.turn(seconds=31)
    for _ in range(9):
        asked = await visitor.send(asked, again="1")
        gate.clock.turn(seconds=31)
    assert (await visitor.send(asked, again="1")).status_code == 429


async def test_starts_cost_the_same_for_everybody(nodes, ready) -> None:
    """As many questions and commits, whoever it is (security defaults 30)."""
    gate = nodes[0]
    await start(gate)
    await redeem(gate, await newest_code(gate, ADA))
    await connect(gate, disable_signup=True)
    seen: list[list[str]] = []
    store = gate.house.store

    class Counting:
        async def read(self, question: Any) -> Any:
            seen[-1].append(type(question).__name__)
            return await store.read(question)

        async def commit(self, writes: Any) -> bool:
            seen[-1].append("commit")
            return bool(await store.commit(writes))

    gate.house.store = Counting()  # type: ignore[assignment]
    for address in (ADA, "nobody@example.com"):
        seen.append([])
        assert (await start(gate, email=address)).status_code == 200
        await redeem(gate, "000000")
    gate.house.store = store
    assert seen[0] == seen[1]


async def test_fifty_wrong_passwords_at_once_are_ten_looks(nodes) -> None:
    from tests.protocol.gatehouse import PASSWORD

    gate = nodes[0]
    realm = "http://auth0.com/oauth/grant-type/password-realm"
    await allow(gate, realm)
    await nodes[1].house.reload()
    await gate.user(ADA)
    looks = 0
    verify = type(gate.house.hashing).verify

    async def counted(self: Any, password: str, phc: str | None) -> bool:
        nonlocal looks
        looks += 1
        return await verify(self, password, phc)

    async def guess(side: Gatehouse) -> Any:
        fields = {"username": ADA, "password": "wrong", "grant_type": realm}
        body = {
            "client_id": "native",
            "realm": gate.house.snapshot.catalogue.connections[0].name,
            **fields,
        }
        return await side.http().post("/oauth/token", data=body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(gate.house.hashing), "verify", counted)
        answers = await asyncio.gather(*(guess(side) for side in sides(nodes)))
    statuses = [answer.status_code for answer in answers]
    assert looks == 10
    assert statuses.count(429) == MANY - 10
    body = {
        "client_id": "native",
        "grant_type": realm,
        "realm": gate.house.snapshot.catalogue.connections[0].name,
        "username": ADA,
        "password": PASSWORD,
    }
    assert (await gate.http().post("/oauth/token", data=body)).status_code == 429
