"""Photograph the running server's pages, phone and desktop, light and dark.

Run by hand: ``python -m tests.e2e.shots``; the pictures are in ``.build/shots/e2e``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.app import App, listening
from tests.e2e.person import Person
from tests.e2e.site import Site, running_site
from tests.e2e.tour import tour
from tests.e2e.watch import Watch
from tests.services.browser import DESKTOP, PHONE, executable, flags

OUT = Path(__file__).parents[2] / ".build" / "shots" / "e2e"
_SIZES = {"phone": PHONE, "desktop": DESKTOP}


def main() -> None:
    """Start everything, take all pictures, end everything."""
    OUT.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder)) as site,
        listening() as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable(), args=flags())
        for size in _SIZES:
            for scheme in ("light", "dark"):
                _series(browser, site, app, size, scheme)
        browser.close()


def _series(browser: Browser, site: Site, app: App, size: str, scheme: str) -> None:
    context = browser.new_context(
        viewport=_SIZES[size],
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=False,
        locale="en-GB",
    )
    watch = Watch(site.issuer, app.origin)
    person = Person(context.new_page(), site, app, watch)
    for name in tour(person, site.new_person()):
        path = OUT / f"{name}-{size}-{scheme}.png"
        person.tab.screenshot(path=path, full_page=True)
    context.close()


if __name__ == "__main__":
    main()
