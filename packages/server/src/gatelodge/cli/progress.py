"""A bar on a terminal for work that takes longer than a glance."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

_LONG = 50


@contextlib.contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields a function that counts steps; silent when short or not on a terminal."""
    if total < _LONG or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)
