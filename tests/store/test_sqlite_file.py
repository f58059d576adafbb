"""What a file promises: rights, durability, several processes, several event loops."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gatelodge.model import reads, writes
from gatelodge.store import sqlite_file
from gatelodge.store.connect import connect
from gatelodge.store.database import StoreUnavailable
from gatelodge.store.sqlite_checkpoint import Checkpointer
from tests.store import samples

COMMITTER = Path(__file__).with_name("committer.py")
KILLS = 20


def start(url: str, first: int, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, str(COMMITTER), url, str(first), str(count)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def whole_lines(output: str) -> list[int]:
    return [int(word) for word in output.rpartition("\n")[0].split()]


async def stored(url: str) -> tuple[list[int], int]:
    """The numbers in the log, and how many of their single-use values are missing."""
    database = await connect(url)
    lines = await database.read(reads.ListLog(limit=1_000_000))
    numbers = [int(line.id) for line in lines]
    half = [
        await database.commit([writes.SpendJti(key=str(number), expires_at=0)])
        for number in numbers
    ]
    await database.close()
    return numbers, half.count(True)


async def test_every_acknowledged_commit_survives_kill_9(file_url):
    chance, acknowledged = random.Random(7), []
    for kill in range(KILLS):
        process = start(file_url, kill * 1_000_000, 1_000_000)
        try:
            first = process.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
        finally:
            process.kill()
            output, errors = process.communicate(timeout=30)
        assert first, errors
        acknowledged += whole_lines(first + output)
    numbers, half_done = await stored(file_url)
    assert len(acknowledged) >= KILLS
    assert set(acknowledged) <= set(numbers)
    assert half_done == 0


async def test_two_processes_write_one_file(file_url):
    processes = [start(file_url, first, 150) for first in (0, 1000)]
    try:
        results = [process.communicate(timeout=60) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert [process.returncode for process in processes] == [0, 0], results
    numbers, half_done = await stored(file_url)
    assert numbers == [*range(150), *range(1000, 1150)]
    assert half_done == 0


async def test_the_file_and_its_log_belong_to_their_owner_alone(file_url, tmp_path):
    database = await connect(file_url)
    await database.migrate()
    files = list(tmp_path.glob("store.db*"))
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    await database.close()
    assert list(tmp_path.glob("store.db*")) == [tmp_path / "store.db"]


async def test_a_commit_is_synchronous_and_a_checkpoint_never_part_of_it(file_url):
    database = await connect(file_url)
    for connection in (database._writing, database._reading):
        pragmas = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
        ]
        assert pragmas == ["wal", 2, 0]
    await database.close()


async def test_the_log_is_copied_by_the_background_thread(file_url, tmp_path):
    database = await connect(file_url)
    await database.migrate()
    connections = []

    def connecting() -> sqlite3.Connection:
        connection = database._connect_idle()
        connections.append(connection)
        return connection

    checkpointer = Checkpointer(connecting, database._lock, every=1)
    size = (tmp_path / "store.db").stat().st_size
    for number in range(100):
        await database.commit([writes.AppendLog(line=samples.line(number))])
    checkpointer.count(1)
    deadline = time.monotonic() + 10
    while (tmp_path / "store.db").stat().st_size <= size:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    checkpointer.close()
    with pytest.raises(sqlite3.ProgrammingError):
        connections[0].execute("SELECT 1")
    await database.close()


def test_one_database_serves_one_event_loop_after_another(file_url):
    async def first():
        database = await connect(file_url)
        await database.migrate()
        return database

    async def write(database, number):
        return await database.commit([writes.AppendLog(line=samples.line(number))])

    database = asyncio.run(first())
    assert [asyncio.run(write(database, number)) for number in range(3)] == [True] * 3
    lines = asyncio.run(database.read(reads.ListLog()))
    assert len(lines) == 3
    asyncio.run(database.close())


async def test_a_cancelled_caller_harms_nobody(file_url):
    database = await connect(file_url)
    await database.migrate()
    tasks = [
        asyncio.ensure_future(
            database.commit([writes.AppendLog(line=samples.line(number))])
        )
        for number in range(40)
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[1::2] == [True] * 20
    assert await database.commit([writes.AppendLog(line=samples.line(99))])
    await database.close()


async def test_a_backup_is_a_database(file_url, tmp_path):
    database = await connect(file_url)
    await database.migrate()
    await database.commit([writes.InsertUser(user=samples.user())])
    await database.backup(str(tmp_path / "copy.db"))
    await database.close()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    copy = await connect(f"sqlite:///{tmp_path / 'copy.db'}")
    await copy.check_schema()
    person = await copy.read(reads.FindPerson(user_id=samples.ADA))
    await copy.close()
    assert person is not None
    assert person.user == samples.user()


async def test_a_writer_that_never_lets_go_is_unavailable_not_a_hang(
    file_url, tmp_path
):
    database = await connect(file_url, patience=0.1)
    await database.migrate()
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    plan = [writes.AppendLog(line=samples.line())]
    with pytest.raises(StoreUnavailable):
        await database.commit(plan)
    assert await database.read(reads.TailLog()) == ()
    other.execute("ROLLBACK")
    other.close()
    assert await database.commit(plan)
    await database.close()


async def test_a_full_disk_loses_the_commit_and_nothing_else(file_url):
    database = await connect(file_url)
    await database.migrate()
    small = writes.AppendLog(line=samples.line(1))
    large = writes.AppendLog(line=samples.line(2, agent="x" * 10_000_000))
    assert await database.commit([small])
    pages = database._writing.execute("PRAGMA page_count").fetchone()[0]
    database._writing.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StoreUnavailable):
        await database.commit([large])
    assert await database.commit([writes.AppendLog(line=samples.line(3))])
    assert len(await database.read(reads.TailLog())) == 2
    await database.close()


async def test_what_is_no_database_is_unavailable(tmp_path):
    (tmp_path / "text.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(StoreUnavailable):
        await connect(f"sqlite:///{tmp_path / 'text.db'}")
    with pytest.raises(StoreUnavailable, match="make sure that"):
        await connect(f"sqlite:///{tmp_path / 'missing' / 'store.db'}")


async def test_a_closed_database_says_so(file_url):
    database = await connect(file_url)
    await database.migrate()
    await database.close()
    await database.close()
    with pytest.raises(StoreUnavailable):
        await database.commit([writes.BumpCatalogue()])
    with pytest.raises(StoreUnavailable):
        await database.read(reads.Pulse())


def test_only_failures_of_file_and_lock_mean_later():
    plain = sqlite3.OperationalError("no such column")
    assert sqlite_file.translated(plain) is plain
