"""A process that commits in a loop and says what was acknowledged, until it is killed.

Usage: ``python committer.py URL FIRST COUNT``; each line of its output is a number
whose commit was acknowledged.
"""

from __future__ import annotations

import asyncio
import sys

from gatelodge.model import writes
from gatelodge.model.log import LogLine
from gatelodge.store.connect import connect

CALLERS = 4


async def main(url: str, first: int, count: int) -> None:
    database = await connect(url, pool_size=CALLERS)
    await database.migrate()
    numbers = iter(range(first, first + count))

    async def work() -> None:
        for number in numbers:
            line = LogLine(id=f"{number:013d}", type="s", at=number)
            spend = writes.SpendJti(key=str(number), expires_at=number)
            if not await database.commit([spend, writes.AppendLog(line=line)]):
                raise SystemExit(f"{number} was refused")
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()

    await asyncio.gather(*[work() for _ in range(CALLERS)])
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
