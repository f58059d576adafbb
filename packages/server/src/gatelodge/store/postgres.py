"""PostgreSQL through asyncpg: READ COMMITTED, guarded writes, conflicts tried again.

A commit is a value, so a serialization failure or a deadlock is answered by carrying
it out once more. A connection lost before COMMIT was sent is, too; once it was sent
the outcome is unknown and the caller is told so.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar, cast

import asyncpg  # type: ignore[import-untyped]  # ships no types

from gatelodge.base.change import Question, Write
from gatelodge.base.errors import Mistake
from gatelodge.store import migration, postgres_schema
from gatelodge.store.migration import Migration
from gatelodge.store.postgres_errors import (
    AGAIN,
    GUARD_LOST,
    TAKEN,
    is_lost,
    translated,
)
from gatelodge.store.postgres_plan import Step, fused
from gatelodge.store.postgres_pool import Connection, Pool, make_pool
from gatelodge.store.rows import Value, arguments
from gatelodge.store.statement import Snapshot, chosen, clocked
from gatelodge.store.statements import READINGS, WRITINGS

A = TypeVar("A")

_CLOCK: Final = "CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000 AS BIGINT)"
_CONFLICTS: Final = 20
_LONGEST_PAUSE: Final = 0.2


async def open_pool(
    url: str,
    *,
    pool_size: int,
    patience: float,
    steps: tuple[Migration, ...] | None = None,
) -> PostgresDatabase:
    """Connect.

    Raises:
        StoreUnavailable: the server does not answer, or does not let us in.
    """
    try:
        pool = await make_pool(url, size=pool_size, patience=patience)
    except Exception as error:
        raise translated(error) from error
    return PostgresDatabase(pool, steps=steps)


class PostgresDatabase:
    """A pool of connections to one PostgreSQL database, for one event loop.

    Args:
        steps: the migrations, those of this program unless a test has others.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        steps: tuple[Migration, ...] | None = None,
    ) -> None:
        self._pool = pool
        self._steps = migration.timeline() if steps is None else steps

    async def read(self, question: Question[A], /) -> A:
        """See ``Database``; asked again once if the connection was lost."""
        try:
            return await self._ask(question)
        except Exception as error:
            if not is_lost(error):
                raise translated(error) from error
        return await self._guarded(lambda: self._ask(question))

    async def commit(self, writes: Sequence[Write], /) -> bool:
        """See ``Database``."""
        if not writes:
            return True
        steps = tuple([_step(write) for write in writes])
        apart = any(write.late for write in writes)
        return await self._guarded(lambda: self._persist(steps, apart=apart))

    async def migrate(self) -> tuple[str, ...]:
        """See ``Database``."""
        return await self._guarded(lambda: self._with(postgres_schema.migrate))

    async def check_schema(self) -> None:
        """See ``Database``."""
        await self._guarded(lambda: self._with(postgres_schema.check))

    async def close(self) -> None:
        """See ``Database``."""
        await self._guarded(self._pool.close)

    async def _guarded(self, work: Callable[[], Awaitable[A]]) -> A:
        try:
            return await work()
        except Exception as error:
            raise translated(error) from error

    async def _with(
        self, work: Callable[[Connection, tuple[Migration, ...]], Awaitable[A]]
    ) -> A:
        async with self._pool.acquire() as connection:
            return await work(connection, self._steps)

    async def _ask(self, question: Question[A]) -> A:
        reading = READINGS[type(question)]
        async with self._pool.acquire() as connection:
            if isinstance(reading, Snapshot):
                return cast("A", await _snapshot(connection, reading))
            text = clocked(chosen(reading.text, question), _CLOCK)
            rows = await connection.fetch(text, *arguments(question))
        return cast("A", reading.answer(rows))

    async def _persist(self, steps: Sequence[Step], *, apart: bool) -> bool:
        """Carry out the steps until no conflict undoes them."""
        for attempt in range(_CONFLICTS):
            try:
                return await self._once(steps, apart=apart)
            except AGAIN:
                if attempt == _CONFLICTS - 1:
                    raise
            await asyncio.sleep(_pause(attempt))
        raise AssertionError

    async def _once(self, steps: Sequence[Step], *, apart: bool) -> bool:
        try:
            whole = fused(steps) if len(steps) > 1 and not apart else None
            if whole is not None:
                return await self._as_one(*whole)
            if len(steps) == 1:
                return await self._alone(steps[0])
            return await self._step_by_step(steps)
        except TAKEN:
            return False

    async def _as_one(self, text: str, values: tuple[Value, ...]) -> bool:
        try:
            async with self._pool.acquire() as connection:
                await connection.fetch(text, *values)
        except GUARD_LOST:
            return False
        return True

    async def _alone(self, step: Step) -> bool:
        text, values, must = step
        async with self._pool.acquire() as connection:
            touched = _touched(await connection.execute(text, *values))
        if must is not None and touched > must:
            raise Mistake(f"{touched} rows touched where {must} was the most: {text}")
        return must is None or touched == must

    async def _step_by_step(self, steps: Sequence[Step]) -> bool:
        """A transaction; tried again once if the connection fails before COMMIT."""
        outcome = _Outcome()
        try:
            return await self._transaction(steps, outcome)
        except Exception as error:
            if outcome.commit_sent or not is_lost(error):
                raise
        return await self._transaction(steps, outcome)

    async def _transaction(self, steps: Sequence[Step], outcome: _Outcome) -> bool:
        async with self._pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                held = await _carry_out(connection, steps)
            except asyncpg.PostgresError:
                if not connection.is_closed():
                    await transaction.rollback()
                raise
            if not held:
                await transaction.rollback()
                return False
            outcome.commit_sent = True
            await transaction.commit()
        return True


class _Outcome:
    """Whether COMMIT may have reached the server."""

    def __init__(self) -> None:
        self.commit_sent = False


async def _carry_out(connection: Connection, steps: Sequence[Step]) -> bool:
    """False as soon as a write does not touch the rows it must touch."""
    for text, values, must in steps:
        touched = _touched(await connection.execute(text, *values))
        if must is not None and touched != must:
            return False
    return True


async def _snapshot(connection: Connection, reading: Snapshot) -> Any:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        found = [await connection.fetch(text) for text in reading.texts]
    return reading.answer(found)


def _step(write: Write) -> Step:
    return chosen(WRITINGS[type(write)], write), arguments(write), write.must


def _touched(status: str) -> int:
    """Rows, from a command tag such as ``UPDATE 1`` or ``INSERT 0 1``."""
    return int(status.rpartition(" ")[2])


def _pause(attempt: int) -> float:
    """Seconds before the next try, longer each time and never the same for two."""
    return random.uniform(0.0, min(_LONGEST_PAUSE, 0.002 * 2**attempt))  # noqa: S311 - only spreads retries
