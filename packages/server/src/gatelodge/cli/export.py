"""``gatelodge export``: the tenant as a file that ``apply`` reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gatelodge.cli.desk import Desk, at_desk


@click.command()
@click.argument("file", metavar="[FILE]", required=False)
@click.option(
    "--hashes",
    is_flag=True,
    help="Password hashes and secret digests too: all that a restore needs.",
)
@click.pass_context
def export(ctx: click.Context, file: str | None, hashes: bool) -> None:
    """Write the tenant to FILE, or to standard output.

    The format is the one `gatelodge apply` reads, YAML or (with a name in .json) JSON.
    With --hashes the file is made readable for you alone; keep it like a password.
    """
    suffix = Path(file).suffix.lower() if file else ".yaml"
    if suffix not in {".yaml", ".yml", ".json"}:
        raise click.UsageError(f"{file}: give the file a name in .yaml or .json")
    text = at_desk(
        ctx, lambda desk: _exported(desk, hashes=hashes, as_json=suffix == ".json")
    )
    if file is None or file == "-":
        click.echo(text, nl=False)
        return
    _write(Path(file), text)
    click.echo(f"Wrote {file}", err=True)
    _warn_if_too_large(file, len(text.encode()))


async def _exported(desk: Desk, *, hashes: bool, as_json: bool) -> str:
    from gatelodge.cli.apply_plan import belongings, everyone
    from gatelodge.tenantfile import export as room

    rows = await desk.rows()
    people = [account async for account in everyone(desk)]
    if hashes:
        await desk.commit(desk.log("Export with hashes", accounts=len(people)))
    held = await belongings(desk, whole=hashes)
    data = room.to_file(rows, people, held, hashes=hashes)
    return room.dump(data, as_json=as_json)


def _write(path: Path, text: str) -> None:
    """Complete or not at all, for the owner alone."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="utf-8") as handle:
            handle.write(text)
        draft.replace(path)
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None


def _warn_if_too_large(file: str, size: int) -> None:
    from gatelodge.tenantfile.source import LARGEST

    if size > LARGEST[Path(file).suffix.lower()]:
        click.secho(
            "warning: too large to apply again as YAML; export to a .json file",
            fg="yellow",
            err=True,
            file=sys.stderr,
        )
