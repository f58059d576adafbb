"""A person at a browser: one profile, its tabs, and what people do on our pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.e2e.app import App
from tests.e2e.site import PASSWORD, Site
from tests.e2e.watch import Watch

_PATIENCE_MS = 30_000


class Person:
    """One browser profile with one tab in front."""

    def __init__(self, tab: Any, site: Site, app: App, watch: Watch) -> None:
        self.site, self.app, self.watch = site, app, watch
        self.tab = tab
        tab.context.set_default_timeout(_PATIENCE_MS)
        watch.over(tab)

    @property
    def path(self) -> str:
        """Where the tab is, without the query."""
        return str(urlsplit(self.tab.url).path)

    @property
    def at_app(self) -> bool:
        return bool(self.tab.url.startswith(self.app.origin))

    def open(self, address: str) -> None:
        """Type an address (relative to the issuer) and go there."""
        self.tab.goto(urljoin(self.site.issuer, address))

    def ask(self, client_id: str = "phone", **more: str | None) -> None:
        """The app opens the browser."""
        self.open(self.app.request(client_id, **more))

    def new_tab(self) -> None:
        """A second tab of the same profile comes to the front."""
        self.tab = self.tab.context.new_page()
        self.watch.over(self.tab)

    def field(self, label: str) -> Any:
        return self.tab.get_by_label(label, exact=True)

    def press(self, name: str, *, exact: bool = False) -> None:
        """Press a button and wait for the page it leads to."""
        self.go(self.tab.get_by_role("button", name=name, exact=exact))

    def follow(self, name: str) -> None:
        """Follow a link and wait for the page it leads to."""
        self.go(self.tab.get_by_role("link", name=name))

    def go(self, way: Any, *, twice: bool = False) -> None:
        """Click on what leads to another page, and be there."""
        with self.tab.expect_event("framenavigated"):
            way.dblclick() if twice else way.click()
        self.tab.wait_for_load_state()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the sign-in form and send it."""
        self.field("E-mail address").fill(email)
        self.field("Password").fill(password)
        self.press("Sign in")

    def signed_in(self, email: str) -> Person:
        """Sign in at the phone app, so that a session lives."""
        self.ask()
        self.sign_in(email)
        assert "code" in self.app.answer
        return self

    def read_mail(self, email: str, subject: str) -> None:
        """Find the newest mail to this address in the mailbox and follow its link."""
        self.open("/mailbox")
        mail = self.tab.get_by_role("link", name=re.compile(f"{subject}.*{email}"))
        self.go(mail.first)
        self.go(self.tab.locator(".letter a").first)

    def heading(self) -> str:
        return str(self.tab.locator("h1").inner_text())


Meet = Callable[..., Person]
