"""Fifty at once, on every engine: the guard decides, and nobody gets an exception."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from gatelodge.model import reads, writes
from tests.store import samples
from tests.store.samples import ADA
from tests.store.test_grants import turn

FIFTY = range(50)


def log(number: int) -> writes.AppendLog:
    return writes.AppendLog(line=samples.line(number))


async def all_at_once(database, plans) -> list[bool]:
    return list(await asyncio.gather(*[database.commit(plan) for plan in plans]))


RACES = {
    "TurnFamily": lambda n: turn(used_at=n),
    "ConsumeCode": lambda n: writes.ConsumeCode(digest="code-1", used_at=n),
    "UseTicket": lambda n: writes.UseTicket(digest="ticket-1", used_at=n),
    "SpendJti": lambda n: writes.SpendJti(key="jti", expires_at=n),
    "InsertUser": lambda n: writes.InsertUser(
        user=samples.user(f"auth0|{n}", email_key="same@example.com", username=None)
    ),
    "UpdateUser": lambda n: writes.UpdateUser(
        user=samples.user(name=str(n), updated_at=100 + n), seen_updated_at=15
    ),
    "OpenSession": lambda n: writes.OpenSession(session=samples.session(touched_at=n)),
    "TakeLease": lambda n: writes.TakeLease(
        name="sweep", holder=f"node {n}", now=1, until=100
    ),
    "PutRole": lambda n: writes.PutRole(
        role=msgspec.structs.replace(samples.ROLE, id=f"rol_{n}")
    ),
}


@pytest.mark.parametrize("with_log", [False, True], ids=["alone", "with a log line"])
@pytest.mark.parametrize("write", RACES.values(), ids=RACES)
async def test_one_winner(database, write, with_log):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.InsertCode(code=samples.code()),
            writes.InsertFamily(family=samples.family()),
            writes.InsertTicket(ticket=samples.ticket()),
        ]
    )
    plans = [[write(n), *([log(n)] if with_log else [])] for n in FIFTY]
    outcomes = await all_at_once(database, plans)
    assert outcomes.count(True) == 1
    lines = await database.read(reads.TailLog())
    assert [one.id for one in lines] == (
        [samples.line(outcomes.index(True)).id] if with_log else []
    )


async def test_forty_parallel_bumps_are_forty_versions(database):
    async def bump() -> None:
        assert await database.commit([writes.BumpCatalogue()])

    await asyncio.gather(*[bump() for _ in range(40)])
    assert (await database.read(reads.Pulse())).version == 40


async def test_losers_of_mixed_plans_leave_nothing(database):
    """Half of the plans share a family, half have one of their own."""
    shared = [[turn(), log(n)] for n in range(25)]
    own = [
        [writes.InsertFamily(family=samples.family(f"own {n}")), log(100 + n)]
        for n in range(25)
    ]
    await database.commit([writes.InsertFamily(family=samples.family())])
    mixed = [plan for pair in zip(shared, own, strict=True) for plan in pair]
    outcomes = await all_at_once(database, mixed)
    assert outcomes[1::2] == [True] * 25
    assert outcomes[::2].count(True) == 1
    assert len(await database.read(reads.TailLog())) == 26
    assert len(await database.read(reads.ListFamilies(user_id=ADA))) == 26


async def test_no_code_outlives_its_session_by_a_race(database):
    """Fifty codes are spent while their person is signed out everywhere."""
    await database.commit(
        [
            writes.OpenSession(session=samples.session("mine", sid="sid-1")),
            *[writes.InsertCode(code=samples.code(f"code {n}")) for n in FIFTY],
        ]
    )
    spends = [
        [
            writes.ConsumeCode(digest=f"code {n}", used_at=9),
            writes.HoldSession(sid="sid-1"),
            writes.InsertFamily(family=samples.family(f"family {n}")),
            log(n),
        ]
        for n in FIFTY
    ]
    out = [
        writes.EndUserSessions(user_id=ADA, at=9),
        writes.EndUserFamilies(user_id=ADA, client_id="", at=9, reason="out"),
        log(100),
    ]
    outcomes = await all_at_once(database, [*spends[:25], out, *spends[25:]])
    assert outcomes[25]
    families = await database.read(reads.ListFamilies(user_id=ADA))
    assert len(families) == outcomes.count(True) - 1
    assert [one.id for one in families if one.revoked_at is None] == []


async def test_reads_go_on_while_others_write(database):
    await database.commit([writes.InsertFamily(family=samples.family())])

    async def write(number: int) -> None:
        assert await database.commit([log(number), writes.BumpCatalogue()])

    async def look() -> int:
        found = await database.read(reads.FindFamily(family_id="fam-1"))
        assert found is not None
        return (await database.read(reads.LoadCatalogue())).version

    looks = asyncio.gather(*[look() for _ in FIFTY])
    await asyncio.gather(*[write(number) for number in FIFTY])
    assert all(0 <= version <= 50 for version in await looks)
    assert await look() == 50
