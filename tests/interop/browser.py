"""A system browser of sorts: keeps cookies, follows redirects, fills in the pages.

``SystemBrowser`` is one profile. As a program it stands in for ``xdg-open``: it opens
the address, signs the person in, and calls the app's loopback address at the end.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import LWPCookieJar
from pathlib import Path
from urllib.parse import urljoin

import httpx2

EMAIL = "ada@example.com"
PASSWORD = "ada writes hours 7"
_MOST_STEPS = 12


class Stuck(Exception):
    """The browser stands before a page that leads nowhere; the text is its heading."""


class SystemBrowser:
    """One profile; ``open`` goes on until an address is not the server's.

    ``seen`` are the headings of the pages it met, ``last`` is the newest answer.
    """

    def __init__(self, issuer: str, *, jar: LWPCookieJar | None = None) -> None:
        self.seen: list[str] = []
        self.last: httpx2.Response | None = None
        self._home = issuer
        self._http = httpx2.Client(
            cookies=jar if jar is not None else LWPCookieJar(), trust_env=False
        )

    def open(self, url: str) -> str:
        """Act as the person does; gives the address of the app, not yet called."""
        answer = self.get(url)
        for _ in range(_MOST_STEPS):
            self.last = answer
            location = answer.headers.get("location")
            if location is None:
                answer = self._fill_in(answer)
                continue
            target = urljoin(str(answer.url), location)
            if not target.startswith(self._home):
                return target
            answer = self.get(target, site="same-origin")
        raise Stuck("the pages do not come to an end")

    def get(self, url: str, *, site: str = "none") -> httpx2.Response:
        """One request, as a browser makes it; redirects are not followed."""
        return self._http.get(url, headers=_headers(site))

    def close(self) -> None:
        self._http.close()

    def _fill_in(self, answer: httpx2.Response) -> httpx2.Response:
        page = read(answer.text)
        self.seen.append(page.heading)
        if page.action is None or page.alert:
            raise Stuck(f"{answer.status_code}: {page.heading} {page.alert}")
        known = {"username": EMAIL, "password": PASSWORD}
        sent = {**page.fields, **{k: v for k, v in known.items() if k in page.fields}}
        sent.update([page.button] if page.button and page.button[0] else [])
        target = urljoin(str(answer.url), page.action)
        return self._http.post(target, data=sent, headers=_headers("same-origin"))


@dataclass
class Page:
    """What a person sees: heading, complaint, the first form and its first button."""

    heading: str = ""
    alert: str = ""
    action: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    button: tuple[str, str] | None = None


def read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside = False
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and self.page.action is None:
            self.page.action, self._inside = said.get("action", ""), True
        elif tag == "input" and self._inside and "name" in said:
            self.page.fields[said["name"]] = said.get("value", "")
        elif tag == "button" and self._inside and self.page.button is None:
            self.page.button = (said.get("name", ""), said.get("value", ""))
        if tag == "h1" or said.get("role") == "alert":
            self._text = "heading" if tag == "h1" else "alert"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag in ("h1", "p", "div"):
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            setattr(self.page, self._text, getattr(self.page, self._text) + data)


def _headers(site: str) -> dict[str, str]:
    return {
        "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "en-GB,en;q=0.5",
        "Sec-Fetch-Site": site,
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }


def main(url: str) -> None:
    """Open ``url`` in the profile that ``BROWSER_PROFILE`` names."""
    jar = LWPCookieJar(os.environ["BROWSER_PROFILE"])
    if Path(os.environ["BROWSER_PROFILE"]).exists():
        jar.load(ignore_discard=True)
    browser = SystemBrowser(os.environ["ISSUER"], jar=jar)
    landed = browser.open(url)
    jar.save(ignore_discard=True)
    if landed.startswith("http://127.0.0.1:"):
        browser.get(landed, site="cross-site")
    browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
