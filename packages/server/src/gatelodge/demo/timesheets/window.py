"""The desktop app's window: what the buttons do. Slow work runs beside it."""

from __future__ import annotations

import sys
import threading
import time
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from types import TracebackType
from typing import Any, Final

import httpx2

from gatelodge.demo.timesheets.background import Background
from gatelodge.demo.timesheets.client import ApiRefused, Timesheets
from gatelodge.demo.timesheets.colours import LIGHT, Colours
from gatelodge.demo.timesheets.look import Bar, Look, dress, mark
from gatelodge.demo.timesheets.views import NewSheet, Sheets, SignedOut, person
from gatelodge_app import App, AppError, Cancelled, TokenSet, UserAborted
from gatelodge_app import SignedOut as NobodySignedIn

_TICK: Final = 500
_REFRESH_TICKS: Final = 10
_UNPROCESSABLE: Final = 422


class Window:
    """The app's window. ``signed_in``, ``signed_out`` and ``closed`` tell others."""

    def __init__(
        self,
        app: App,
        api: Timesheets,
        *,
        scale: float | None = None,
        colours: Colours = LIGHT,
    ) -> None:
        self.signed_in, self.signed_out = threading.Event(), threading.Event()
        self.closed = threading.Event()
        self._app, self._api = app, api
        self._root = tk.Tk(className="Timesheets")
        self._root.title("Timesheets")
        self._root.report_callback_exception = self._report
        self._root.protocol("WM_DELETE_WINDOW", self.close)
        self._look: Look = dress(self._root, scale, colours)
        self._beside = Background(self._root)
        self._interrupted = False
        self._waiting = False
        self._leaving = False
        self._ticks = 0
        self._life: tuple[int, int] | None = None
        self._home: Home | None = None
        self._gate = SignedOut(self._root, self._look, press=self.press_sign_in)
        self._size()
        self._show_gate()

    def run(self) -> None:
        """Show it until it is closed. Raises ``KeyboardInterrupt`` after Ctrl-C."""
        self._root.after(_TICK, self._tick)
        self._root.mainloop()
        if self._interrupted:
            raise KeyboardInterrupt

    def post(self, act: Callable[[], Any]) -> None:
        """Do something in the window's own thread; for all others."""
        if not self.closed.is_set():
            self._beside.post(act)

    def close(self) -> None:
        """Close the window; a sign-in under way is given up."""
        if self.closed.is_set():
            return
        self.closed.set()
        self._app.cancel()
        self._beside.close()
        self._root.destroy()

    def press_sign_in(self) -> None:
        """The one button of the first view: sign in, or give up waiting."""
        if self._waiting:
            self._app.cancel()
            return
        self._waiting = True
        self._gate.wait()
        self._beside.do(self._app.sign_in, self._welcome, self._not_in)

    def press_sign_out(self) -> None:
        """End the tokens and the browser's session; meanwhile nothing else is asked."""
        if self._leaving:
            return
        self._leaving = True
        self._beside.do(self._app.sign_out, lambda _none: self._out(), self._out)

    def press_renew(self) -> None:
        """A new access token, although the old one still lives."""
        self._beside.do(self._app.renew, self._renewed, self._sorry)

    def press_approve(self) -> None:
        """Approve the selected sheet; a refusal is explained."""
        number = None if self._home is None else self._home.sheets.chosen
        if number is not None:
            self._beside.do(
                lambda: self._api.approve(number), self._approved, self._sorry
            )

    def press_add(self) -> None:
        """Write down the hours of the input line."""
        if self._home is None:
            return
        new = self._home.new
        day, task = new.day.get().strip(), new.task.get().strip()
        try:
            hours = float(new.hours.get().replace(",", "."))
        except ValueError:
            self._home.sheets.say("Hours are a number, such as 7.5.", wrong=True)
            return
        self._beside.do(
            lambda: self._api.add(day, hours, task=task), self._added, self._sorry
        )

    def refresh(self) -> None:
        """Ask the API for the list."""
        if self._home is not None and not self._leaving:
            self._beside.do(self._asked, self._listed, self._sorry)

    def _welcome(self, tokens: TokenSet) -> None:
        self._measure(tokens)
        self._beside.do(self._api.me, self._show_home, self._not_in)

    def _show_home(self, me: dict[str, Any]) -> None:
        self._waiting = False
        self._gate.frame.pack_forget()
        self._home = Home(self._root, self._look, me, owner=self)
        self._home.frame.pack(fill="both", expand=True)
        self._raise_up()
        self.refresh()
        self.signed_out.clear()
        self.signed_in.set()

    def _show_gate(self, trouble: str = "") -> None:
        if self._home is not None:
            self._home.frame.destroy()
            self._home = None
        self._gate.rest(trouble)
        self._gate.frame.pack(fill="both", expand=True)

    def _not_in(self, error: Exception) -> None:
        self._waiting = False
        trouble = "" if isinstance(error, Cancelled) else _explained(error)
        self._show_gate(trouble)
        self._raise_up()

    def _out(self, error: Exception | None = None) -> None:
        self._leaving = False
        self._life = None
        self._show_gate("" if error is None else _explained(error))
        self._raise_up()
        self.signed_in.clear()
        self.signed_out.set()

    def _renewed(self, tokens: TokenSet) -> None:
        self._measure(tokens)
        self._say("New tokens, and nobody was asked anything.")

    def _added(self, sheet: dict[str, Any]) -> None:
        if self._home is not None:
            self._home.new.clear()
        self._say(f"Written down: {sheet['hours']:g} hours.")
        self.refresh()

    def _approved(self, sheet: dict[str, Any]) -> None:
        self._say(f"Approved: {sheet['who']}, {sheet['hours']:g} hours.")
        self.refresh()

    def _asked(self) -> tuple[list[dict[str, Any]], TokenSet]:
        """The list, and the tokens the SDK holds after the call."""
        return self._api.sheets(), self._app.tokens(min_ttl=0)

    def _listed(self, found: tuple[list[dict[str, Any]], TokenSet]) -> None:
        sheets, tokens = found
        if self._life is None or self._life[1] != tokens.expires_at:
            self._measure(tokens)
        if self._home is not None:
            self._home.sheets.show(sheets)
            self._home.choose()

    def _sorry(self, error: Exception) -> None:
        if self._leaving:
            return  # the tokens are gone, as they should be; the browser is not yet
        if isinstance(error, NobodySignedIn):
            self._out(error)
        elif self._home is not None:
            self._home.sheets.say(_explained(error), wrong=True)

    def _say(self, words: str) -> None:
        if self._home is not None:
            self._home.sheets.say(words)

    def _measure(self, tokens: TokenSet) -> None:
        now = time.time_ns() // 1_000_000
        self._life = (now, tokens.expires_at) if tokens.expires_at else None

    def _tick(self) -> None:
        self._root.after(_TICK, self._tick)
        if self._home is None:
            return
        self._ticks += 1
        self._home.countdown(*self._left())
        if self._ticks % _REFRESH_TICKS == 0:
            self.refresh()

    def _left(self) -> tuple[float, float]:
        """Seconds left of the access token, and how many it had."""
        if self._life is None:
            return 0.0, 1.0
        since, until = self._life
        left = (until - time.time_ns() // 1_000_000) / 1000
        return max(left, 0.0), max((until - since) / 1000, 1.0)

    def _size(self) -> None:
        width, height = self._look.u(920), self._look.u(580)
        self._root.geometry(f"{width}x{height}")
        self._root.minsize(self._look.u(760), self._look.u(500))

    def _raise_up(self) -> None:
        """Back from the browser: to the front, without stealing later focus."""
        self._root.lift()
        self._root.attributes("-topmost", 1)
        self._root.after(300, lambda: self._root.attributes("-topmost", 0))

    def _report(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._interrupted = True
            self.close()
        else:
            sys.excepthook(kind, error, trace)


class Home:
    """The second view, put together."""

    def __init__(
        self, root: tk.Tk, look: Look, me: dict[str, Any], *, owner: Window
    ) -> None:
        self._look = look
        self.frame = ttk.Frame(root, padding=look.u(24))
        self._top(owner)
        self._bottom(owner)
        person(self.frame, look, me).pack(
            side="right", fill="y", padx=(look.u(24), 0), pady=(look.u(32), 0)
        )
        everybody = "approve:timesheets" in me["permissions"]
        self.sheets = Sheets(self.frame, look)
        self.sheets.heading.configure(
            text="Everybody's hours" if everybody else "Your hours"
        )
        self.sheets.frame.pack(side="left", fill="both", expand=True)
        self.new = NewSheet(self.sheets.frame, look, add=owner.press_add)
        self.approve = ttk.Button(
            self.new.frame, text="Approve", style="Plain.TButton", width=-7
        )
        self.approve.configure(command=owner.press_approve, state="disabled")
        self.approve.grid(row=1, column=4, sticky="ns", padx=(look.u(8), 0))
        self.sheets.below(self.sheets.words, gap=(look.u(10), 0))
        self.sheets.below(self.new.frame, gap=(look.u(12), 0))
        self.sheets.tree.bind("<<TreeviewSelect>>", lambda _event: self.choose())

    def choose(self) -> None:
        """Approving needs a selected sheet."""
        chosen = self.sheets.chosen is not None
        self.approve.configure(state="normal" if chosen else "disabled")

    def countdown(self, left: float, whole: float) -> None:
        """How long the access token lives."""
        minutes, seconds = divmod(int(left), 60)
        words = f"Access token: {minutes}:{seconds:02} left"
        self._left.configure(text=words if left else "Access token: renewed at need")
        self._bar.show(left / whole)

    def _top(self, owner: Window) -> None:
        look, bar = self._look, ttk.Frame(self.frame)
        bar.pack(fill="x", pady=(0, look.u(20)))
        mark(bar, look, size=28, ground=look.colours.ground).pack(side="left")
        ttk.Label(bar, text="Timesheets", style="Head.TLabel").pack(
            side="left", padx=look.u(10)
        )
        ttk.Button(
            bar, text="Sign out", style="Plain.TButton", command=owner.press_sign_out
        ).pack(side="right")

    def _bottom(self, owner: Window) -> None:
        look, bar = self._look, ttk.Frame(self.frame)
        bar.pack(side="bottom", fill="x", pady=(look.u(18), 0))
        self._left = ttk.Label(bar, style="Soft.TLabel", width=24)
        self._left.pack(side="left")
        self._bar = Bar(bar, look)
        self._bar.frame.pack(side="left", fill="x", expand=True, padx=look.u(12))
        ttk.Button(
            bar, text="Renew now", style="Plain.TButton", command=owner.press_renew
        ).pack(side="right")


def _explained(error: Exception) -> str:
    """What went wrong, in words for a person."""
    if isinstance(error, ApiRefused) and error.error == "insufficient_scope":
        return (
            f"The API refused this: it needs {error.scope}, and your role does not"
            " give it. Somebody with that role can sign in and do it."
        )
    if isinstance(error, ApiRefused) and error.status == _UNPROCESSABLE:
        return "Fill in a day such as 2026-11-24, hours above 0, and what you did."
    if isinstance(error, ApiRefused):
        return f"The API could not do this ({error.status}). Check what you entered."
    if isinstance(error, httpx2.HTTPError):
        return "The API cannot be reached. Try again in a moment."
    if isinstance(error, UserAborted):
        return "You did not sign in. Try again whenever you like."
    return error.what if isinstance(error, AppError) else f"It did not work: {error}"
