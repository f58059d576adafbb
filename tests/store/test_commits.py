"""All or nothing: plans of many shapes, some of which lose."""

from __future__ import annotations

import pytest

from gatelodge.model import reads, writes
from tests.store import samples
from tests.store.samples import ADA, BOB

LOG = writes.AppendLog(line=samples.line())
LOST = writes.ConsumeCode(digest="none", used_at=1)
# One table each, the same table twice, and more than travel in one statement.
PLANS = {
    "apart": [writes.InsertUser(user=samples.user()), LOG],
    "same table": [
        writes.InsertUser(user=samples.user()),
        writes.UserSignedIn(user_id=ADA, at=1, ip="192.0.2.1"),
        LOG,
    ],
    "long": [
        writes.InsertUser(user=samples.user()),
        *[writes.AppendLog(line=samples.line(n)) for n in range(20)],
    ],
}


async def untouched(database) -> bool:
    person = await database.read(reads.FindPerson(user_id=ADA))
    return person is None and await database.read(reads.TailLog()) == ()


async def test_no_writes_are_true(database):
    assert await database.commit([])


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_plan_is_carried_out_as_a_whole(database, plan):
    assert await database.commit(plan)
    lines = [one for one in plan if isinstance(one, writes.AppendLog)]
    assert await database.read(reads.FindPerson(user_id=ADA)) is not None
    assert len(await database.read(reads.TailLog())) == len(lines)


@pytest.mark.parametrize("where", [0, 1, -1])
@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_lost_guard_anywhere_undoes_it_all(database, plan, where):
    position = len(plan) if where == -1 else where
    assert not await database.commit([*plan[:position], LOST, *plan[position:]])
    assert await untouched(database)
    assert await database.commit(plan)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_wrong_value_undoes_it_all_and_is_an_exception(database, plan):
    wrong = writes.SpendJti(key="k", expires_at="soon")
    with pytest.raises(Exception, match=r".") as caught:
        await database.commit([*plan, wrong])
    assert not isinstance(caught.value, AssertionError)
    assert await untouched(database)
    assert await database.commit(plan)


async def test_later_writes_see_earlier_ones(database):
    assert await database.commit(
        [
            writes.InsertCode(code=samples.code()),
            writes.ConsumeCode(digest="code-1", used_at=5),
            writes.InsertFamily(family=samples.family()),
            writes.EndUserFamilies(user_id=ADA, client_id="", at=6, reason="r"),
            writes.EndUserFamilies(user_id=BOB, client_id="", at=6, reason="r"),
        ]
    )
    code = await database.read(reads.FindCode(digest="code-1"))
    family = await database.read(reads.FindFamily(family_id="fam-1"))
    assert code is not None
    assert family is not None
    assert (code.code.used_at, family.family.revoked_at) == (5, 6)
