"""Every command's help as one page: ``python -m gatelodge.cli.reference``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

_WIDTH = 88
_HEAD = """\
# Command line

<!-- Printed from gatelodge/cli by `python -m gatelodge.cli.reference`. -->

`--config`, `--database`, `--data-dir` and `--issuer` may stand before or after any
command. Every other setting is in the [configuration](configuration.md).
"""


def page(root: click.Group) -> str:
    """``docs/reference/cli.md``."""
    sections = (
        f"\n## `{name}`\n\n```text\n{text}\n```\n" for name, text in _helps(root, ())
    )
    return _HEAD + "".join(sections)


def _helps(command: click.Command, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    path = (*above, command.name or "") if above else ("gatelodge",)
    name = " ".join(path)
    context = click.Context(
        command,
        info_name=name,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        **{"help_option_names": ["-h", "--help"], **command.context_settings},
    )
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for inner in sorted(command.commands):
            yield from _helps(command.commands[inner], path)


if __name__ == "__main__":
    from gatelodge.cli.main import cli

    sys.stdout.write(page(cli))
