"""Open the system browser, the one place where a person should type a password.

RFC 8252 §6, §8.12. The address holds state and challenge: it is never logged.
"""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable
from typing import Protocol

from .errors import NoBrowser


class Browser(Protocol):
    """Anything that can show an address to the person."""

    def open(self, url: str) -> None:
        """Show it and return soon. Raises ``NoBrowser``."""


class SystemBrowser:
    """The person's own browser; the variable ``BROWSER`` names another.

    ``patience`` is how many seconds to wait for the launcher's verdict: a browser in
    the terminal runs until it is closed, and by then it has long been opened.
    """

    def __init__(self, patience: float = 4.0) -> None:
        self._patience = patience

    def open(self, url: str) -> None:
        """Hand the address to the browser."""
        verdict: list[bool] = []
        launch = threading.Thread(
            target=lambda: verdict.append(_launch(url)), daemon=True
        )
        launch.start()
        launch.join(self._patience)
        if verdict == [False]:
            raise NoBrowser(url)


class ShowAddress:
    """Show the address in words, for a terminal without a browser.

    The person must open it on this same machine, because the answer comes back to
    its loopback address.
    """

    def __init__(self, show: Callable[[str], object] = print) -> None:
        self._show = show

    def open(self, url: str) -> None:
        """Show it; the sign-in keeps waiting."""
        self._show(f"Open this address in a browser on this computer:\n\n  {url}\n")


def _launch(url: str) -> bool:
    try:
        return webbrowser.open(url)
    except (webbrowser.Error, OSError, ValueError):  # a BROWSER that cannot be read
        return False
