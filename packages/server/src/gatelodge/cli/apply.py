"""``gatelodge apply FILE``: make the tenant what a file says."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from gatelodge.cli import show
from gatelodge.cli.desk import Desk, at_desk

if TYPE_CHECKING:
    from gatelodge.tenantfile.changes import Plan

_PENDING = 2


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Show the differences, write nothing.")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="With --dry-run: exit 2 when something would change.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete what the sections of the file do not name.",
)
@show.yes_option
@click.pass_context
def apply(
    ctx: click.Context,
    file: str,
    dry_run: bool,
    detailed_exitcode: bool,
    prune: bool,
    yes: bool,
) -> None:
    """Make clients, APIs, roles and people what FILE says.

    FILE is the tenant.yaml of auth0-deploy-cli or an export of ours, in YAML, JSON or
    TOML; "-" reads YAML from standard input. ##KEY## and @@KEY@@ are replaced from
    the environment. What the file does not name stays. A second run changes nothing.
    """
    raw, name = _read(file)
    pending = at_desk(
        ctx,
        lambda desk: _apply(desk, raw, name, dry_run=dry_run, prune=prune, yes=yes),
        new=True,
    )
    if dry_run and detailed_exitcode and pending:
        sys.exit(_PENDING)


async def _apply(
    desk: Desk, raw: bytes, name: str, *, dry_run: bool, prune: bool, yes: bool
) -> bool:
    """Plan, show, commit; whether there was anything to change."""
    from gatelodge.cli import apply_commit, apply_plan, diff

    plan = await apply_plan.made(desk, raw, name, prune=prune)
    for warning in plan.warnings:
        click.secho(f"{name}: warning: {warning}", fg="yellow", err=True)
    if not plan.changes:
        click.echo("Nothing to change.")
        return False
    diff.show(plan)
    if dry_run:
        click.echo(f"{diff.summary(plan, 'Would change')}. Nothing was written.")
        return True
    _confirm_deletions(plan, yes=yes)
    await apply_commit.commit(desk, plan)
    click.echo(f"{diff.summary(plan, 'Changed')}.")
    _show_secrets(plan)
    return True


def _read(file: str) -> tuple[bytes, str]:
    try:
        with click.open_file(file, "rb") as handle:
            return handle.read(), "standard input.yaml" if file == "-" else file
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None


def _confirm_deletions(plan: Plan, *, yes: bool) -> None:
    doomed = [one for one in plan.changes if one.kind == "delete"]
    if doomed:
        names = ", ".join(one.label for one in doomed[:5])
        more = f" and {len(doomed) - 5} more" if len(doomed) > 5 else ""  # noqa: PLR2004 - as many as shown
        show.confirm(f"Delete {names}{more}? This cannot be undone.", yes=yes)


def _show_secrets(plan: Plan) -> None:
    if not plan.secrets:
        return
    click.echo("New client secrets, shown this once:")
    for made in plan.secrets:
        click.echo(f"  {made.name} ({made.client_id}): {made.secret.reveal()}")
