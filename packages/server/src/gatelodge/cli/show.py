"""How answers look: a table for people, lines for pipes, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click

_WHOLE = 2
_LONGEST_ID = 44

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON instead of a table."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
# Ids in base64url may begin with a dash: where one is an argument, no short option
# stands in its way, and what is no option is the argument.
DASHED = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


def rows(columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    """A table on a terminal; otherwise one tab-separated line a row."""
    texts = [[_text(cell) for cell in line] for line in lines]
    if not sys.stdout.isatty():
        for line in [list(columns), *texts]:
            click.echo("\t".join(line))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for at, name in enumerate(columns):
        longest = max((len(line[at]) for line in texts), default=0)
        # Ids stay in one piece, to be copied; what is long is folded.
        whole = longest if at < _WHOLE and longest <= _LONGEST_ID else None
        table.add_column(name, min_width=whole, overflow="fold")
    for line in texts:
        table.add_row(*(escape(cell) for cell in line))
    Console().print(table)


def pairs(values: Iterable[tuple[str, Any]]) -> None:
    """One ``name  value`` a line, the names aligned."""
    held = [(name, _text(value)) for name, value in values]
    width = max((len(name) for name, _ in held), default=0)
    for name, value in held:
        click.echo(f"{name:<{width}}  {value}".rstrip())


def as_json(value: Any, *, line: bool = False) -> None:
    """JSON, on one line or indented."""
    import msgspec

    raw = msgspec.json.encode(value)
    click.echo(raw if line else msgspec.json.format(raw, indent=2))


def moment(at: int | None) -> str:
    """A time of the database, or a dash for never."""
    from gatelodge.base.moment import iso

    return "-" if at is None else iso(at)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone; without a terminal, demand --yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Add --yes to say so.")
    click.confirm(question, abort=True)


def _text(cell: Any) -> str:
    from gatelodge.base.text import printable

    if cell is None or cell == "":
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, (list, tuple, frozenset)):
        return ", ".join(sorted(str(one) for one in cell)) or "-"
    return printable(str(cell), 2000)
