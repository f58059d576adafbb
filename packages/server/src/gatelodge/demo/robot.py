"""Hands for a machine without a person: a browser that fills in the pages itself.

``Robot`` is what gatelodge-app calls to open the system browser; a ``Surfer`` does the
visit, in a thread of its own, as a browser is a program of its own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final, Protocol

from gatelodge.demo.narrator import DemoFailed
from gatelodge_app import App

_PATIENCE: Final = 15.0


class Surfer(Protocol):
    """One browser profile. All calls come from one thread."""

    def visit(self, url: str) -> None:
        """Go there, do what the pages ask, and end at the app. Raises anything."""

    def close(self) -> None:
        """Leave."""


class Robot:
    """The system browser, with someone at the keys. A profile lasts until ``close``."""

    def __init__(self, surfer: Callable[[], Surfer]) -> None:
        self._work: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._make = surfer
        self._app: App | None = None
        self._failed: str | None = None
        self._idle = threading.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def serve(self, app: App) -> None:
        """When a visit fails, this app stops waiting for it."""
        self._app = app

    def open(self, url: str) -> None:
        """What gatelodge-app calls; returns at once."""
        self._idle.clear()
        self._work.put(url)

    def settle(self) -> None:
        """Wait for the visit under way, so that it is told before what follows."""
        self._idle.wait(_PATIENCE)

    def check(self) -> None:
        """Raise ``DemoFailed`` if a visit has failed."""
        if self._failed is not None:
            raise DemoFailed(f"the browser could not finish: {self._failed}")

    def close(self) -> None:
        """Leave; waits for the visit under way."""
        self._work.put(None)
        self._thread.join(_PATIENCE)

    def _live(self) -> None:
        surfer: Surfer | None = None
        while (url := self._work.get()) is not None:
            try:
                surfer = surfer or self._make()
                surfer.visit(url)
            except Exception as failed:  # noqa: BLE001 - told to the story by check()
                self._failed = _first_line(failed)
                if self._app is not None:
                    self._app.cancel()
            finally:
                self._idle.set()
        if surfer is not None:
            surfer.close()


def _first_line(failed: Exception) -> str:
    """What happened; a browser's own report would fill pages."""
    return (str(failed).splitlines() or [type(failed).__name__])[0]
