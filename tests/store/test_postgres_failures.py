"""Conflicts are tried again; a lost connection never becomes a wrong answer."""

from __future__ import annotations

import asyncio

import asyncpg
import msgspec
import pytest

from gatelodge.model import reads, writes
from gatelodge.store.connect import connect
from gatelodge.store.database import StoreUnavailable
from gatelodge.store.rows import arguments
from gatelodge.store.statements import WRITINGS
from tests.store import samples
from tests.store.test_grants import turn

pytestmark = pytest.mark.postgres


@pytest.fixture
async def database(postgres_url):
    opened = await connect(postgres_url, pool_size=5, patience=3)
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture
async def admin(postgres_url):
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def waiters(admin, count: int) -> list[int]:
    """Wait until so many backends stand at a lock; their process ids."""
    for _ in range(500):
        rows = await admin.fetch(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        if len(rows) >= count:
            return [row["pid"] for row in rows]
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


PLANS = {
    "one statement": [writes.BumpCatalogue(), turn("b")],
    "a transaction": [
        turn("b"),
        writes.EndFamily(family_id="none", at=1, reason=""),
        writes.BumpCatalogue(),
    ],
}


TOUCH = {
    "refresh_family": "UPDATE refresh_family SET rotated_at = rotated_at",
    "catalogue_version": "UPDATE catalogue_version SET version = version",
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_real_deadlock_is_tried_again_and_won(
    database, admin, postgres_url, plan
):
    """The other side is patient, so ours is the one that PostgreSQL undoes."""
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    tables = ["refresh_family", "catalogue_version"]
    if isinstance(plan[0], writes.BumpCatalogue):
        tables.reverse()
    await admin.execute("SET deadlock_timeout = '60s'")
    watcher = await asyncpg.connect(postgres_url)
    async with admin.transaction():
        await admin.execute(TOUCH[tables[1]])
        ours = asyncio.ensure_future(database.commit(plan))
        await waiters(watcher, 1)
        await admin.execute(TOUCH[tables[0]])
    assert await ours
    await watcher.close()
    assert await deadlocks(admin) >= 1  # a slow machine may meet it twice
    found = await database.read(reads.FindFamily(family_id="b"))
    assert found is not None
    assert found.family.generation == 2
    assert (await database.read(reads.Pulse())).version == 1


ENDINGS = {
    "all": (
        writes.EndUserSessions(user_id=samples.ADA, at=9),
        writes.EndUserFamilies(user_id=samples.ADA, client_id="", at=9, reason="out"),
    ),
    "one": (
        writes.EndSession(sid="sid-1", at=9),
        writes.EndSessionFamilies(user_id=samples.ADA, sid="sid-1", at=9, reason="out"),
    ),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
async def test_a_family_born_while_its_session_ends_ends_with_it(
    database, admin, postgres_url, ending
):
    """The code is spent first, not yet committed, and the sign-out has to wait."""
    session = samples.session("mine", sid="sid-1")
    await database.commit([writes.OpenSession(session=session)])
    watcher = await asyncpg.connect(postgres_url)
    born = writes.InsertFamily(family=samples.family())
    hold = writes.HoldSession(sid="sid-1")
    async with admin.transaction():
        for one in (hold, born):
            await admin.execute(WRITINGS[type(one)], *arguments(one))
        ours = asyncio.ensure_future(database.commit(ending))
        await waiters(watcher, 1)
    assert await ours
    await watcher.close()
    (family,) = await database.read(reads.ListFamilies(user_id=samples.ADA))
    assert family.reason == "out"


async def deadlocks(connection) -> int:
    """Counted by the server, which tells with a delay."""
    for _ in range(200):
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        count = await connection.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        if count:
            return count
        await asyncio.sleep(0.02)
    return 0


async def fail_first(admin, times: int) -> None:
    """Make so many updates of the catalogue's version fail with 40001."""
    await admin.execute(
        f"""
        CREATE SEQUENCE tries;
        CREATE FUNCTION conflict() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('tries') <= {times} THEN
            RAISE EXCEPTION 'conflict' USING ERRCODE = '40001';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER conflict BEFORE UPDATE ON catalogue_version
          FOR EACH ROW EXECUTE FUNCTION conflict();
        """
    )


@pytest.mark.parametrize("plan", [*PLANS.values(), PLANS["one statement"][:1]])
async def test_a_serialization_failure_is_tried_again(database, admin, plan):
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    await fail_first(admin, 3)
    assert await database.commit(plan)
    assert await admin.fetchval("SELECT last_value FROM tries") == 4
    assert (await database.read(reads.Pulse())).version == 1


async def test_a_conflict_without_end_is_unavailable(database, admin):
    await fail_first(admin, 1_000_000)
    with pytest.raises(StoreUnavailable):
        await database.commit([writes.BumpCatalogue()])
    assert 1 < await admin.fetchval("SELECT last_value FROM tries") < 100


async def test_a_read_whose_connection_is_killed_is_asked_again(database, admin):
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    async with admin.transaction():
        await admin.execute("LOCK TABLE refresh_family IN ACCESS EXCLUSIVE MODE")
        asked = asyncio.ensure_future(database.read(reads.FindFamily(family_id="b")))
        (victim,) = await waiters(admin, 1)
        await admin.execute("SELECT pg_terminate_backend($1)", victim)
        await asyncio.sleep(0.1)
    found = await asked
    assert found is not None
    assert found.family.id == "b"


async def test_a_transaction_killed_before_its_commit_is_tried_again(database, admin):
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    async with admin.transaction():
        await admin.execute(TOUCH["refresh_family"])
        ours = asyncio.ensure_future(database.commit(PLANS["a transaction"]))
        (victim,) = await waiters(admin, 1)
        await admin.execute("SELECT pg_terminate_backend($1)", victim)
        await asyncio.sleep(0.1)
    assert await ours
    assert (await database.read(reads.Pulse())).version == 1


async def test_a_statement_that_commits_itself_is_never_sent_twice(database, admin):
    """Whether it was carried out is not known here, so it must not be repeated."""
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    async with admin.transaction():
        await admin.execute(TOUCH["refresh_family"])
        ours = asyncio.ensure_future(database.commit(PLANS["one statement"]))
        (victim,) = await waiters(admin, 1)
        await admin.execute("SELECT pg_terminate_backend($1)", victim)
        with pytest.raises(StoreUnavailable):
            await ours
    assert (await database.read(reads.Pulse())).version == 0
    assert await database.commit(PLANS["one statement"])


async def test_neither_lost_guards_nor_conflicts_cost_a_connection(database, admin):
    await fail_first(admin, 1)
    await database.commit([writes.BumpCatalogue()])
    before = await backends(admin)
    lost = turn("none")
    ended = writes.EndFamily(family_id="none", at=1, reason="")
    for plan in ([lost], [lost, writes.BumpCatalogue()], [lost, ended]):
        assert not await database.commit(plan)
    twin = writes.PutRole(role=samples.ROLE)
    other = writes.PutRole(role=msgspec.structs.replace(samples.ROLE, id="rol_2"))
    assert not await database.commit([twin, other])
    assert await backends(admin) == before
    assert len(before) == 1


async def backends(admin) -> list[int]:
    rows = await admin.fetch(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'gatelodge'"
        " AND datname = current_database() ORDER BY pid"
    )
    return [row["pid"] for row in rows]


async def test_idle_connections_that_were_killed_are_replaced(database, admin):
    plans = [[writes.AppendLog(line=samples.line(n))] for n in range(20)]
    await asyncio.gather(*[database.commit(plan) for plan in plans])
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await asyncio.sleep(0.2)
    assert len(await database.read(reads.TailLog())) == 20
    assert await database.commit([writes.BumpCatalogue()])


async def test_too_few_connections_end_in_unavailable_not_in_a_queue(
    postgres_url, database, admin
):
    small = await connect(postgres_url, pool_size=1, patience=0.3)
    async with admin.transaction():
        await admin.execute("LOCK TABLE catalogue_version IN ACCESS EXCLUSIVE MODE")
        holder = asyncio.ensure_future(small.read(reads.Pulse()))
        await waiters(admin, 1)
        with pytest.raises(StoreUnavailable):
            await small.read(reads.TailLog())
    assert (await holder).version == 0
    await small.close()


async def test_a_cancelled_commit_gives_its_connection_back_clean(database, admin):
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    async with admin.transaction():
        await admin.execute(TOUCH["refresh_family"])
        ours = asyncio.ensure_future(database.commit(PLANS["a transaction"]))
        await waiters(admin, 1)
        ours.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ours
    assert await database.commit(PLANS["a transaction"])
    assert (await database.read(reads.Pulse())).version == 1


async def test_the_session_has_its_timeouts_and_its_isolation(database):
    async with database._pool.acquire() as connection:
        shown = [
            await connection.fetchval(f"SHOW {name}")
            for name in (
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "default_transaction_isolation",
            )
        ]
    assert shown == ["10s", "10s", "read committed"]


async def test_without_a_statement_cache_all_still_works(postgres_url, database):
    plain = await connect(f"{postgres_url}?statement_cache_size=0")
    await database.commit([writes.InsertFamily(family=samples.family("b"))])
    for plan in PLANS.values():
        assert await plain.commit(plan) is (plan is PLANS["one statement"])
    assert (await plain.read(reads.Pulse())).version == 1
    await plain.close()


async def test_a_server_that_stops_and_comes_back(postgres_cluster):
    database = await connect(postgres_cluster.url(), pool_size=3, patience=2)
    await database.migrate()
    plan = [writes.BumpCatalogue(), writes.AppendLog(line=samples.line())]
    await asyncio.to_thread(postgres_cluster.stop, "immediate")
    with pytest.raises(StoreUnavailable):
        await database.commit(plan)
    with pytest.raises(StoreUnavailable):
        await database.read(reads.Pulse())
    with pytest.raises(StoreUnavailable):
        await connect(postgres_cluster.url())
    await asyncio.to_thread(postgres_cluster.start)
    assert await database.commit(plan)
    assert (await database.read(reads.Pulse())).version == 1
    await database.close()
