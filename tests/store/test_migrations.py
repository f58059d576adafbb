"""One timeline: applied once, by one, and never on a schema it does not know."""

from __future__ import annotations

import asyncio

import pytest

from gatelodge.base.errors import Mistake
from gatelodge.model import reads
from gatelodge.store import migration
from gatelodge.store.connect import connect
from gatelodge.store.database import SchemaMismatch
from gatelodge.store.postgres import PostgresDatabase, open_pool
from gatelodge.store.sqlite import SqliteDatabase

FIRST = migration.migration(
    "0001_first", "CREATE TABLE catalogue_version (version BIGINT NOT NULL);"
)
SECOND = migration.migration(
    "0002_more",
    "-- a comment; with a semicolon\n"
    "CREATE TABLE more (id TEXT PRIMARY KEY, raw BYTEA)\n"
    "-- sqlite: STRICT\n"
    "-- postgres: WITH (fillfactor = 80)\n"
    ";\nINSERT INTO catalogue_version (version) VALUES (7);\n",
)
BROKEN = migration.migration("0003_broken", "CREATE TABLE extra (id TEXT); NONSENSE;")


@pytest.fixture(params=["file", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request) -> str:
    return request.param


@pytest.fixture
async def opening(engine, request, tmp_path):
    """Opens the one database with whatever timeline a program of that age has."""
    opened: list[SqliteDatabase | PostgresDatabase] = []
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else ""

    async def open_with(*steps) -> SqliteDatabase | PostgresDatabase:
        database = (
            await open_pool(url, pool_size=2, patience=5, steps=steps)
            if engine == "postgres"
            else SqliteDatabase(str(tmp_path / "store.db"), steps=steps)
        )
        opened.append(database)
        return database

    yield open_with
    for database in opened:
        await database.close()


async def test_each_step_is_applied_once(opening):
    young = await opening(FIRST)
    assert await young.migrate() == ("0001_first",)
    assert await young.migrate() == ()
    await young.check_schema()
    grown = await opening(FIRST, SECOND)
    with pytest.raises(SchemaMismatch, match=r"older.*0002_more.*db migrate"):
        await grown.check_schema()
    assert await grown.migrate() == ("0002_more",)
    await grown.check_schema()
    assert (await grown.read(reads.Pulse())).version == 7


async def test_an_empty_database_is_too_old(opening):
    with pytest.raises(SchemaMismatch, match="older"):
        await (await opening(FIRST)).check_schema()


async def test_an_old_program_refuses_a_newer_schema(opening):
    await (await opening(FIRST, SECOND)).migrate()
    old = await opening(FIRST)
    with pytest.raises(SchemaMismatch, match=r"newer.*0002_more"):
        await old.check_schema()
    with pytest.raises(SchemaMismatch, match="newer"):
        await old.migrate()


async def test_an_edited_step_is_refused(opening):
    await (await opening(FIRST)).migrate()
    edited = migration.migration("0001_first", FIRST.text + "\n")
    other = await opening(edited, SECOND)
    with pytest.raises(SchemaMismatch, match="0001_first"):
        await other.migrate()
    with pytest.raises(SchemaMismatch, match="0001_first"):
        await other.check_schema()


async def test_a_step_that_fails_leaves_nothing_of_itself(opening):
    await (await opening(FIRST, SECOND)).migrate()
    broken = await opening(FIRST, SECOND, BROKEN)
    with pytest.raises(Exception, match="NONSENSE"):
        await broken.migrate()
    await (await opening(FIRST, SECOND)).check_schema()
    mended = migration.migration("0003_broken", "CREATE TABLE extra (id TEXT);")
    assert await (await opening(FIRST, SECOND, mended)).migrate() == ("0003_broken",)


async def test_several_programs_migrate_at_once_and_each_step_runs_once(opening):
    steps = (FIRST, SECOND)
    programs = [await opening(*steps) for _ in range(6)]
    applied = await asyncio.gather(*[program.migrate() for program in programs])
    assert sorted(name for names in applied for name in names) == [
        "0001_first",
        "0002_more",
    ]
    assert (await programs[0].read(reads.Pulse())).version == 7


def test_line_ends_do_not_change_a_checksum():
    changed = migration.migration("x", "a;\r\nb;\r\n")
    assert changed.checksum == migration.migration("x", "a;\nb;\n").checksum


def test_an_engine_sees_only_its_own_tails():
    sqlite, postgres = SECOND.statements("sqlite")[0], SECOND.statements("postgres")[0]
    assert "STRICT" in sqlite
    assert "BLOB" in sqlite
    assert "fillfactor" not in sqlite
    assert "fillfactor" in postgres
    assert "STRICT" not in postgres


@pytest.mark.parametrize("url", ["mysql://x/y", "store.db", "sqlite://", "sqlite:///"])
async def test_a_url_of_another_kind_is_a_mistake(url):
    with pytest.raises(Mistake):
        await connect(url)
