"""Put it on: set the scene, choose who acts, tell the story, clear everything away."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from gatelodge.demo import processes, setting, story
from gatelodge.demo.company import Company, choose_hands
from gatelodge.demo.narrator import DemoFailed, Narrator, StoryEnded
from gatelodge.demo.options import Options, has_display
from gatelodge.demo.report import Report
from gatelodge.demo.setting import Place
from gatelodge.demo.stage import Bare, Windowed
from gatelodge.demo.staying import stay
from gatelodge.demo.timesheets.client import Timesheets
from gatelodge.demo.timesheets.colours import chosen
from gatelodge_app import App

if TYPE_CHECKING:
    from gatelodge.demo.timesheets.window import Window

_INTERRUPTED: Final = 130
_WHO: Final = {
    "person": "You sign in, in your browser.",
    "chromium": "No display is used: Chromium signs in without a window.",
    "forms": "No display and no browser are used: the real forms are sent over HTTP.",
}

_WIDE: Final = 98


def play(options: Options) -> int:
    """Everything; 0 when it went well, 1 when a step failed, 130 after Ctrl-C."""
    report = Report(options.report)
    narrator = Narrator(Console(highlight=False, width=_width()), report)
    processes.end_politely()
    narrator.opening(
        "Gatelodge: a native app signs in through the browser and calls its API",
        "Every process, request and check below is real. Secrets are shown in part.",
    )
    try:
        status = _whole(narrator, options)
    except StoryEnded:
        narrator.say("The demo ended here.", "bold red")
        status = 1
    except KeyboardInterrupt:
        narrator.say("Stopped.", "bold")
        status = _INTERRUPTED
    report.write(status)
    return status


def _whole(narrator: Narrator, options: Options) -> int:
    with (
        setting.folder(keep=options.stay) as where,
        contextlib.ExitStack() as running,
    ):
        place = _scene(narrator, running, where=where, options=options)
        with _company(narrator, place, options) as company:
            _act(company, options)
            if options.stay:
                stay(company, where)
    narrator.blank()
    narrator.say("Everything worked, and everything is stopped.", "bold green")
    return 0


def _scene(
    narrator: Narrator,
    running: contextlib.ExitStack,
    *,
    where: Path,
    options: Options,
) -> Place:
    """The first steps: what runs until the end."""
    with narrator.step("A server", "Embedded database, on this machine only."):
        issuer = running.enter_context(setting.server(narrator, where))
        narrator.fact("issuer", issuer)
    with narrator.step("A tenant, from a file", "Two apps, one API, two roles."):
        people = setting.tenant(narrator, where, issuer)
        lines = [(one.email, one.password, ", ".join(one.roles)) for one in people]
        narrator.table("People", ("e-mail", "password", "role"), lines)
    with narrator.step("An API", "FastAPI, protected by gatelodge-guard."):
        api = running.enter_context(
            setting.api(narrator, where, issuer=issuer, options=options)
        )
    with narrator.step(
        "A second company",
        "Another Gatelodge: its people may sign in here, vouched for by OpenID.",
    ):
        partner = running.enter_context(setting.partner(narrator, where, issuer))
    return Place(issuer, api, where, people, partner)


@contextlib.contextmanager
def _company(narrator: Narrator, place: Place, options: Options) -> Iterator[Company]:
    hands = choose_hands(options)
    narrator.fact("hands", hands)
    narrator.blank()
    narrator.say(_WHO[hands], "bold")
    company = Company(narrator, place, hands)
    try:
        yield company
    finally:
        company.close()


def _act(company: Company, options: Options) -> None:
    browser = company.browser(company.place.people[0])
    app = company.desktop(browser)
    with _window(company, app, options) as window:
        company.narrator.fact("window", window is not None)
        if window is None:
            story.tell(company, Bare(company, app, browser), app, browser)
            return
        stage = Windowed(company, window, app=app, browser=browser)
        _beside(window, lambda: story.tell(company, stage, app, browser))


@contextlib.contextmanager
def _window(company: Company, app: App, options: Options) -> Iterator[Window | None]:
    """The desktop app's window; None where there is to be none."""
    wanted = has_display() if options.headless is None else not options.headless
    if not wanted:
        yield None
        return
    if importlib.util.find_spec("_tkinter") is None:
        company.narrator.say(
            "This Python has no tkinter (on Debian: python3-tk), so there is no window."
            " The story goes on in the terminal.",
            "yellow",
        )
        yield None
        return
    api = Timesheets(app, company.place.api)
    window = _opened(app, api, options)
    try:
        yield window
    finally:
        window.close()
        api.close()


def _opened(app: App, api: Timesheets, options: Options) -> Window:
    import tkinter as tk  # noqa: PLC0415 - not every Python has it

    from gatelodge.demo.timesheets.window import Window  # noqa: PLC0415 - needs tkinter

    try:
        colours = chosen(options.look)
        return Window(app, api, scale=options.scale, colours=colours)
    except tk.TclError as error:
        raise DemoFailed(f"no window can be opened: {error}; try --headless") from None


def _width() -> int | None:
    """What is read by no terminal is not broken at its edge: addresses stay whole."""
    return None if sys.stdout.isatty() else _WIDE


def _beside(window: Window, work: Callable[[], None]) -> None:
    """Tell the story in a thread; the window has the main one, as windows must."""
    failed: list[BaseException] = []

    def tell() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed.append(error)
        finally:
            window.post(window.close)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    window.run()
    thread.join()
    if failed:
        raise failed[0]
