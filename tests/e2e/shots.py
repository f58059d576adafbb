"""Photograph the running server's pages, phone and desktop, light and dark.

Run by hand: ``python -m tests.e2e.shots [walk ...]``; the pictures are in
``.build/shots/e2e``, one folder a series, and ``sheet-….html`` beside them lays a
series out. ``LOCALE=de`` photographs what a German browser sees of the same walks.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.app import App, listening
from tests.e2e.person import Person
from tests.e2e.site import Site, running_site
from tests.e2e.tour import SCRIPTED, WALKS
from tests.e2e.watch import Watch
from tests.services.browser import DESKTOP, PHONE, executable, flags

OUT = Path(__file__).parents[2] / ".build" / "shots" / "e2e"
_SIZES = {"phone": PHONE, "desktop": DESKTOP, "narrow": {"width": 320, "height": 640}}


def main(walks: list[str]) -> None:
    """Start everything, take all pictures, end everything."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder)) as site,
        listening() as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable(), args=flags())
        for size in ("phone", "desktop"):
            for scheme in ("light", "dark"):
                for walk in walks or WALKS:
                    _series(browser, site, app, (size, scheme, walk))
        browser.close()


def _series(
    browser: Browser, site: Site, app: App, wanted: tuple[str, str, str]
) -> None:
    size, scheme, walk = wanted
    folder = OUT / f"{size}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        viewport=_SIZES[size],
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=walk in SCRIPTED,
        locale="en-GB",
    )
    watch = Watch(site.issuer, app.origin, site.elsewhere.origin)
    person = Person(context.new_page(), site, app, watch)
    for number, name in enumerate(WALKS[walk](person, site.new_person())):
        label = re.sub(r"\W+", "-", f"{walk}-{number:02}-{name}")
        person.tab.screenshot(path=folder / f"{label}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
