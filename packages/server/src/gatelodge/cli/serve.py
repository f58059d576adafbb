"""``gatelodge serve``: start the server, or say why not."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import click

from gatelodge.cli.desk import explained, load_config, make_ready

_TAKEN = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)


def _flags(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each setting that may stand on a command line."""
    for name, about, many in reversed(_SETTINGS):
        command = click.option(
            "--" + name.replace(".", "-").replace("_", "-"),
            name.replace(".", "__"),
            multiple=many,
            metavar="VALUE",
            help=about,
        )(command)
    return command


_SETTINGS: tuple[tuple[str, str, bool], ...] = (
    ("listen", "Address to listen on, HOST:PORT; may be repeated.", True),
    ("workers", "Processes; more than 1 needs PostgreSQL.", False),
    ("more_issuers", "A further URL we answer under; may be repeated.", True),
    ("trusted_proxies", "Network (CIDR) of a reverse proxy; may be repeated.", True),
    ("database_pool", "PostgreSQL connections of one worker.", False),
    ("outbound_networks", "Network (CIDR) we may fetch from; may be repeated.", True),
    ("actions_folder", "Folder of functions that have a say in logins.", False),
    ("smtp", "Mail server; the environment keeps its password private.", False),
    ("mail_from", "Sender of mail where the tenant sets none.", False),
    ("sms", "Who sends texts; the environment keeps its password private.", False),
    ("sms_from", "Number or name that texts come from.", False),
    ("mailbox", "true or false: show mails and texts on a page.", False),
    ("master_key_file", "File of the master keys.", False),
    ("hashing.memory", "Memory of one password hash, in KiB.", False),
    ("hashing.passes", "Passes of one password hash.", False),
    ("hashing.threads", "Password hashes at one time.", False),
    ("log_level", "debug, info, warning or error.", False),
    ("log_format", "text or json.", False),
    ("drain_seconds", "Time for open requests when stopped.", False),
)


@click.command()
@_flags
@click.pass_context
def serve(ctx: click.Context, /, **given: Any) -> None:
    """Start the server and serve until stopped.

    Without any setting it listens on loopback, port 8421, keeps its data in
    ./gatelodge-data and shows mail on a page. What would be unsafe refuses to start.
    """
    from gatelodge.config import check

    with explained():
        flags = {name.replace("__", "."): value for name, value in given.items()}
        loaded = load_config(ctx, flags)
        problems = check(loaded.config)
        if problems:
            texts = "\n".join(str(problem) for problem in problems)
            raise click.ClickException(
                f"not started, because it would be unsafe\n{texts}"
            )
        make_ready(loaded.config)
        from gatelodge import build

        try:
            build.serve(loaded.config, _listening)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            raise click.ClickException(
                f"cannot listen on {', '.join(loaded.config.listen)}: {error.strerror}"
                "\nanother server may run there; choose another by --listen HOST:PORT"
            ) from None


def _listening(issuer: str) -> None:
    click.echo(f"Gatelodge is at {issuer}")
    click.echo(f"Discovery: {issuer}.well-known/openid-configuration")
