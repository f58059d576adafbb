"""Photograph every page, phone and desktop, light and dark, into ``.build/shots/``.

Run by hand: ``python -m tests.pages.shots [page ...]``. It also tells what the browser
complains about: refused by the policy, wider than the window, targets too small.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from gatelodge.pages.render import Pages
from gatelodge.pages.theme import Theme

from . import samples

OUT = Path(__file__).parents[2] / ".build" / "shots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800), "tiny": (320, 640)}
ORIGIN = "http://gatelodge.test"
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" '
    'cy="20" r="20" fill="#0f766e"/><path d="M6 24c6-6 10 6 15 0s9 4 13 0" '
    'stroke="#fff" stroke-width="4" fill="none"/></svg>'
)
_SMALL = """() => [...document.querySelectorAll('a,button,input,summary')]
  .filter(e => { const r = e.getBoundingClientRect();
    return r.width && r.height && r.height < 43.5; })
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 30) + ' '
    + Math.round(e.getBoundingClientRect().height))"""


def main(names: list[str]) -> None:
    """Take the pictures of the named pages, or of all."""
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for size in SIZES:
            for scheme in ("light", "dark"):
                _series(browser, size, scheme, names or list(samples.PAGES))
        browser.close()


def _series(browser: Browser, size: str, scheme: str, names: list[str]) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.on("console", lambda message: print("console:", message.text))
    for name in names:
        _picture(page, name, size=size, scheme=scheme)
    context.close()


def _picture(page: Page, name: str, *, size: str, scheme: str) -> None:
    # The dark series speaks German and shows the bare theme, the light one the full.
    locale, theme = ("de", samples.BARE) if scheme == "dark" else ("en", samples.FULL)
    _serve(page, name, locale=locale, theme=theme)
    page.goto(f"{ORIGIN}/page")
    page.screenshot(path=OUT / f"{name}-{size}-{scheme}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    small = page.evaluate(_SMALL)
    if wide > 0 or small:
        print(f"{name} {size} {scheme}: {wide}px too wide, small targets {small}")


def _serve(page: Page, name: str, *, locale: str, theme: Theme) -> None:
    pages = Pages()
    # As it looks without JavaScript: with it, form_post is gone before a picture.
    shown = pages.page(name, context=samples.PAGES[name], locale=locale, theme=theme)

    def answer(route: Route, request: Request) -> None:
        if request.url == f"{ORIGIN}/page":
            headers = {"content-security-policy": shown.policy}
            route.fulfill(
                body=shown.html.replace("<script>", "<script type=x>"),
                content_type="text/html",
                headers=headers,
            )
        elif request.method == "POST":
            route.fulfill(status=204)
        elif request.url.endswith("/favicon.svg"):
            route.fulfill(body=pages.favicon.decode(), content_type="image/svg+xml")
        else:
            route.fulfill(body=LOGO, content_type="image/svg+xml")

    page.unroute_all()
    page.route("**/*", answer)


if __name__ == "__main__":
    main(sys.argv[1:])
