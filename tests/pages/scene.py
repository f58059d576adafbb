"""A page in a real browser, with its policy and without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from gatelodge.pages.render import Pages, RenderedPage

CHROMIUM = "/usr/bin/chromium"
ORIGIN = "http://gatelodge.test"
_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><circle cx="20" '
    'cy="20" r="20" fill="#0f766e"/><path d="M6 24c6-6 10 6 15 0s9 4 13 0" '
    'stroke="#fff" stroke-width="4" fill="none"/></svg>'
)
# Links inside a letter's text are exempt, as in WCAG 2.2 §2.5.8.
_SMALL = """() => [...document.querySelectorAll('a,button,input,summary')]
  .filter(each => !each.closest('.letter'))
  // A box is ticked by its label too.
  .map(each => [each, (each.type == "checkbox" ? each.labels[0] : each).getBoundingClientRect()])
  .filter(([_, box]) => box.width && box.height && box.height < 43.5)
  .map(([each, box]) => `${each.tagName} ${each.textContent.trim()} ${box.height}`)"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        try:
            yield browser
        finally:
            browser.close()


_ONWARD = re.compile('<meta http-equiv="refresh"[^>]*>')


def show(page: Page, pages: Pages, shown: RenderedPage) -> list[str]:
    """Open the page; returns a list that fills with what the browser sends."""
    sent: list[str] = []

    def answer(route: Route, request: Request) -> None:
        if request.url == f"{ORIGIN}/page":
            headers = {"content-security-policy": shown.policy}
            # A page that goes on by itself is gone before anybody has looked at it.
            still = _ONWARD.sub("", shown.html)
            route.fulfill(body=still, content_type="text/html", headers=headers)
        elif request.method == "POST":
            sent.append(f"{request.url} {request.post_data}")
            route.fulfill(body="received", content_type="text/plain")
        elif request.url.endswith("/favicon.svg"):
            route.fulfill(body=pages.favicon.decode(), content_type="image/svg+xml")
        else:
            route.fulfill(body=_LOGO, content_type="image/svg+xml")

    # The newest answer goes before older ones; taking those away would leave a moment
    # in which a late request of the last page asks the network.
    page.route("**/*", answer)
    page.goto(f"{ORIGIN}/page")
    return sent


def too_wide(page: Page) -> int:
    """How many pixels stick out sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def small_targets(page: Page) -> list[str]:
    """What a thumb would miss: lower than 44 pixels."""
    return list(page.evaluate(_SMALL))
