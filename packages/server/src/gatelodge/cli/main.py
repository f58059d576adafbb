"""The root command and its global flags.

Modules of this room import ``click`` only; what a command needs is imported when it
runs, so that ``gatelodge --help`` answers at once.
"""

from __future__ import annotations

import click

from gatelodge.cli import (
    apply,
    clients,
    config,
    connections,
    consents,
    db,
    demo,
    doctor,
    export,
    factors,
    keys,
    logs,
    roles,
    serve,
    sessions,
    users,
)
from gatelodge.cli.desk import Globals

_GLOBAL = {
    "--config": ("FILE", "Settings file; ./gatelodge.toml is read without asking."),
    "--database": ("URL", "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."),
    "--data-dir": ("DIR", "Folder of the SQLite file and the master key."),
    "--issuer": ("URL", "The URL apps know this server by."),
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gatelodge", prog_name="gatelodge")
def cli() -> None:
    """Sign people in from native apps and let them call your APIs.

    `gatelodge serve` starts a server on this machine; nothing needs to be set.
    `gatelodge apply tenant.yaml` registers apps, APIs and people from a file.
    The options below may stand before or after a command.

    Exit status: 0 done, 1 refused or failed, 2 wrong usage.
    """


def _take(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Keep a global flag; the one nearest to the command wins."""
    given = ctx.find_root().ensure_object(Globals)
    if value is not None and param.name is not None:
        given.flags[param.name] = value


def _accept_globals(command: click.Command, *, shown: bool) -> None:
    """Let the global flags stand here too; only the root's help lists them."""
    for flag, (metavar, about) in _GLOBAL.items():
        option = click.Option(
            [flag],
            metavar=metavar,
            help=about,
            hidden=not shown,
            expose_value=False,
            callback=_take,
            envvar="GATELODGE_CONFIG" if shown and flag == "--config" else None,
        )
        command.params.append(option)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _accept_globals(inner, shown=False)


for _command in (
    serve.serve,
    demo.demo,
    apply.apply,
    export.export,
    users.users,
    roles.roles,
    factors.factors,
    sessions.sessions,
    consents.consents,
    clients.clients,
    clients.apis,
    connections.connections,
    logs.logs,
    keys.keys,
    doctor.doctor,
    db.db,
    config.config,
):
    cli.add_command(_command)
_accept_globals(cli, shown=True)


def main() -> None:
    """Run the command line."""
    cli(prog_name="gatelodge")
