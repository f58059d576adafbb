"""Refresh rotation over the wire, on both engines (scenario 5, decisions 1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from gatelodge.model.client import RefreshPolicy
from gatelodge.model.reads import FindFamily, ListFamilies
from gatelodge.model.writes import (
    AssignRole,
    BlockUser,
    DeleteUser,
    UnassignRole,
)

from .gatehouse import (
    START,
    Gatehouse,
    Phone,
    Visitor,
    claims_of,
    open_gatehouse,
)

UNKNOWN = {
    "error": "invalid_grant",
    "error_description": "Unknown or invalid refresh token.",
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def gate(request, tmp_path) -> AsyncIterator[Gatehouse]:
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{tmp_path}/gatelodge.db"
    async with open_gatehouse(url) as opened:
        yield opened


@pytest.fixture
async def first(gate: Gatehouse, visitor: Visitor, phone: Phone) -> str:
    await gate.user("ada@example.com", role="rol_reader")
    return str((await phone.tokens(visitor, "ada@example.com"))["refresh_token"])


async def renewed(phone: Phone, token: str, **more: str) -> dict[str, Any]:
    answer = await phone.renew(token, **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def policy(gate: Gatehouse, **changes: Any) -> None:
    fresh = msgspec.structs.replace(RefreshPolicy(), **changes)
    await gate.change_options("native", refresh=fresh)


async def test_the_same_old_token_yields_the_same_successor(gate, phone, first) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    for _ in range(3):
        gate.clock.turn(seconds=100)
        assert (await renewed(phone, first))["refresh_token"] == second
    third = (await renewed(phone, second))["refresh_token"]
    assert third != second


async def test_fifty_at_once_yield_one_successor(gate, phone, first) -> None:
    answers = await asyncio.gather(*(phone.renew(first) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_after_the_overlap_it_is_theft(gate, phone, first) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    gate.clock.turn(seconds=600)
    assert (await phone.renew(first)).json() == UNKNOWN
    assert (await phone.renew(second)).json() == UNKNOWN
    assert "ferrt" in await gate.log_types()


async def test_two_generations_back_gets_nothing_but_ends_nothing(
    gate, phone, first
) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    third = (await renewed(phone, second))["refresh_token"]
    gate.clock.turn(seconds=10)
    assert (await phone.renew(first)).json() == UNKNOWN
    assert "ferrt" not in await gate.log_types()
    assert (await renewed(phone, third))["refresh_token"]


async def test_two_generations_back_later_is_theft(gate, phone, first) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    third = (await renewed(phone, second))["refresh_token"]
    gate.clock.turn(seconds=601)
    assert (await phone.renew(first)).json() == UNKNOWN
    assert (await phone.renew(third)).json() == UNKNOWN
    assert "ferrt" in await gate.log_types()


async def test_overlap_zero_is_honoured(gate, phone, first) -> None:
    await policy(gate, overlap=0)
    await renewed(phone, first)
    assert (await phone.renew(first)).json() == UNKNOWN
    assert "ferrt" in await gate.log_types()


async def test_a_token_newer_than_the_row_is_a_restored_backup(
    gate, phone, first
) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    third = (await renewed(phone, second))["refresh_token"]
    shown = gate.house.refresh_tokens.read(third)
    bundle = await gate.house.store.read(FindFamily(family_id=shown.family_id))
    assert bundle.family.generation == 3
    await set_back(gate, bundle.family)
    fourth = (await renewed(phone, third))["refresh_token"]
    assert gate.house.refresh_tokens.read(fourth).generation == 4


async def set_back(gate: Gatehouse, family: Any) -> None:
    from gatelodge.model.writes import TurnFamily

    older = TurnFamily(
        family_id=family.id,
        from_generation=family.generation,
        to_generation=1,
        rotated_at=family.created_at,
        used_at=family.created_at,
        idle_until=family.idle_until,
        expires_at=family.expires_at,
    )
    assert await gate.house.store.commit((older,))


async def test_absolute_life_never_moves(gate, phone, first) -> None:
    token = first
    for _ in range(5):
        gate.clock.turn(seconds=6 * 86_400 - 1)
        token = (await renewed(phone, token))["refresh_token"]
    gate.clock.turn(seconds=10)
    assert (await phone.renew(token)).json() == UNKNOWN


async def test_idle_life_moves(gate, phone, first) -> None:
    gate.clock.turn(seconds=1_296_000 - 1)
    second = (await renewed(phone, first))["refresh_token"]
    gate.clock.turn(seconds=1_296_000)
    assert (await phone.renew(second)).json() == UNKNOWN


async def test_non_rotating(gate, phone, first) -> None:
    await policy(gate, rotating=False)
    for _ in range(3):
        assert "refresh_token" not in await renewed(phone, first)
    await policy(gate, rotating=True)
    assert (await renewed(phone, first))["refresh_token"] != first


async def test_switching_rotation_signs_no_device_out(gate, visitor, phone) -> None:
    """Neither on (contract 1.7 deletes the siblings) nor off (it ends the family)."""
    user = await gate.user("ada@example.com")
    await policy(gate, rotating=False)
    held = [
        (await phone.tokens(visitor, "ada@example.com", prompt="login"))[
            "refresh_token"
        ]
        for _ in range(3)
    ]
    for rotating in (True, False, True):
        await policy(gate, rotating=rotating)
        for device, token in enumerate(held):
            gate.clock.turn(seconds=3_600)  # each comes by long after the one before
            successor = (await renewed(phone, token)).get("refresh_token")
            assert (successor is not None) is rotating
            held[device] = successor or token
    families = await gate.house.store.read(ListFamilies(user_id=user.user_id))
    assert [one.revoked_at for one in families] == [None] * 3
    assert "ferrt" not in await gate.log_types()


async def test_rotation_switched_off_while_an_answer_is_lost(
    gate, phone, first
) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    await policy(gate, rotating=False)
    gate.clock.turn(seconds=599)
    assert (await renewed(phone, first))["refresh_token"] == second
    gate.clock.turn(seconds=3_600)
    for _ in range(2):
        assert "refresh_token" not in await renewed(phone, second)


async def test_what_was_spent_while_it_rotated_stays_spent(gate, phone, first) -> None:
    second = (await renewed(phone, first))["refresh_token"]
    await policy(gate, rotating=False)
    gate.clock.turn(seconds=600)
    assert (await phone.renew(first)).json() == UNKNOWN
    assert (await phone.renew(second)).json() == UNKNOWN
    assert "ferrt" in await gate.log_types()


async def test_a_maximum_switched_on_later_binds(gate, visitor, phone) -> None:
    await gate.user("ada@example.com")
    await policy(gate, expiring=False)
    token = (await phone.tokens(visitor, "ada@example.com"))["refresh_token"]
    gate.clock.turn(seconds=400 * 86_400)
    await policy(gate, infinite_idle_lifetime=True)
    token = (await renewed(phone, token))["refresh_token"]
    await policy(gate, expiring=False)
    gate.clock.turn(seconds=31 * 86_400)
    assert (await phone.renew(token)).json() == UNKNOWN


async def test_downscoping_and_its_return(gate, phone, first) -> None:
    less = await renewed(phone, first, scope="openid read:x nonsense")
    assert less["scope"] == "openid offline_access read:x"
    full = await renewed(phone, less["refresh_token"], scope="")
    assert full["scope"] == "openid profile email offline_access read:x"


async def test_roles_are_read_anew(gate, phone, first) -> None:
    await gate.change_api_options(enforce_policies=True, dialect="access_token_authz")
    user_id = claims_of((await renewed(phone, first))["access_token"])["sub"]
    store = gate.house.store
    await store.commit((UnassignRole(user_id=user_id, role_id="rol_reader"),))
    without = await renewed(phone, first)
    assert "read:x" not in without["scope"]
    assert claims_of(without["access_token"])["permissions"] == []
    again = AssignRole(user_id=user_id, role_id="rol_reader", at=START)
    await store.commit((again,))
    assert "read:x" in (await renewed(phone, first))["scope"]


async def test_id_token_keeps_auth_time_and_loses_nonce(gate, phone, first) -> None:
    gate.clock.turn(seconds=50)
    identity = claims_of((await renewed(phone, first))["id_token"])
    assert "nonce" not in identity
    assert identity["iat"] == gate.clock.at // 1000


async def test_blocked_and_deleted_people(gate, phone, first) -> None:
    families = await renewed(phone, first)
    user_id = claims_of(families["access_token"])["sub"]
    store = gate.house.store
    now = gate.clock.at
    await store.commit((BlockUser(user_id=user_id, blocked_at=now, updated_at=now),))
    blocked = await phone.renew(first)
    assert blocked.json() == {
        "error": "unauthorized",
        "error_description": "user is blocked",
    }
    await store.commit((DeleteUser(user_id=user_id),))
    assert (await phone.renew(first)).json() == {
        "error": "invalid_grant",
        "error_description": (
            "The refresh_token was generated for a user who doesn't exist anymore."
        ),
    }


async def test_another_client_gets_nothing(gate, phone, first) -> None:
    other = Phone(gate, "spa", "https://spa.example.com/")
    assert (await other.renew(first)).json() == UNKNOWN
    assert (await phone.renew(first)).status_code == 200


@pytest.mark.parametrize("change", [0, 10, 30, 60, -1])
async def test_forged_tokens_ask_the_database_nothing(
    gate, phone, first, change
) -> None:
    class Silent:
        def __init__(self, inner):
            self.inner = inner

        async def read(self, question):
            raise AssertionError(question)

        async def commit(self, writes):
            return await self.inner.commit(writes)

    body = first.removeprefix("rt_")
    flipped = "A" if body[change] != "A" else "B"
    forged = list(body)
    forged[change] = flipped
    gate.house.store, store = Silent(gate.house.store), gate.house.store
    answer = await phone.renew("rt_" + "".join(forged))
    gate.house.store = store
    assert answer.json() == UNKNOWN


async def test_the_cap_ends_the_oldest_and_says_so(gate, visitor, phone) -> None:
    await gate.settings(refresh_token_cap=2)
    user = await gate.user("ada@example.com")
    tokens = []
    for _ in range(3):
        gate.clock.turn(seconds=1)
        answer = await phone.tokens(visitor, "ada@example.com", prompt="login")
        tokens.append(answer["refresh_token"])
    statuses = [(await phone.renew(token)).status_code for token in tokens]
    assert statuses == [400, 200, 200]
    assert "resource_cleanup" in await gate.log_types()
    families = await gate.house.store.read(ListFamilies(user_id=user.user_id))
    assert [one.reason for one in families if one.revoked_at] == ["too many devices"]


async def test_the_operator_reads_the_precise_reason(gate, phone, first) -> None:
    from gatelodge.model.reads import TailLog

    gate.clock.turn(seconds=40 * 86_400)
    await phone.renew(first)
    line = (await gate.house.store.read(TailLog(type="fertft", limit=1)))[0]
    assert line.details["because"] == "past its absolute end"
    assert line.details["rule"] == "RFC9700-4.14.2.absolute"


async def test_a_crash_after_the_commit_loses_nothing(gate, phone, first) -> None:
    """The commit is made, the answer never sent, the process starts anew."""
    decided = gate.house.store.commit

    class Crash(Exception):
        pass

    async def commit_then_crash(writes):
        await decided(writes)
        raise Crash

    class Crashing:
        read = gate.house.store.read
        commit = staticmethod(commit_then_crash)

    store, gate.house.store = gate.house.store, Crashing()
    answer = await phone.renew(first)
    gate.house.store = store
    assert answer.status_code == 500
    await gate.house.reload()
    second = (await renewed(phone, first))["refresh_token"]
    assert (await renewed(phone, first))["refresh_token"] == second
