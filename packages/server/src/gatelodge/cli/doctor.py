"""``gatelodge doctor``: look at everything that goes wrong in practice."""

from __future__ import annotations

import sys

import click

from gatelodge.cli import show
from gatelodge.cli.desk import explained, load_config

_SIGNS = {"ok": ("ok", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command()
@show.json_option
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check configuration, files, database, keys, clock, issuer, TLS and mail.

    Exit status 1 when something fails; a warning alone exits 0.
    """
    import asyncio

    from gatelodge.cli.checks import everything

    with explained():
        config = load_config(ctx).config
        findings = asyncio.run(everything(config))
    if as_json:
        show.as_json(findings)
    else:
        for one in findings:
            word, colour = _SIGNS[one.state]
            click.secho(f"{word:<5}", fg=colour, nl=False)
            click.echo(f"{one.about}: {one.text}")
            if one.remedy:
                click.echo(f"      -> {one.remedy}")
    if any(one.state == "fail" for one in findings):
        sys.exit(1)
