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

LOST: Final = (
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
    EOFError,
)
"""The connection is gone; what was under way may or may not have happened."""

_LATER: Final = (
    *LOST,
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


def translated(error: Exception) -> Exception:
    """``StoreUnavailable`` where the database is to blame, else the error itself."""
    if isinstance(error, _LATER):
        return StoreUnavailable(f"PostgreSQL: {error or type(error).__name__}")
    if isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError):
        return StoreUnavailable(f"PostgreSQL: {error}")  # closed under our hands
    if isinstance(error, AGAIN):
        return StoreUnavailable(f"PostgreSQL: still in conflict ({error})")
    return error
