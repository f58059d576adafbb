"""Who acts: the apps, the browser, and whose hands are at it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from gatelodge.demo import chromium_surfer, form_surfer, wire
from gatelodge.demo.narrator import Narrator
from gatelodge.demo.options import Hands, Options, has_display
from gatelodge.demo.robot import Robot
from gatelodge.demo.setting import Person, Place
from gatelodge.demo.timesheets import cli, desktop
from gatelodge.demo.wire import Exchange
from gatelodge_app import App, Browser, MemoryVault, NoBrowser, Note, SystemBrowser

_UNTOLD: Final = ("/.well-known/", "/callback")
# What each step of the SDK has checked by the time it tells of it.
_CHECKS: Final = {
    "response checked": (
        ("state is the one this app drew", "RFC 6749 §10.12"),
        ("iss names the server that was asked", "RFC 9207 §2.4"),
    ),
    "code exchanged": (("the code came with its PKCE verifier", "RFC 7636 §4.5"),),
    "ID token checked": (
        ("the ID token is signed with a key of this server", "OIDC Core §3.1.3.7"),
        ("its iss, aud, exp, iat and nonce are right", "OIDC Core §3.1.3.7"),
    ),
    "refresh token revoked": (("the refresh token is revoked", "RFC 7009 §2"),),
    "browser session ended": (
        ("the browser's session has ended", "OIDC RP-Initiated Logout §2"),
    ),
}


@dataclass(slots=True)
class Company:
    """The two apps and their shared browser. ``seen`` are the pages robots met."""

    narrator: Narrator
    place: Place
    hands: Hands
    seen: list[str] = field(default_factory=list)
    heard: list[Exchange] = field(default_factory=list, repr=False)
    robots: list[Robot] = field(default_factory=list)
    apps: list[App] = field(default_factory=list)

    def tap(self, exchange: Exchange) -> None:
        """Tell what goes over the wire.

        Not told: metadata and key sets, and the browser's call at the app's own door,
        whose parameters stood in the redirect before it.
        """
        self.heard.append(exchange)
        if not exchange.path.startswith(_UNTOLD):
            self.narrator.wire(exchange)

    def status(self, method: str, path: str) -> int:
        """The status that such a request had last; 0 when there was none."""
        found = (one for one in reversed(self.heard) if one.method == method)
        return next((one.status for one in found if one.path.endswith(path)), 0)

    def browser(
        self, person: Person, door: str | None = None, *, keeper: bool = False
    ) -> Browser:
        """A browser profile; with robot hands, in which ``person`` signs in.

        ``door`` is the link on the sign-in page that they take, if not the password;
        ``keeper`` says that this browser keeps passkeys, which takes Chromium's hands.
        """
        if self.hands == "person":
            return ToldBrowser(self.narrator)
        surfers: dict[str, Callable[..., Any]] = {
            "forms": form_surfer.FormSurfer,
            "chromium": chromium_surfer.ChromiumSurfer,
        }
        answers = {"username": person.email, "password": person.password}
        surfer = partial(
            surfers[self.hands],
            (self.place.issuer, self.place.partner.issuer),
            answers,
            wire=self.tap,
            saw=self.seen.append,
            door=door,
            **({"keeper": True} if keeper else {}),
        )
        robot = Robot(surfer)
        self.robots.append(robot)
        return robot

    def desktop(self, browser: Browser) -> App:
        """The desktop app, listened to."""
        return self._known(desktop.make_app, browser, "the desktop app")

    def cli(self, browser: Browser) -> App:
        """The terminal app, listened to."""
        return self._known(cli.make_app, browser, "the terminal app")

    @contextlib.contextmanager
    def served(self, app: App, browser: Browser) -> Iterator[None]:
        """While ``app`` waits for the browser, a failing robot wakes it up."""
        if not isinstance(browser, Robot):
            yield
            return
        browser.serve(app)
        try:
            yield
        finally:
            browser.settle()
            browser.check()

    def note(self, note: Note) -> None:
        """Tell what the SDK has just checked."""
        checks = _CHECKS.get(note.what, ())
        for robot in self.robots if checks else ():
            robot.settle()
        for what, source in checks:
            self.narrator.checked(what, source)

    def close(self) -> None:
        """Send everybody home."""
        for app in self.apps:
            app.cancel()
        for robot in self.robots:
            robot.close()

    def _known(self, make: Callable[..., App], browser: Browser, who: str) -> App:
        app = make(
            self.place.issuer,
            browser=browser,
            vault=MemoryVault(),
            http=wire.client(who, self.tap),
            watch=self.note,
        )
        self.apps.append(app)
        return app


class ToldBrowser:
    """The system browser; the address is told, and shown whole where none opens."""

    def __init__(self, narrator: Narrator) -> None:
        self._narrator = narrator

    def open(self, url: str) -> None:
        """What gatelodge-app calls."""
        self._narrator.say("The system browser opens")
        self._narrator.say(f"GET {wire.bare(url)}", "bold")
        self._narrator.pairs(wire.query_of(url))
        try:
            SystemBrowser().open(url)
        except NoBrowser:
            self._narrator.say("No browser could be started. Open this address in one:")
            self._narrator.say(url, "blue")


def choose_hands(options: Options) -> Hands:
    """A person where there is a display, else a browser if there is one, else forms."""
    if options.hands is not None:
        return options.hands
    headless = not has_display() if options.headless is None else options.headless
    if not headless:
        return "person"
    return "chromium" if chromium_surfer.starts() else "forms"
