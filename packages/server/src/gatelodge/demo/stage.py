"""Where the desktop app plays: in its window, or with the terminal for a window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

from gatelodge.demo.company import Company
from gatelodge.demo.narrator import DemoFailed
from gatelodge.demo.robot import Robot
from gatelodge_app import App, Browser

if TYPE_CHECKING:
    from gatelodge.demo.timesheets.window import Window

_PATIENCE: Final = 600.0


class Stage(Protocol):
    """How the desktop app is asked to sign in and out."""

    def sign_in(self) -> None:
        """Sign in. Raises what the app raises, or ``DemoFailed``."""

    def sign_out(self) -> None:
        """Sign out, in the same way."""


class Bare:
    """No window: the app's methods are called."""

    def __init__(self, company: Company, app: App, browser: Browser) -> None:
        self._company, self._app, self._browser = company, app, browser

    def sign_in(self) -> None:
        """Sign in through the browser."""
        with self._company.served(self._app, self._browser):
            self._app.sign_in()

    def sign_out(self) -> None:
        """End tokens and session."""
        with self._company.served(self._app, self._browser):
            self._app.sign_out()


class Windowed:
    """The window's buttons, pressed by a person or, with a robot at hand, by us."""

    def __init__(
        self, company: Company, window: Window, *, app: App, browser: Browser
    ) -> None:
        self._company, self._window = company, window
        self._app, self._browser = app, browser

    def sign_in(self) -> None:
        """Have "Sign in" pressed, and wait."""
        self._play("Sign in", self._window.press_sign_in, self._window.signed_in)
        self._window.post(self._window.refresh)

    def sign_out(self) -> None:
        """Have "Sign out" pressed, and wait; a closed window signs out anyway."""
        if self._window.closed.is_set():
            self._company.narrator.say("The window is closed: the app signs out now.")
            self._app.sign_out()
            return
        self._window.post(self._window.refresh)
        self._play("Sign out", self._window.press_sign_out, self._window.signed_out)

    def _play(
        self, button: str, press: Callable[[], None], done: threading.Event
    ) -> None:
        narrator = self._company.narrator
        if isinstance(self._browser, Robot):
            narrator.say(f"In the window, {button} is pressed.")
            self._browser.serve(self._app)
            self._window.post(press)
        else:
            narrator.say(f"Now press {button} in the window.", "bold")
        until = time.monotonic() + _PATIENCE
        while not done.wait(0.1):
            if isinstance(self._browser, Robot):
                self._browser.check()
            if self._window.closed.is_set():
                raise DemoFailed(f"the window was closed before {button} was pressed")
            if time.monotonic() > until:
                raise DemoFailed(f"nobody pressed {button} in ten minutes")
