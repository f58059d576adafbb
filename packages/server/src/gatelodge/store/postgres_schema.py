"""Migrations on PostgreSQL: a transaction each, claimed by name."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import asyncpg  # type: ignore[import-untyped]  # ships no types

from gatelodge.store import migration
from gatelodge.store.migration import Migration
from gatelodge.store.postgres_pool import Connection

_TRIES: Final = 5
_LONGEST_SECONDS: Final = 3_600


async def migrate(
    connection: Connection, steps: Sequence[Migration]
) -> tuple[str, ...]:
    """Apply what is missing and return the names of what this call applied."""
    await _create_steps(connection)
    late = migration.missing(steps, await _applied(connection))
    return tuple([step.name for step in late if await _apply(connection, step)])


async def check(connection: Connection, steps: Sequence[Migration]) -> None:
    """Compare the database's steps with the program's."""
    try:
        applied = await _applied(connection)
    except asyncpg.UndefinedTableError:
        applied = {}
    migration.check(steps, applied)


async def _create_steps(connection: Connection) -> None:
    """``IF NOT EXISTS`` can still collide with a second process's catalogue rows."""
    for attempt in range(_TRIES):
        try:
            await connection.execute(migration.CREATE_STEPS)
        except (asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
            if attempt == _TRIES - 1:
                raise
        else:
            return


async def _applied(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch(migration.APPLIED)
    return {row[0]: row[1] for row in rows}


async def _apply(connection: Connection, step: Migration) -> bool:
    """Claim the step, which waits for whoever has it; False if it was done."""
    now = int(time.time() * 1000)
    async with connection.transaction():
        claimed = await connection.execute(
            migration.CLAIM, step.name, step.checksum, now
        )
        if not claimed.endswith(" 1"):
            return False
        # A schema change may take longer than a statement of a request.
        await connection.execute("SET LOCAL statement_timeout = 0")
        for text in step.statements("postgres"):
            await connection.execute(text, timeout=_LONGEST_SECONDS)
    return True
