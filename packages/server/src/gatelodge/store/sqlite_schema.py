"""Migrations on SQLite: all missing ones in one transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from gatelodge.store import migration, sqlite_file
from gatelodge.store.migration import Migration


def migrate(
    connection: sqlite3.Connection, steps: Sequence[Migration]
) -> tuple[str, ...]:
    """Apply what is missing; a second process waits for the first and finds it done."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(migration.CREATE_STEPS)
        late = migration.missing(steps, _applied(connection))
        for step in late:
            _apply(connection, step)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise sqlite_file.translated(error) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return tuple(step.name for step in late)


def check(connection: sqlite3.Connection, steps: Sequence[Migration]) -> None:
    """Compare the database's steps with the program's."""
    try:
        applied = _applied(connection)
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise sqlite_file.translated(error) from error
        applied = {}
    migration.check(steps, applied)


def _applied(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute(migration.APPLIED).fetchall())


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    for text in step.statements("sqlite"):
        connection.execute(text)
    now = int(time.time() * 1000)
    values = {"1": step.name, "2": step.checksum, "3": now}
    connection.execute(migration.CLAIM, values)
