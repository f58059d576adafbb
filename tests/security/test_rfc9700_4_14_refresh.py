"""Refresh tokens under attack, on one node and on two (RFC 9700 §4.14)."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from gatelodge.base.encoding import b64url, unb64url
from gatelodge.model.client import RefreshPolicy
from tests.protocol.gatehouse import WEB_SECRET, Gatehouse, Phone, Visitor

MANY = 50
UNKNOWN = "Unknown or invalid refresh token."


@pytest.fixture
async def first(nodes) -> str:
    await nodes[0].user("ada@example.com", role="rol_reader")
    tokens = await Phone(nodes[0]).tokens(Visitor(nodes[0]), "ada@example.com")
    return str(tokens["refresh_token"])


def phones(nodes: tuple[Gatehouse, Gatehouse], count: int = MANY) -> list[Phone]:
    return [Phone(nodes[number % 2]) for number in range(count)]


async def all_at_once(nodes, token: str) -> list[Any]:
    return await asyncio.gather(*(phone.renew(token) for phone in phones(nodes)))


async def test_fifty_at_once_have_one_successor(nodes, first) -> None:
    answers = await all_at_once(nodes, first)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_ten_generations_of_races_stay_one_branch(nodes, first) -> None:
    token = first
    for _ in range(10):
        answers = await asyncio.gather(*(p.renew(token) for p in phones(nodes, 10)))
        assert {answer.status_code for answer in answers} == {200}
        (token,) = {answer.json()["refresh_token"] for answer in answers}
    assert nodes[0].house.refresh_tokens.read(token).generation == 11


async def test_without_overlap_at_most_one_wins(nodes, first) -> None:
    policy = msgspec.structs.replace(RefreshPolicy(), overlap=0)
    await nodes[0].change_options("native", refresh=policy)
    await nodes[1].house.reload()
    answers = await all_at_once(nodes, first)
    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert {answer.json()["error_description"] for answer in lost} == {UNKNOWN}
    # Forty-nine reuses are theft: the winner's token is dead with its family.
    successor = won[0].json()["refresh_token"]
    assert (await Phone(nodes[0]).renew(successor)).status_code == 400
    assert "ferrt" in await nodes[0].log_types()


async def test_a_thief_who_was_faster_is_found_out(nodes, first) -> None:
    """The thief renews twice, the owner comes later with what was stolen."""
    owner, thief = Phone(nodes[0]), Phone(nodes[1])
    second = (await thief.renew(first)).json()["refresh_token"]
    third = (await thief.renew(second)).json()["refresh_token"]
    nodes[0].clock.turn(seconds=601)
    assert (await owner.renew(first)).status_code == 400
    for token in (first, second, third):
        assert (await thief.renew(token)).json()["error_description"] == UNKNOWN


async def test_racing_revocation_leaves_nothing_alive(nodes, first) -> None:
    renewing = [phone.renew(first) for phone in phones(nodes, 20)]
    ending = [Phone(nodes[1]).post("/oauth/revoke", token=first)]
    answers = await asyncio.gather(*renewing, *ending)
    assert answers[-1].status_code == 200
    assert {answer.status_code for answer in answers[:-1]} <= {200, 400}
    left = {a.json()["refresh_token"] for a in answers[:-1] if a.status_code == 200}
    for token in left | {first}:
        assert (await Phone(nodes[0]).renew(token)).status_code == 400


async def test_another_clients_token(nodes, first) -> None:
    """Neither renewed nor revoked, and the family is none the worse for it."""
    web = Phone(nodes[0], "web", "https://web.example.com/callback", WEB_SECRET)
    spa = Phone(nodes[0], "spa", "https://spa.example.com/")
    for other in (web, spa):
        assert (await other.renew(first)).json()["error_description"] == UNKNOWN
        assert (await other.post("/oauth/revoke", token=first)).status_code == 200
    assert (await Phone(nodes[0]).renew(first)).status_code == 200


async def test_no_bit_of_a_token_can_be_changed(nodes, first) -> None:
    raw = unb64url(first.removeprefix("rt_"))
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        answer = await Phone(nodes[0]).renew("rt_" + b64url(bytes(changed)))
        assert answer.status_code == 400
    assert (await Phone(nodes[0]).renew(first)).status_code == 200


async def test_a_token_of_another_master_key(nodes, first) -> None:
    """The row's seed alone makes no token, nor does another key."""
    from gatelodge.base.opaque import RefreshTokens
    from gatelodge.model.reads import FindFamily

    tokens = nodes[0].house.refresh_tokens
    shown = tokens.read(first)
    bundle = await nodes[0].house.store.read(FindFamily(family_id=shown.family_id))
    other = RefreshTokens(secret_keys=(b"a" * 32,), shield_keys=(b"b" * 32,))
    forged = other.mint(shown.family_id, seed=bundle.family.seed, generation=1)
    assert (await Phone(nodes[0]).renew(forged)).status_code == 400


async def test_a_wider_scope_is_never_given(nodes, first) -> None:
    answer = await Phone(nodes[0]).renew(first, scope="openid read:x write:x admin")
    assert answer.json()["scope"] == "openid offline_access read:x"
