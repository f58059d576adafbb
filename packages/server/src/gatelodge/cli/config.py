"""``gatelodge config``: what is set, and by what."""

from __future__ import annotations

import click

from gatelodge.cli import show
from gatelodge.cli.desk import explained, load_config


@click.group()
def config() -> None:
    """Look at the settings of this process."""


@config.command("show")
@click.option("--origin", is_flag=True, help="Tell where each value came from.")
@show.json_option
@click.pass_context
def show_config(ctx: click.Context, origin: bool, as_json: bool) -> None:
    """Print every setting; secrets are masked."""
    from gatelodge.config.reference import shown
    from gatelodge.config.sources import settings

    with explained():
        loaded = load_config(ctx)
    found = [
        (one.name, shown(loaded.config, one), loaded.origins[one.name])
        for one in settings()
    ]
    if as_json:
        show.as_json(
            {name: {"value": value, "origin": from_} for name, value, from_ in found}
        )
    elif origin:
        show.rows(("setting", "value", "origin"), found)
    else:
        show.pairs((name, value) for name, value, _ in found)
