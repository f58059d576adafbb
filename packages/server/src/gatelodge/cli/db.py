"""``gatelodge db``: the schema and a copy."""

from __future__ import annotations

from pathlib import Path

import click

from gatelodge.cli.desk import Desk, at_desk, explained, load_config


@click.group()
def db() -> None:
    """The database: its schema, a backup."""


@db.command("migrate")
@click.pass_context
def migrate(ctx: click.Context) -> None:
    """Bring the schema up to this version; running nodes may stay up."""
    import asyncio

    with explained():
        url = load_config(ctx).config.database_url
        done = asyncio.run(_migrate(url))
    click.echo(f"Applied {', '.join(done)}." if done else "The schema is up to date.")


@db.command("backup")
@click.argument("file", metavar="FILE")
@click.pass_context
def backup(ctx: click.Context, file: str) -> None:
    """Copy a SQLite database into FILE while the server runs.

    Keep the master key with it, but not in the same place: the copy is of no use
    without the key.
    """
    path = Path(file)
    if path.exists():
        raise click.ClickException(f"{file} is there already: choose another name")
    at_desk(ctx, lambda desk: _backup(desk, path))
    click.echo(f"Wrote {file}. The master key is not in it: keep a copy of that too.")


async def _migrate(url: str) -> tuple[str, ...]:
    from gatelodge.store.connect import connect

    database = await connect(url, pool_size=1)
    try:
        return await database.migrate()
    finally:
        await database.close()


async def _backup(desk: Desk, path: Path) -> None:
    from gatelodge.store.sqlite import SqliteDatabase

    if not isinstance(desk.database, SqliteDatabase):
        raise click.ClickException(
            "this is PostgreSQL: use pg_dump, or `gatelodge export --hashes FILE`"
        )
    await desk.database.backup(str(path))
