"""From a URL to a database; only the driver that is needed is imported."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from gatelodge.base.errors import Mistake
from gatelodge.store.database import Database

_POSTGRES: Final = frozenset({"postgresql", "postgres"})


async def connect(url: str, *, pool_size: int = 10, patience: float = 5.0) -> Database:
    """Open the database of this URL; the schema is neither checked nor changed.

    ``sqlite:///file`` (relative), ``sqlite:////dir/file`` (absolute),
    ``sqlite:///:memory:`` or ``postgresql://user@host/name``.

    Args:
        url: where; see above.
        pool_size: connections to PostgreSQL at most.
        patience: seconds to wait for a lock of SQLite's or a connection of the pool.

    Raises:
        StoreUnavailable: it cannot be opened.
        Mistake: there is no such kind of database.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        from gatelodge.store.sqlite import SqliteDatabase  # noqa: PLC0415 - lazy

        return SqliteDatabase(_path(url), busy_timeout=int(patience * 1000))
    if scheme in _POSTGRES:
        from gatelodge.store.postgres import open_pool  # noqa: PLC0415 - lazy driver

        return await open_pool(url, pool_size=pool_size, patience=patience)
    raise Mistake(
        "the database URL must begin with sqlite:/// or postgresql://;"
        f" it begins with {scheme or 'no scheme'!r}"
    )


def _path(url: str) -> str:
    path = url.removeprefix("sqlite://").removeprefix("/")
    if not path:
        raise Mistake("the database URL names no file: sqlite:///gatelodge.db")
    return path
