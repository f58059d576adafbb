"""The pool of connections, with the timeouts that keep one slow part from spreading."""

from __future__ import annotations

from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]  # ships no types
from asyncpg.pool import PoolConnectionProxy  # type: ignore[import-untyped]  # ditto

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

_STATEMENT_SECONDS: Final = 10.0
_CACHED_STATEMENTS: Final = 256
_CACHE_OPTION: Final = "statement_cache_size"


async def make_pool(url: str, *, size: int, patience: float) -> Pool:
    """Connect to PostgreSQL.

    ``?statement_cache_size=0`` in the URL is for a proxy that hands each transaction
    to another server connection and does not follow prepared statements.
    """
    dsn, cache = _split(url)
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        timeout=patience,
        command_timeout=_STATEMENT_SECONDS + 2,
        statement_cache_size=cache,
        max_queries=0x7FFFFFFF,
        reset=_come_back_clean,
        server_settings={
            "application_name": "gatelodge",
            "default_transaction_isolation": "read committed",
            "idle_in_transaction_session_timeout": str(int(_STATEMENT_SECONDS * 1000)),
            "statement_timeout": str(int(_STATEMENT_SECONDS * 1000)),
        },
    )


async def _come_back_clean(connection: Connection) -> None:
    """No use leaves state behind; a transaction cut short is ended here."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


def _split(url: str) -> tuple[str, int]:
    """Take our own option out of the URL; the rest is libpq's."""
    parts = urlsplit(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    cache = int(dict(options).get(_CACHE_OPTION, _CACHED_STATEMENTS))
    kept = urlencode([pair for pair in options if pair[0] != _CACHE_OPTION])
    return urlunsplit(parts._replace(query=kept)), cache
