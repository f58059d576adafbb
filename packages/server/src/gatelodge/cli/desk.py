"""Where a command works: the configuration read, the database opened, errors told.

An operator's mistake ends as one message with a remedy and exit status 1; only our own
mistakes end in a traceback.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from gatelodge.base.change import Write
    from gatelodge.base.seal import Sealer
    from gatelodge.config import Config, Loaded
    from gatelodge.model.catalogue import Catalogue, CatalogueRows
    from gatelodge.model.user import Person
    from gatelodge.oauth.log import Witness
    from gatelodge.store.database import Database
    from gatelodge.system import SystemClock, SystemEntropy

T = TypeVar("T")
AGENT = "gatelodge cli"
_LINES = 4


class Globals:
    """The flags that any command takes, by setting name."""

    def __init__(self) -> None:
        self.flags: dict[str, str] = {}


class Desk:
    """An opened tenant, for the length of one command."""

    def __init__(
        self,
        config: Config,
        database: Database,
        *,
        clock: SystemClock,
        entropy: SystemEntropy,
    ) -> None:
        self.config = config
        self.database = database
        self.clock = clock
        self.entropy = entropy

    def sealer(self) -> Sealer:
        """The seal of the configured master key."""
        from gatelodge.base.seal import Sealer
        from gatelodge.config.master_key import master_keys

        return Sealer(master_keys(self.config, self.entropy))

    async def rows(self) -> CatalogueRows:
        """All configuration."""
        from gatelodge.model.reads import LoadCatalogue

        return await self.database.read(LoadCatalogue())

    async def catalogue(self) -> Catalogue:
        """All configuration, indexed."""
        from gatelodge.model.catalogue import index

        return index(await self.rows())

    async def person(self, typed: str) -> Person:
        """The account meant by a ``user_id`` or an e-mail address."""
        from gatelodge.base.text import email_key
        from gatelodge.model.reads import FindByEmail, FindPerson

        if "|" in typed:
            found = await self.database.read(FindPerson(user_id=typed))
            if found is None:
                raise click.ClickException(f"there is no account {typed!r}")
            return found
        people = await self.database.read(FindByEmail(email_key=email_key(typed)))
        if not people:
            raise click.ClickException(f"there is no account with e-mail {typed!r}")
        if len(people) > 1:
            ids = "\n  ".join(person.user.user_id for person in people)
            raise click.ClickException(
                f"several accounts have the e-mail {typed!r}, give the id:\n  {ids}"
            )
        return people[0]

    def witness(self) -> Witness:
        """An administrator, now."""
        from gatelodge.oauth.log import LOG_BYTES, Witness

        raw = self.entropy.draw(LOG_BYTES * _LINES)
        return Witness(at=self.clock.now(), ip="", agent=AGENT, raw=raw)

    def log(
        self,
        description: str,
        *,
        kind: str = "sapi",
        user_id: str | None = None,
        client_id: str | None = None,
        **details: Any,
    ) -> Write:
        """The log line of what an administrator did."""
        return self.witness().line(
            kind,
            user_id=user_id,
            client_id=client_id,
            description=description,
            **details,
        )

    async def commit(self, *writes: Write) -> None:
        """All or nothing; losing means somebody else was faster."""
        if not await self.database.commit(writes):
            raise click.ClickException(
                "nothing was changed: somebody else changed the same thing just now;"
                " look at it and try again"
            )


def load_config(ctx: click.Context, flags: Mapping[str, Any] | None = None) -> Loaded:
    """Settings from all sources, the command's own flags nearest."""
    import os
    from pathlib import Path

    from gatelodge.config import load

    known = dict(ctx.find_root().ensure_object(Globals).flags)
    file = known.pop("config", None)
    return load(
        flags={**known, **(flags or {})},
        environ=os.environ,
        file=Path(file) if file else None,
    )


def at_desk(
    ctx: click.Context, work: Callable[[Desk], Awaitable[T]], *, new: bool = False
) -> T:
    """Run ``work`` with an opened tenant; ``new`` makes one where there is none."""
    import asyncio

    async def opened() -> T:
        async with _desk(load_config(ctx).config, new=new) as desk:
            return await work(desk)

    with explained():
        return asyncio.run(opened())


def make_ready(config: Config) -> None:
    """Migrate, and make what is missing, before anything is served.

    So a lost key, a newer schema or a database that is down end as one message, and
    once, however many workers there will be.
    """
    import asyncio

    async def opened() -> None:
        async with _desk(config, new=True):
            pass

    asyncio.run(opened())


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what an operator can put right into one message."""
    from gatelodge.base.errors import Mistake
    from gatelodge.config import ConfigError
    from gatelodge.store.database import SchemaMismatch, StoreUnavailable

    try:
        yield
    except StoreUnavailable as error:
        raise click.ClickException(
            f"the database does not answer: {error}\ncheck --database"
        ) from None
    except (ConfigError, Mistake, SchemaMismatch) as error:
        raise click.ClickException(str(error)) from None


@contextlib.asynccontextmanager
async def _desk(config: Config, *, new: bool) -> AsyncIterator[Desk]:
    from gatelodge.model.reads import Pulse
    from gatelodge.store.connect import connect
    from gatelodge.system import SystemClock, SystemEntropy

    _require_file(config, new=new)
    path = config.sqlite_path
    fresh = new and path is not None and not path.is_file()
    clock, entropy = SystemClock(), SystemEntropy()
    sealer = Desk(config, None, clock=clock, entropy=entropy).sealer() if new else None  # type: ignore[arg-type]
    database = await connect(config.database_url, pool_size=2)
    try:
        if sealer is not None:
            from gatelodge.first_run import prepare

            await prepare(database, sealer=sealer, entropy=entropy, clock=clock)
            if fresh:
                click.echo(f"Made a new, empty tenant in {path}.", err=True)
        else:
            await database.check_schema()
        clock.follow((await database.read(Pulse())).now)
        yield Desk(config, database, clock=clock, entropy=entropy)
    finally:
        await database.close()


def _require_file(config: Config, *, new: bool) -> None:
    path = config.sqlite_path
    if path is None or new or path.is_file():
        return
    raise click.ClickException(
        f"there is no database {path}\nname it by --data-dir or --database, or make one"
        " by `gatelodge serve` or `gatelodge apply`"
    )
