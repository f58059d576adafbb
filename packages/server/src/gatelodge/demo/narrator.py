"""Tell the story in the terminal: numbered steps, the wire, the checks, the tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gatelodge.demo.report import Report
from gatelodge.demo.shorten import rows
from gatelodge.demo.timesheets.client import ApiRefused
from gatelodge.demo.wire import Exchange
from gatelodge_app import AppError

_INDENT: Final = 4
_REFUSED: Final = 400


class DemoFailed(Exception):
    """A step did not do what it should; the text says what and what to do."""


_FAILURES: Final = (DemoFailed, AppError, ApiRefused, httpx2.HTTPError, OSError)


class StoryEnded(Exception):
    """A step failed and was told; nothing more will happen."""


class Narrator:
    """Speaks to a person, and notes the facts for a machine."""

    def __init__(self, console: Console, report: Report) -> None:
        self._console = console
        self.report = report
        self._number = 0

    def opening(self, title: str, words: str) -> None:
        """What this is about, before the first step."""
        self._console.print()
        self._line(Text(title, style="bold blue"))
        self.say(words, "dim")

    @contextmanager
    def step(self, title: str, *words: str) -> Iterator[None]:
        """One numbered step. Raises ``StoryEnded`` after telling why it failed."""
        self._number += 1
        self._console.print()
        heading = Text.assemble((f"{self._number:>2}  ", "bold blue"), (title, "bold"))
        self._console.print(heading)
        for paragraph in words:
            self.say(paragraph)
        try:
            yield
        except _FAILURES as failed:
            self.report.step(title, str(failed))
            self._line(Text.assemble(("✗ ", "bold red"), (str(failed), "red")))
            raise StoryEnded(title) from failed
        self.report.step(title, None)

    def say(self, words: str, style: str = "") -> None:
        """A sentence or two."""
        self._line(Text(words, style=style))

    def wire(self, exchange: Exchange, sent: Sequence[str] | None = None) -> None:
        """A request and its answer; ``sent`` picks and orders what is shown."""
        where = urlsplit(exchange.url)
        style = "green" if exchange.status < _REFUSED else "yellow"
        line = Text.assemble(
            ("→ ", "blue"),
            (f"{exchange.method} ", "bold"),
            (f"{where.netloc}", "dim"),
            where.path,
            f"   {exchange.who}" if exchange.who else "",
        )
        self._console.print()
        self._line(line)
        self.pairs(exchange.sent if sent is None else _picked(exchange.sent, sent))
        back = Text.assemble(("← ", "blue"), (str(exchange.status), f"bold {style}"))
        if exchange.to:
            back.append(f"  to {exchange.to}")
        self._line(back)
        self.pairs(exchange.got)

    def pairs(self, values: Mapping[str, Any], most: int = 12) -> None:
        """Names and values, below each other."""
        if not values:
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in rows(values, most):
            grid.add_row(Text(name), Text(value))
        self._console.print(Padding(grid, (0, 0, 0, _INDENT + 2), expand=False))

    def checked(self, what: str, source: str = "") -> None:
        """Something was checked and held; ``source`` is where the rule stands."""
        where = (f"   {source}" if source else "", "dim")
        line = Text.assemble(("✓ ", "bold green"), what, where)
        self._line(line)

    def table(
        self, title: str, columns: Sequence[str], lines: Sequence[Sequence[str]]
    ) -> None:
        """A small table."""
        made = Table(
            title=f" {title}",
            title_justify="left",
            title_style="bold",
            border_style="dim",
            box=box.SIMPLE_HEAD,
        )
        for column in columns:
            narrow = column == columns[0]
            made.add_column(column, overflow="fold", header_style="dim", no_wrap=narrow)
        for line in lines:
            made.add_row(*(Text(cell) for cell in line))
        self._console.print(Padding(made, (1, 0, 0, _INDENT - 1), expand=False))

    def blank(self) -> None:
        """Room to breathe."""
        self._console.print()

    def fact(self, name: str, value: Any) -> None:
        """Note a fact in the report."""
        self.report.facts[name] = value

    def _line(self, line: Text) -> None:
        self._console.print(Padding(line, (0, 0, 0, _INDENT), expand=False))


def _picked(sent: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: sent[name] for name in names if name in sent}
