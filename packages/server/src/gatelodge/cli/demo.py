"""``gatelodge demo``: the main job, live."""

from __future__ import annotations

import sys

import click

from gatelodge.cli.desk import explained


@click.command()
@click.option("--stay", is_flag=True, help="Keep everything running to explore it.")
@click.option(
    "--headless/--window",
    default=None,
    help="Never, or always, open windows; without it the display decides.",
)
def demo(stay: bool, headless: bool | None) -> None:
    """Watch a native app sign in, call an API, renew and sign out."""
    from gatelodge import demo as room

    with explained():
        try:
            sys.exit(room.run(stay, headless))
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"the demo needs {error.name}: pip install 'gatelodge[demo]'"
            ) from None
