"""Moving the write-ahead log into the database file, off the path of any commit.

A checkpoint inside a commit stalls it for tens of milliseconds, so SQLite's automatic
one is off. This thread copies most pages while commits go on; only the rest, and the
rewind of the log, hold the writer for a moment.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Final

_EVERY: Final = 2_000
_IDLE_SECONDS: Final = 5.0


class Checkpointer:
    """A thread of its own; ``lock`` is the writer's.

    Args:
        connect: makes a connection for this thread.
        every: commits between two checkpoints.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        lock: threading.Lock,
        *,
        every: int = _EVERY,
    ) -> None:
        self._connect = connect
        self._lock = lock
        self._every = every
        self._count = 0
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sqlite-checkpoint")
        self._thread.daemon = True
        self._thread.start()

    def count(self, commits: int) -> None:
        """Note that the log has grown; called by the writer's thread."""
        self._count += commits
        if self._count >= self._every:
            self._wake.set()

    def close(self) -> None:
        """Stop; what is left is copied when the last connection closes."""
        self._closing.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        connection = self._connect()
        try:
            while not self._closing.is_set():
                due = self._wake.wait(_IDLE_SECONDS)
                if not self._closing.is_set() and (due or self._count):
                    self._copy(connection)
        finally:
            connection.close()

    def _copy(self, connection: sqlite3.Connection) -> None:
        self._count = 0
        self._wake.clear()
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            with self._lock:
                connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        except (
            sqlite3.Error
        ):  # busy or out of space: the log stays, the next round tries again
            return
