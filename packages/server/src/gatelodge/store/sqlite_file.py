"""Opening SQLite: the file, its rights, its pragmas, and which errors mean "later"."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

from gatelodge.store.database import StoreUnavailable

MEMORY: Final = ":memory:"
_OLDEST: Final = (3, 37)  # STRICT tables
_TRIES: Final = 50
_LATER: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


def prepare(path: str) -> None:
    """Create the file for its owner alone, before SQLite would by the umask.

    Raises:
        StoreUnavailable: it cannot be made, or this SQLite is too old.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreUnavailable(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or later is needed"
        )
    if path == MEMORY:
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(
            f"the database file {path} cannot be opened for writing: {error.strerror};"
            f" make sure that {Path(path).parent} exists and belongs to this user"
        ) from error


def connect(path: str, *, busy_timeout: int) -> sqlite3.Connection:
    """A connection in autocommit mode, durable at each commit.

    ``busy_timeout`` is in milliseconds.
    """
    try:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout}")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        connection.execute("PRAGMA cache_size = -16384")
    except sqlite3.Error as error:
        raise translated(error) from error
    return connection


def translated(error: sqlite3.Error) -> Exception:
    """What a failure of the file or of a lock is called outside; others as they are."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _LATER:
        return StoreUnavailable(f"SQLite: {error}")
    return error


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL; two processes that do so at once get in each other's way."""
    for attempt in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError:
            if attempt == _TRIES - 1:
                raise
            time.sleep(0.02)
        else:
            return
