"""The storage port: ask a question, commit changes, keep the schema in step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from gatelodge.base.change import Question, Write

A = TypeVar("A")


class StoreUnavailable(Exception):
    """The database cannot be reached or did not answer in time: 503, try again.

    From ``commit`` it may also mean that the outcome is unknown: the connection was
    lost after the commit had been sent.
    """


class SchemaMismatch(Exception):
    """The database's schema is not the one this code was written for."""


class Database(Protocol):
    """What the rest of the house may do with storage."""

    async def read(self, question: Question[A], /) -> A:
        """Answer ``question`` from one consistent moment.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        ...

    async def commit(self, writes: Sequence[Write], /) -> bool:
        """Carry out all writes in order, or none of them.

        False means that some write did not touch the number of rows it must touch,
        or that a name it wants is taken; then nothing has changed. No writes at all
        is True.

        Raises:
            StoreUnavailable: the database does not answer; see there.
        """
        ...

    async def migrate(self) -> tuple[str, ...]:
        """Apply the migrations that are missing and return their names.

        Raises:
            SchemaMismatch: the schema is newer than this code, or was changed.
        """
        ...

    async def check_schema(self) -> None:
        """Make sure that the schema is exactly the one of this code.

        Raises:
            SchemaMismatch: it is older, newer, or was changed.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of every connection."""
        ...
