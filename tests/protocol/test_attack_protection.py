"""Passwords, sign-ups and reset links are tried a bounded number of times."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from gatelodge.model.attack_protection import AttackProtection, BruteForce, Stage
from gatelodge.model.reads import TailLog

from .at_account import letters, link_in
from .gatehouse import PASSWORD, Gatehouse, Phone, Visitor

ADA = "ada@example.com"
OWN = "Username-Password-Authentication"
BLOCKED = "Too many wrong passwords"
WRONG = "is not right"


@pytest.fixture
async def ada(gate):
    return await gate.user(ADA)


class Elsewhere(Visitor):
    """A browser in another network."""

    def __init__(self, gate: Gatehouse, ip: str = "198.51.100.9") -> None:
        super().__init__(gate)
        self.client = gate.http(ip=ip)


async def attempt(visitor: Visitor, phone: Phone, password: str, email: str = ADA):
    page = await visitor.get(phone.authorize_url())
    return await visitor.send(page, username=email, password=password)


async def fail(visitor: Visitor, phone: Phone, times: int = 10, email: str = ADA):
    for _ in range(times):
        page = await attempt(visitor, phone, "wrong", email)
        assert WRONG in page.text, page.text


async def protect(gate, **changes) -> None:
    shields = msgspec.structs.replace(AttackProtection(), **changes)
    await gate.settings(attack_protection=msgspec.to_builtins(shields))


async def lines(gate, kind: str) -> int:
    return len(await gate.house.store.read(TailLog(type=kind)))


@pytest.mark.rule("Auth0-too-many-attempts")
async def test_ten_wrong_ones_block_this_network_and_no_other(
    gate, visitor, phone, ada
) -> None:
    await fail(visitor, phone)
    page = await attempt(visitor, phone, PASSWORD)
    assert page.status_code == 429
    assert BLOCKED in page.text
    landed = await attempt(Elsewhere(gate), phone, PASSWORD)
    assert "code" in phone.answer(landed)
    assert BLOCKED in (await attempt(visitor, phone, PASSWORD)).text


async def test_many_at_once_are_counted_too(gate, phone, ada) -> None:
    async def one(visitor: Visitor) -> bool:
        return WRONG in (await attempt(visitor, phone, "wrong")).text

    await protect(gate, brute_force=BruteForce(max_attempts=3))
    looked_at = await asyncio.gather(*(one(Visitor(gate)) for _ in range(20)))
    assert sum(looked_at) == 3


async def test_a_right_one_forgives(gate, visitor, phone, ada) -> None:
    for _ in range(2):
        await fail(visitor, phone, times=9)
        landed = await attempt(visitor, phone, PASSWORD)
        assert "code" in phone.answer(landed)
        gate.clock.turn(seconds=120)
        visitor.client.cookies.clear()


async def test_the_person_is_told_once_an_hour_and_lifts_it(
    gate, visitor, phone, ada
) -> None:
    await fail(visitor, phone)
    for _ in range(3):
        await attempt(visitor, phone, PASSWORD)
    (mail,) = await letters(gate)
    assert mail.recipient == ADA
    assert await lines(gate, "limit_wc") == 1
    page = await visitor.get(link_in(mail.text))
    assert ADA in page.text
    assert BLOCKED in (await attempt(visitor, phone, PASSWORD)).text  # a GET is nothing
    done = await visitor.send(page)
    assert "sign in again" in done.text
    landed = await attempt(visitor, phone, PASSWORD)
    assert "code" in phone.answer(landed)
    assert (await visitor.send(page)).status_code == 400  # once


async def test_a_new_password_lifts_it(gate, visitor, phone, ada) -> None:
    await fail(visitor, phone)
    assert BLOCKED in (await attempt(visitor, phone, PASSWORD)).text
    body = {"client_id": "native", "email": ADA, "connection": OWN}
    await phone.http.post("/dbconnections/change_password", json=body)
    mail = (await letters(gate))[0]
    form = await visitor.get(link_in(mail.text))
    new = "a Good enough 1"
    await visitor.send(form, password=new)
    landed = await attempt(visitor, phone, new)
    assert "code" in phone.answer(landed)


async def test_nobody_learns_who_has_an_account(gate, phone, ada) -> None:
    answers = []
    for email in (ADA, "nobody@example.com"):
        visitor = Visitor(gate)
        await fail(visitor, phone, email=email)
        page = await attempt(visitor, phone, PASSWORD, email)
        answers.append((page.status_code, BLOCKED in page.text))
    assert answers[0] == answers[1] == (429, True)
    assert [one.recipient for one in await letters(gate)] == [ADA]


async def test_a_user_name_and_an_address_are_one_account(gate, visitor, phone) -> None:
    await gate.change_connection(requires_username=True)
    await gate.user(ADA, username="ada")
    await fail(visitor, phone, times=5)
    await fail(visitor, phone, times=5, email="ada")
    assert BLOCKED in (await attempt(visitor, phone, PASSWORD)).text


async def test_one_network_may_fail_a_hundred_times_a_day(gate, phone, ada) -> None:
    crowd = msgspec.structs.replace(
        AttackProtection().suspicious_ip, pre_login=Stage(max_attempts=3, rate=60_000)
    )
    await protect(gate, suspicious_ip=crowd)
    visitor = Visitor(gate)
    for number in range(3):
        await fail(visitor, phone, times=1, email=f"p{number}@example.com")
    refused = await attempt(visitor, phone, PASSWORD)
    assert refused.status_code == 429
    assert "from your network" in refused.text
    assert await lines(gate, "limit_mu") == 1
    landed = await attempt(Elsewhere(gate), phone, PASSWORD)
    assert "code" in phone.answer(landed)
    gate.clock.turn(seconds=60)
    for _ in range(3):  # whoever is right costs nothing
        landed = await attempt(Visitor(gate), phone, PASSWORD)
        assert "code" in phone.answer(landed)


async def test_neighbours_in_ipv6_are_one_network(gate, phone, ada) -> None:
    for last in range(10):
        await fail(Elsewhere(gate, f"2001:db8::{last + 1:x}"), phone, times=1)
    near = await attempt(Elsewhere(gate, "2001:db8::ffff"), phone, PASSWORD)
    assert BLOCKED in near.text
    far = await attempt(Elsewhere(gate, "2001:db8:0:1::1"), phone, PASSWORD)
    assert "code" in phone.answer(far)


async def test_twenty_sign_ins_a_minute(gate, phone, ada) -> None:
    for _ in range(20):
        landed = await attempt(Visitor(gate), phone, PASSWORD)
        assert "code" in phone.answer(landed)
    refused = await attempt(Visitor(gate), phone, PASSWORD)
    assert refused.status_code == 429
    assert await lines(gate, "limit_sul") == 1
    gate.clock.turn(seconds=6)
    landed = await attempt(Visitor(gate), phone, PASSWORD)
    assert "code" in phone.answer(landed)


@pytest.mark.parametrize(
    ("shield", "refused", "mails"),
    [
        (BruteForce(enabled=False), False, 0),
        (BruteForce(shields=("user_notification",)), False, 1),
        (BruteForce(shields=("block",)), True, 0),
        (BruteForce(allowlist=("192.0.2.0/24",)), False, 0),
        (BruteForce(mode="count_per_identifier"), True, 1),
    ],
    ids=["off", "told only", "blocked only", "allowed", "everywhere"],
)
async def test_shields(gate, visitor, phone, ada, shield, refused, mails) -> None:
    await protect(gate, brute_force=shield)
    await fail(visitor, phone)
    where = visitor if shield.mode != "count_per_identifier" else Elsewhere(gate)
    answer = await attempt(where, phone, PASSWORD)
    assert (answer.status_code == 429) == refused
    assert len(await letters(gate)) == mails


@pytest.mark.rule("Auth0-too-many-requests")
async def test_one_network_opens_fifty_accounts(gate, visitor, phone) -> None:
    crowd = msgspec.structs.replace(
        AttackProtection().suspicious_ip,
        pre_user_registration=Stage(max_attempts=1, rate=1_200),
    )
    await protect(gate, suspicious_ip=crowd)

    async def by_api(email: str):
        fields = {"client_id": "native", "connection": OWN, "password": "a Good 1 x"}
        body = {**fields, "email": email}
        return await phone.http.post("/dbconnections/signup", json=body)

    assert (await by_api("a@example.com")).status_code == 200
    refused = await by_api("b@example.com")
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-limit"] == "1"
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    page = await visitor.send(page, email="c@example.com", password="a Good 1 x")
    assert page.status_code == 429
    assert "from your network" in page.text
    assert 'value="c@example.com"' in page.text
    gate.clock.turn(seconds=2)
    assert (await by_api("b@example.com")).status_code == 200


@pytest.mark.rule("Auth0-too-many-requests")
async def test_a_mailbox_is_not_filled_with_links(gate, phone, ada) -> None:
    async def ask(email: str, ip: str = "192.0.2.7"):
        body = {"client_id": "native", "email": email, "connection": OWN}
        http = gate.http(ip=ip)
        return await http.post("/dbconnections/change_password", json=body)

    for email in (ADA, "nobody@example.com"):
        answers = [(await ask(email)).status_code for _ in range(11)]
        assert answers == [200] * 10 + [429]
    assert len(await letters(gate)) == 10
    assert (await ask(ADA, "198.51.100.9")).status_code == 200
    assert len(await letters(gate)) == 10


async def test_who_is_only_told_is_still_counted_by_network(gate, visitor, phone, ada):
    crowd = msgspec.structs.replace(
        AttackProtection().suspicious_ip, pre_login=Stage(max_attempts=5, rate=60_000)
    )
    shield = BruteForce(max_attempts=2, shields=("user_notification",))
    await protect(gate, brute_force=shield, suspicious_ip=crowd)
    await fail(visitor, phone, times=5)
    refused = await attempt(visitor, phone, PASSWORD)
    assert refused.status_code == 429
    assert "from your network" in refused.text
