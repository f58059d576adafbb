"""One thread writes; whoever waits meanwhile shares its next fsync (group commit)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

import msgspec

from gatelodge.store.database import StoreUnavailable
from gatelodge.store.rows import Value
from gatelodge.store.sqlite_file import translated

Step: TypeAlias = tuple[str, dict[str, Value], int | None]
Outcome: TypeAlias = bool | Exception

_LARGEST_BATCH: Final = 256
_TAKEN: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
)


class Plan(msgspec.Struct, frozen=True):
    """The statements of one commit, and who waits for the outcome."""

    steps: tuple[Step, ...]
    waiting: asyncio.Future[bool]
    loop: asyncio.AbstractEventLoop


class _BatchLost(Exception):
    """The engine has undone the whole transaction, not only one plan."""


class Writer:
    """The writing connection and its thread.

    Args:
        connection: in autocommit mode, used under ``lock`` only.
        after: called with the number of plans after each batch.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        lock: threading.Lock,
        *,
        after: Callable[[int], None],
    ) -> None:
        self._connection = connection
        self._lock = lock
        self._after = after
        self._queue: SimpleQueue[Plan | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer")
        self._thread.daemon = True
        self._thread.start()

    def submit(self, steps: tuple[Step, ...]) -> asyncio.Future[bool]:
        """Queue one commit; the future belongs to the running loop."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[bool] = loop.create_future()
        self._queue.put(Plan(steps, waiting, loop))
        return waiting

    def close(self) -> None:
        """Write what was queued before this call, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._take()
            if batch:
                _deliver(batch, self._write(batch))
                self._after(len(batch))

    def _take(self) -> tuple[list[Plan], bool]:
        """Wait for one plan, then take all that are there."""
        batch: list[Plan] = []
        plan = self._queue.get()
        while plan is not None:
            batch.append(plan)
            if len(batch) == _LARGEST_BATCH:
                return batch, True
            try:
                plan = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _write(self, batch: list[Plan]) -> list[Outcome]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                outcomes = [self._carry_out(plan) for plan in batch]
                self._connection.execute("COMMIT")
            except (sqlite3.Error, _BatchLost) as error:
                self._undo()
                lost = StoreUnavailable(f"SQLite: {error}")
                return [lost] * len(batch)
        return outcomes

    def _carry_out(self, plan: Plan) -> Outcome:
        """One plan inside the transaction: all of it, or nothing of it."""
        execute = self._connection.execute
        execute("SAVEPOINT plan")
        outcome: Outcome = True
        try:
            for text, values, must in plan.steps:
                touched = execute(text, values).rowcount
                if must is not None and touched != must:
                    outcome = False
                    break
        except sqlite3.Error as error:
            outcome = self._judge(error)
        if outcome is not True:
            execute("ROLLBACK TO plan")
        execute("RELEASE plan")
        return outcome

    def _judge(self, error: sqlite3.Error) -> Outcome:
        if not self._connection.in_transaction:
            raise _BatchLost(str(error)) from error
        code = getattr(error, "sqlite_errorcode", None)
        return False if code in _TAKEN else translated(error)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _deliver(batch: list[Plan], outcomes: list[Outcome]) -> None:
    """Wake each event loop once, with all its outcomes."""
    by_loop: defaultdict[
        asyncio.AbstractEventLoop, list[tuple[asyncio.Future[bool], Outcome]]
    ] = defaultdict(list)
    for plan, outcome in zip(batch, outcomes, strict=True):
        by_loop[plan.loop].append((plan.waiting, outcome))
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:  # the loop was closed: nobody waits any more
            continue


def _settle(settled: list[tuple[asyncio.Future[bool], Outcome]]) -> None:
    for waiting, outcome in settled:
        if waiting.done():  # the caller was cancelled
            continue
        if isinstance(outcome, bool):
            waiting.set_result(outcome)
        else:
            waiting.set_exception(outcome)
