"""SQLite: reads at once on the event loop, writes by one thread, durable by WAL.

A read by key takes microseconds, less than handing it to a thread would. ``commit``
answers after the fsync of the write-ahead log (``synchronous=FULL``).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from typing import Any, Final, TypeVar, cast

from gatelodge.base.change import Question, Write
from gatelodge.store import migration, sqlite_file, sqlite_schema
from gatelodge.store.database import StoreUnavailable
from gatelodge.store.migration import Migration
from gatelodge.store.rows import Value, arguments
from gatelodge.store.sqlite_checkpoint import Checkpointer
from gatelodge.store.sqlite_writer import Step, Writer
from gatelodge.store.statement import Reading, Rows, Snapshot, chosen, clocked
from gatelodge.store.statements import READINGS, WRITINGS

A = TypeVar("A")

_NUMBERS: Final = tuple(str(number) for number in range(1, 65))
_NO_CLOCK: Final = "NULL"


class SqliteDatabase:
    """A database in a file, or in memory for tests.

    It may be used from one event loop after another. In memory, reading and writing
    share one connection, and so one lock.

    Args:
        path: the file, made for its owner alone if it is not there; or ``:memory:``.
        busy_timeout: milliseconds to wait for another process's write.
        steps: the migrations, those of this program unless a test has others.
    """

    def __init__(
        self,
        path: str,
        *,
        busy_timeout: int = 5_000,
        steps: tuple[Migration, ...] | None = None,
    ) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._steps = migration.timeline() if steps is None else steps
        self._closed = False
        sqlite_file.prepare(path)
        self._lock = threading.Lock()
        self._writing = self._connect()
        self._in_memory = path == sqlite_file.MEMORY
        self._reading = self._writing if self._in_memory else self._connect()
        self._read_lock = self._lock if self._in_memory else threading.Lock()
        self._checkpointer = (
            None if self._in_memory else Checkpointer(self._connect_idle, self._lock)
        )
        self._writer = Writer(self._writing, self._lock, after=self._written)

    async def read(self, question: Question[A], /) -> A:
        """See ``Database``."""
        self._require_open()
        reading = READINGS[type(question)]
        if isinstance(reading, Snapshot):
            return cast("A", self._snapshot(reading))
        text = clocked(chosen(reading.text, question), _NO_CLOCK)
        values = _named(question)
        if reading.large and not self._in_memory:
            return cast(
                "A", await asyncio.to_thread(self._aside, reading, text, values)
            )
        return cast("A", reading.answer(self._rows(text, values)))

    async def commit(self, writes: Sequence[Write], /) -> bool:
        """See ``Database``."""
        if not writes:
            return True
        steps = tuple([_step(write) for write in writes])
        self._require_open()
        return await self._writer.submit(steps)

    async def migrate(self) -> tuple[str, ...]:
        """See ``Database``."""
        return await asyncio.to_thread(self._migrate)

    async def check_schema(self) -> None:
        """See ``Database``."""
        with self._read_lock:
            sqlite_schema.check(self._reading, self._steps)

    async def backup(self, path: str) -> None:
        """Copy the whole database into a new file while it is in use."""
        await asyncio.to_thread(self._backup, path)

    async def close(self) -> None:
        """See ``Database``."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._close)

    def _connect(self) -> sqlite3.Connection:
        return sqlite_file.connect(self._path, busy_timeout=self._busy_timeout)

    def _connect_idle(self) -> sqlite3.Connection:
        """For checkpoints, which rather come later than wait with the lock held."""
        return sqlite_file.connect(self._path, busy_timeout=0)

    def _require_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the database is closed")

    def _written(self, commits: int) -> None:
        if self._checkpointer is not None:
            self._checkpointer.count(commits)

    def _rows(self, text: str, values: dict[str, Value]) -> Rows:
        with self._read_lock:
            try:
                return self._reading.execute(text, values).fetchall()
            except sqlite3.Error as error:
                raise sqlite_file.translated(error) from error

    def _snapshot(self, reading: Snapshot) -> Any:
        with self._read_lock:
            try:
                self._reading.execute("BEGIN")
                found = [self._reading.execute(one).fetchall() for one in reading.texts]
            except sqlite3.Error as error:
                raise sqlite_file.translated(error) from error
            finally:
                if self._reading.in_transaction:
                    self._reading.execute("COMMIT")
        return reading.answer(found)

    def _aside(self, reading: Reading, text: str, values: dict[str, Value]) -> Any:
        """A large read on a connection of its own, in a thread."""
        connection = self._connect()
        try:
            return reading.answer(connection.execute(text, values).fetchall())
        except sqlite3.Error as error:
            raise sqlite_file.translated(error) from error
        finally:
            connection.close()

    def _migrate(self) -> tuple[str, ...]:
        with self._lock:
            return sqlite_schema.migrate(self._writing, self._steps)

    def _backup(self, path: str) -> None:
        sqlite_file.prepare(path)
        source = self._writing if self._in_memory else self._connect()
        target = sqlite3.connect(path)
        try:
            source.backup(target, pages=-1)
        except sqlite3.Error as error:
            raise sqlite_file.translated(error) from error
        finally:
            target.close()
            if source is not self._writing:
                source.close()

    def _close(self) -> None:
        self._writer.close()
        if self._checkpointer is not None:
            self._checkpointer.close()
        self._reading.close()
        self._writing.close()


def _named(value: Question[Any] | Write) -> dict[str, Value]:
    """SQLite calls ``$1`` by the name "1"."""
    return dict(zip(_NUMBERS, arguments(value), strict=False))


def _step(write: Write) -> Step:
    return chosen(WRITINGS[type(write)], write), _named(write), write.must
