"""Photograph every page, phone and desktop, light and dark, into ``.build/shots/``.

Run by hand: ``python -m tests.pages.shots [page ...]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from gatelodge.pages.render import Pages, RenderedPage

from . import samples
from .scene import chromium, show

OUT = Path(__file__).parents[2] / ".build" / "shots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800), "tiny": (320, 640)}


def main(names: list[str]) -> None:
    """Take the pictures of the named pages, or of all."""
    OUT.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for size in SIZES:
            for scheme in ("light", "dark"):
                _series(browser, size, scheme, names or list(samples.PAGES))


def _series(browser: Browser, size: str, scheme: str, names: list[str]) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    for name in names:
        _picture(page, name, scheme, OUT / f"{name}-{size}-{scheme}.png")
    context.close()


def _picture(page: Page, name: str, scheme: str, path: Path) -> None:
    # The dark series speaks German and shows the bare theme, the light one the full.
    locale, theme = ("de", samples.BARE) if scheme == "dark" else ("en", samples.FULL)
    pages = Pages()
    shown = pages.page(name, context=samples.PAGES[name], locale=locale, theme=theme)
    # As it looks without JavaScript: with it, form_post is gone before a picture.
    still = shown.html.replace("<script>", '<script type="text/plain">')
    show(page, pages, RenderedPage(still, shown.style_hash, shown.script_hash))
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main(sys.argv[1:])
