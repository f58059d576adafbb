# ruff: noqa: INP001 - a script, run by its path
"""What storage costs: one rotation, many at once, one read by key.

Run it with ``python bench/store_ops.py [--postgres URL]``. SQLite is a file with an
fsync at each commit. Wall time and this process's CPU time, in microseconds an
operation; the database server's own CPU time is not in the second figure.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from gatelodge.model import reads, writes
from gatelodge.model.grant import Authentication, Device, Family
from gatelodge.model.log import LogLine
from gatelodge.model.user import User
from gatelodge.store.connect import connect
from gatelodge.store.database import Database

FAMILIES = 1_000
ROUNDS = 3


def family(number: int) -> Family:
    """A family as a phone has it."""
    return Family(
        id=f"family-{number}",
        seed=bytes(32),
        generation=0,
        rotated_at=0,
        client_id="client",
        user_id="auth0|ada",
        sid="sid",
        audience="https://timesheets.example/api",
        scopes=("openid", "offline_access", "read:timesheets"),
        authentication=Authentication(auth_time=0, amr=("pwd",)),
        device=Device(ip="192.0.2.1", agent="a phone"),
        created_at=0,
        idle_until=1,
        expires_at=2,
    )


async def fill(database: Database) -> None:
    """One person with many families."""
    await database.migrate()
    user = User(user_id="auth0|ada", connection_id="c", email_key="a", email="a")
    await database.commit([writes.InsertUser(user=user)])
    for start in range(0, FAMILIES, 100):
        block = range(start, start + 100)
        await database.commit([writes.InsertFamily(family=family(n)) for n in block])


def turn(number: int) -> writes.TurnFamily:
    """The next rotation of one of the families."""
    generation, at = divmod(number, FAMILIES)
    return writes.TurnFamily(
        family_id=f"family-{at}",
        from_generation=generation,
        to_generation=generation + 1,
        rotated_at=number,
        used_at=number,
        idle_until=number,
        expires_at=number,
    )


def log(number: int) -> writes.AppendLog:
    """The line that tells of it."""
    line = LogLine(id=f"{number:013d}{id(log)}", type="sertft", at=number, user_id="u")
    return writes.AppendLog(line=line)


async def many(
    operation: Callable[[], Awaitable[object]], *, callers: int, times: int
) -> tuple[float, float]:
    """Wall and CPU microseconds an operation, the best of some rounds."""
    best = (float("inf"), float("inf"))
    for _ in range(ROUNDS):

        async def work() -> None:
            for _ in range(times // callers):
                await operation()

        wall, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*[work() for _ in range(callers)])
        done = times // callers * callers
        spent = (time.perf_counter() - wall, time.process_time() - used)
        best = min(best, (spent[0] / done * 1e6, spent[1] / done * 1e6))
    return best


async def measure(name: str, database: Database, times: int) -> None:
    """All figures of one engine."""
    await fill(database)
    numbers = count()

    async def rotate() -> None:
        if not await database.commit([turn(next(numbers))]):
            raise RuntimeError("a rotation nobody contends for was lost")

    async def rotate_and_log() -> None:
        number = next(numbers)
        if not await database.commit([turn(number), log(number)]):
            raise RuntimeError("a rotation nobody contends for was lost")

    async def find() -> None:
        await database.read(reads.FindFamily(family_id="family-7"))

    for label, operation in (
        ("TurnFamily", rotate),
        ("TurnFamily + AppendLog", rotate_and_log),
        ("FindFamily", find),
    ):
        for callers in (1, 64):
            wall, cpu = await many(operation, callers=callers, times=times)
            sys.stdout.write(
                f"{name:<10} {label:<24} {callers:>3} callers"
                f"  {wall:>7.0f} us wall  {cpu:>6.0f} us cpu\n"
            )


async def main() -> None:
    """Measure the engines that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="URL of an empty database")
    parser.add_argument("--times", type=int, default=6_400)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        sqlite = await connect(f"sqlite:///{folder}/bench.db")
        await measure("sqlite", sqlite, asked.times)
        await sqlite.close()
    if asked.postgres:
        postgres = await connect(asked.postgres, pool_size=8)
        await measure("postgres", postgres, asked.times)
        await postgres.close()


if __name__ == "__main__":
    asyncio.run(main())
