"""The desktop window: its buttons pressed, what it then says.

``test_window.py`` runs these in a process of their own: Tk keeps its connection to a
display until its process ends, and would take a test worker along.
"""

from __future__ import annotations

import gc
import sys
import threading
import time

import pytest

from gatelodge.demo.timesheets.client import ApiRefused
from gatelodge.demo.timesheets.colours import DARK, LIGHT, chosen
from gatelodge.pages.contrast import parse_hex, ratio
from gatelodge_app import Cancelled, SignedOut, TokenSet, UserAborted

ME = {
    "sub": "auth0|ada",
    "name": "Ada",
    "email": "ada@example.com",
    "roles": ["employee"],
    "team": "blue",
    "scopes": ["read:timesheets", "create:timesheets"],
    "permissions": ["read:timesheets", "create:timesheets"],
}
REFUSED = ApiRefused(403, 'Bearer error="insufficient_scope", scope="approve:x"')


class App:
    """What the window needs of an app, with outcomes to choose."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.lives = 300
        self.waiting = threading.Event()

    def sign_in(self):
        if self.fails is not None:
            raise self.fails
        return self.tokens()

    def tokens(self, *, min_ttl=60):
        until = int(time.time() + self.lives) * 1000
        return TokenSet(
            access_token="a", expires_at=until, scope="", id_token="", user={}
        )

    def renew(self):
        self.lives = 900
        return self.tokens()

    def sign_out(self):
        return None

    def cancel(self):
        self.waiting.set()


class Api:
    def __init__(self) -> None:
        self.held: list = []
        self.fails: Exception | None = None

    def me(self):
        return ME

    def sheets(self):
        if self.fails is not None:
            raise self.fails
        return list(self.held)

    def add(self, day, hours, *, task):
        sheet = {"id": 1, "who": "Ada", "day": day, "hours": hours, "task": task}
        self.held.append({**sheet, "approved_by": None})
        return sheet

    def approve(self, number):
        raise REFUSED


@pytest.fixture
def opened():
    """A window, pumped by ``until``."""
    from gatelodge.demo.timesheets.window import Window

    windows = []

    def open_(app, api, scale=1.0, colours=LIGHT):
        windows.append(Window(app, api, scale=scale, colours=colours))
        return windows[-1]

    # Tcl aborts where a window's remains are collected by any thread but its own.
    gc.disable()
    yield open_
    for window in windows:
        window.close()
    windows.clear()
    gc.collect()
    gc.enable()


def until(window, true, seconds=10):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        window._root.update()
        time.sleep(0.01)
    assert true()


def words(widget):
    """All texts that the window shows, in one line."""
    widget.update()
    found = []
    for child in widget.winfo_children():
        if child.winfo_viewable() and "text" in child.configure():
            found.append(str(child.cget("text")))
        found.append(words(child))
    return " ".join(filter(None, found))


@pytest.fixture
def home(opened):
    app, api = App(), Api()
    window = opened(app, api)
    window.press_sign_in()
    until(window, window.signed_in.is_set)
    return window, app, api


def test_signed_in_it_shows_who_you_are_and_what_you_may(home):
    window, _, _ = home
    shown = words(window._root)
    for word in ("Ada", "ada@example.com", "Role: employee", "Team: blue"):
        assert word in shown
    assert "✕ approve them" in shown
    until(window, lambda: "No hours yet" in words(window._root))


def test_hours_are_added_to_the_list(home):
    window, _, api = home
    window._home.new.hours.set("7,5")
    window._home.new.task.set("Build")
    window.press_add()
    until(window, lambda: window._home.sheets.tree.get_children() == ("1",))
    assert api.held[0]["hours"] == 7.5
    assert "Written down: 7.5 hours." in words(window._root)


def test_hours_that_are_no_number_are_explained(home):
    window, _, api = home
    window._home.new.hours.set("many")
    window.press_add()
    assert "Hours are a number" in words(window._root)
    assert api.held == []


def test_the_refusal_to_approve_is_told_kindly(home):
    window, _, api = home
    api.add("2026-02-03", 8, task="Build")
    window.refresh()
    until(window, lambda: bool(window._home.sheets.tree.get_children()))
    assert str(window._home.approve.cget("state")) == "disabled"
    window._home.sheets.tree.selection_set("1")
    until(window, lambda: str(window._home.approve.cget("state")) == "normal")
    window.press_approve()
    until(window, lambda: "The API refused this: it needs approve:x" in _said(window))


def test_renewing_moves_the_countdown(home):
    window, _, _ = home
    window._tick()
    assert "4:5" in words(window._root)
    window.press_renew()
    until(window, lambda: "New tokens" in _said(window))
    window._tick()
    assert "14:5" in words(window._root)


def test_signing_out_leads_back_to_the_button(home):
    window, _, _ = home
    window.press_sign_out()
    until(window, window.signed_out.is_set)
    assert "never sees your password" in words(window._root)
    assert "ada@example.com" not in words(window._root)


def test_a_sign_in_that_the_provider_has_ended_leads_back_too(home):
    window, _, api = home
    api.fails = SignedOut("The provider has ended this sign-in.")
    window.refresh()
    until(window, window.signed_out.is_set)
    assert "The provider has ended this sign-in." in words(window._root)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UserAborted("access_denied"), "You did not sign in."),
        (ConnectionError("no"), "It did not work: no"),
    ],
)
def test_a_failed_sign_in_is_explained_and_can_be_tried_again(opened, error, said):
    app = App()
    window = opened(app, Api())
    app.fails = error
    window.press_sign_in()
    until(window, lambda: said in words(window._root))
    app.fails = None
    window.press_sign_in()
    until(window, window.signed_in.is_set)


def test_a_cancelled_sign_in_says_nothing(opened):
    app = App()
    window = opened(app, Api())

    def waits():
        app.waiting.wait(10)
        raise Cancelled("")

    app.sign_in = waits
    window.press_sign_in()
    assert "Your browser is open" in words(window._root)
    window.press_sign_in()
    until(window, lambda: "never sees your password" in words(window._root))
    assert app.waiting.is_set()


def test_in_the_smallest_window_the_list_gives_way_and_nothing_else(home):
    """What the API said and the line to write in stay whole; so do the days."""
    window, _, api = home
    window._root.geometry("760x500")
    api.held.append(
        {"id": 3, "who": "Ada", "day": "2026-11-11", "hours": 7.5, "task": "x"}
        | {"approved_by": None}
    )
    window.refresh()
    sheets = window._home.sheets
    until(window, sheets.tree.get_children)
    sheets.tree.selection_set("3")
    window.press_approve()
    until(window, lambda: "approve:x" in words(window._root))
    for shown in (sheets.words, window._home.new.frame):
        assert shown.winfo_height() >= shown.winfo_reqheight() > 1
        assert shown.winfo_width() >= shown.winfo_reqwidth()
    assert sheets.words.winfo_y() + sheets.words.winfo_height() <= (
        sheets.frame.winfo_height()
    )
    columns = sum(sheets.tree.column(c, "width") for c in sheets.tree["columns"])
    assert columns <= sheets.tree.winfo_width()
    assert sheets.tree.winfo_height() > 100


def test_at_twice_the_scale_everything_is_twice_as_large(opened):
    window = opened(App(), Api(), scale=2.0)
    window._root.update()
    assert window._root.winfo_width() == 1840


def _said(window):
    return str(window._home.sheets.words.cget("text"))


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_can_be_read_by_day_and_by_night(colours):
    grounds = (colours.ground, colours.card)
    for ink in (colours.ink, colours.soft, colours.accent, colours.wrong, colours.good):
        assert min(ratio(parse_hex(ink), parse_hex(one)) for one in grounds) >= 4.5, ink
    on = ratio(parse_hex(colours.on_accent), parse_hex(colours.accent))
    assert on >= 4.5


def test_by_night_nothing_is_left_in_the_colours_of_the_day(opened):
    window = opened(App(), Api(), colours=DARK)
    window.press_sign_in()
    until(window, window.signed_in.is_set)
    widgets, shown = [window._root], set()
    while widgets:
        widget = widgets.pop()
        widgets += widget.winfo_children()
        if "background" in widget.configure():
            shown.add(str(widget.cget("background")))
    assert shown <= {DARK.ground, DARK.card, DARK.line, DARK.accent, ""}


def test_the_system_is_asked_only_where_nothing_is_wished(monkeypatch):
    monkeypatch.setenv("GTK_THEME", "Adwaita:dark")
    assert (chosen("light"), chosen("dark")) == (LIGHT, DARK)
    if sys.platform == "linux":
        assert chosen("auto") == DARK
