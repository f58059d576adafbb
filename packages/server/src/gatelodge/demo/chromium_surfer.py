"""A real browser without a window: Chromium, driven by Playwright where both are."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from gatelodge.demo.narrator import DemoFailed
from gatelodge.demo.wire import Exchange, Listener, bare, query_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright, Response

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_MOST_STEPS: Final = 12
_PATIENCE: Final = 15_000


def executable() -> str | None:
    """The Chromium of this machine, if Playwright is there to drive it."""
    if importlib.util.find_spec("playwright") is None:
        return None
    return next(filter(None, map(shutil.which, _NAMES)), None)


def starts() -> bool:
    """Does it start here? In some containers it is installed and cannot."""
    if executable() is None:
        return False
    from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - see above

    with sync_playwright() as playwright:
        try:
            _launched(playwright).close()
        except Error:
            return False
    return True


class ChromiumSurfer:
    """One profile at our servers; ``answers`` fills fields by their names.

    ``door`` is a link that is taken where a page has it. With ``keeper`` the browser
    keeps passkeys, of somebody who is always there.
    """

    def __init__(
        self,
        homes: tuple[str, ...],
        answers: Mapping[str, str],
        *,
        wire: Listener,
        saw: Callable[[str], None],
        door: str | None = None,
        keeper: bool = False,
    ) -> None:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing

        self._homes = {urlsplit(home).netloc for home in homes}
        self._door = door
        self._answers, self._saw, self._wire = answers, saw, wire
        self._playwright = sync_playwright().start()
        self._browser = _launched(self._playwright)
        self._page = self._browser.new_page(locale="en-US")
        self._page.set_default_timeout(_PATIENCE)
        self._page.on("response", self._told)
        self._keeper = _Keeper(self._page) if keeper else None

    def visit(self, url: str) -> None:
        """Go on until the app's own address has answered."""
        page = self._page
        page.goto(url)
        for _ in range(_MOST_STEPS):
            page.wait_for_load_state()
            if self._arrived(page):
                return
            self._act(page)
        raise DemoFailed("the pages do not come to an end")

    def close(self) -> None:
        """End the browser."""
        self._browser.close()
        self._playwright.stop()

    def _moves_by_itself(self, page: Page) -> bool:
        """A passkey has answered, or the page's form sends itself: wait for that."""
        here = page.url
        answered = self._keeper is not None and self._keeper.answers(here)
        if not answered and not page.locator("input[name=SAMLResponse]").count():
            return False
        page.wait_for_url(lambda url: url != here)
        return True

    def _arrived(self, page: Page) -> bool:
        return urlsplit(page.url).netloc not in self._homes

    def _act(self, page: Page) -> None:
        if self._moves_by_itself(page):
            return
        heading = page.locator("h1").first.inner_text()
        button = page.locator("form button:visible").first
        alert = page.locator("[role=alert]")
        if alert.count() or not button.count():
            seen = alert.first.inner_text() if alert.count() else heading
            raise DemoFailed(f"it says: {seen}")
        self._saw(heading)
        door = page.get_by_role("link", name=self._door, exact=True)
        if self._door is not None and door.count():
            with page.expect_navigation():
                door.click()
            return
        for name, value in self._answers.items():
            field = page.locator(f"input[name={name}]:visible")
            if field.count():
                field.fill(value)
        with page.expect_navigation():
            button.click()

    def _told(self, answer: Response) -> None:
        request = answer.request
        if not request.is_navigation_request():
            return
        location = answer.headers.get("location")
        self._wire(
            Exchange(
                who="the browser",
                method=request.method,
                url=bare(request.url),
                status=answer.status,
                sent=query_of(request.url) | dict(parse_qsl(request.post_data or "")),
                got=query_of(location or ""),
                to=None if location is None else bare(location),
            )
        )


class _Keeper:
    """A place for passkeys in this browser (WebAuthn L3 §11)."""

    def __init__(self, page: Page) -> None:
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self._wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = made["authenticatorId"]

    def answers(self, url: str) -> bool:
        """Does a passkey answer there? On the sign-in page, once there is one."""
        held = self._wire.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return bool(held["credentials"]) and urlsplit(url).path == "/u/login"


def _launched(playwright: Playwright) -> Browser:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return playwright.chromium.launch(
        executable_path=executable(),
        # Root cannot have Chromium's sandbox.
        args=["--no-proxy-server", *(["--no-sandbox"] if root else [])],
    )
