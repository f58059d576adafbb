"""The pool of connections, with the timeouts that keep one slow part from spreading.

asyncpg's own pool starts two tasks for each use, a fifth of what a statement costs;
this one pops a list. A connection whose use ended in anything but an answer of the
server is not used again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]  # ships no types

from gatelodge.store.database import StoreUnavailable

Connection: TypeAlias = asyncpg.Connection

_STATEMENT_SECONDS: Final = 10
_IDLE_SECONDS: Final = 300.0
_CACHED_STATEMENTS: Final = 256
_CACHE_OPTION: Final = "statement_cache_size"


class Pool:
    """At most ``size`` connections, made when they are needed; for one event loop.

    Args:
        connect: makes a connection.
        patience: seconds to wait for one to be free.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        size: int,
        patience: float,
    ) -> None:
        self._connect = connect
        self._patience = patience
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[Connection, float]] = []
        self._in_use: set[Connection] = set()
        self._clock = asyncio.get_running_loop().time
        self._closed = False

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """A connection for the length of a block.

        Raises:
            StoreUnavailable: none became free in time, or the pool is closed.
        """
        await self._place()
        try:
            connection = self._rested() or await self._connect()
            self._in_use.add(connection)
            try:
                yield connection
            except asyncpg.PostgresError:
                self._give_back(connection)
                raise
            except BaseException:
                self._discard(connection)
                raise
            self._give_back(connection)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Close what rests; whoever still works loses the connection."""
        self._closed = True
        for connection in tuple(self._in_use):
            self._discard(connection)
        while self._idle:
            connection, _ = self._idle.pop()
            await connection.close(timeout=self._patience)

    async def _place(self) -> None:
        if self._closed:
            raise StoreUnavailable("the database is closed")
        if not self._places.locked():
            await self._places.acquire()  # at once, without a timer
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("PostgreSQL: no connection became free") from error

    def _rested(self) -> Connection | None:
        """The connection used last, if it is open and has not rested too long."""
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_closed():
                continue
            if self._clock() - since < _IDLE_SECONDS:
                return connection
            connection.terminate()
        return None

    def _give_back(self, connection: Connection) -> None:
        if self._closed or connection.is_closed() or connection.is_in_transaction():
            self._discard(connection)
            return
        self._in_use.discard(connection)
        self._idle.append((connection, self._clock()))

    def _discard(self, connection: Connection) -> None:
        self._in_use.discard(connection)
        if not connection.is_closed():
            connection.terminate()


async def make_pool(url: str, *, size: int, patience: float) -> Pool:
    """Connect to PostgreSQL; the first connection is made at once.

    ``?statement_cache_size=0`` in the URL is for a proxy that hands each transaction
    to another server connection and does not follow prepared statements.
    """
    dsn, cache = _split(url)
    connect = partial(
        asyncpg.connect,
        dsn,
        timeout=patience,
        command_timeout=_STATEMENT_SECONDS + 2,
        statement_cache_size=cache,
        server_settings={
            "application_name": "gatelodge",
            "default_transaction_isolation": "read committed",
            "idle_in_transaction_session_timeout": str(_STATEMENT_SECONDS * 1000),
            "statement_timeout": str(_STATEMENT_SECONDS * 1000),
        },
    )
    pool = Pool(connect, size=size, patience=patience)
    async with pool.acquire():
        return pool


def _split(url: str) -> tuple[str, int]:
    """Take our own option out of the URL; the rest is libpq's."""
    parts = urlsplit(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    cache = int(dict(options).get(_CACHE_OPTION, _CACHED_STATEMENTS))
    kept = urlencode([pair for pair in options if pair[0] != _CACHE_OPTION])
    return urlunsplit(parts._replace(query=kept)), cache
