"""Which of PostgreSQL's errors mean what: try again, come back later, name taken."""

from __future__ import annotations

from typing import Final

import asyncpg  # type: ignore[import-untyped]  # ships no types

from gatelodge.store.database import StoreUnavailable

AGAIN: Final = (
    asyncpg.SerializationError,  # 40001
    asyncpg.DeadlockDetectedError,  # 40P01
)
"""The transaction was undone as a whole; nothing but trying again is needed."""

TAKEN: Final = asyncpg.UniqueViolationError

GUARD_LOST: Final = asyncpg.InvalidTextRepresentationError
"""What the cast of a lost guard raises; no other statement casts text."""

_LOST: Final = (
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
    EOFError,
)
_LATER: Final = (
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,  # class 53
    asyncpg.QueryCanceledError,  # statement_timeout
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby, during a failover
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresSystemError,
    asyncpg.StatementCompletionUnknownError,
    OSError,
    TimeoutError,
)


def is_lost(error: Exception) -> bool:
    """Whether the connection is gone: what was under way may have happened or not.

    asyncpg's ``InterfaceError`` is a connection closed under our hands, except where
    it is also a ``ValueError``: then an argument was wrong.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, _LOST)


def translated(error: Exception) -> Exception:
    """``StoreUnavailable`` where the database is to blame, else the error itself."""
    if is_lost(error) or isinstance(error, _LATER):
        return StoreUnavailable(f"PostgreSQL: {str(error) or type(error).__name__}")
    if isinstance(error, AGAIN):
        return StoreUnavailable(f"PostgreSQL: still in conflict ({error})")
    return error
