"""A browser of sorts: keeps cookies, follows redirects, sends the real forms.

For machines without any browser. It reads the same pages and sends the same forms over
HTTP as a browser without scripts would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx2

from gatelodge.demo.forms import Form, read
from gatelodge.demo.narrator import DemoFailed
from gatelodge.demo.wire import Listener, client

_MOST_STEPS: Final = 12


class FormSurfer:
    """One profile at our servers; ``answers`` fills fields by their names.

    ``door`` is a link that is taken where a page has it.
    """

    def __init__(
        self,
        homes: tuple[str, ...],
        answers: Mapping[str, str],
        *,
        wire: Listener,
        saw: Callable[[str], None],
        door: str | None = None,
    ) -> None:
        self._homes = {urlsplit(home).netloc for home in homes}
        self._door = door
        self._answers = answers
        self._saw = saw
        self._http = client("the browser", wire)

    def visit(self, url: str) -> None:
        """Go on until the app's own address has answered."""
        answer = self._http.get(url, headers=_headers("none"))
        for _ in range(_MOST_STEPS):
            if urlsplit(str(answer.url)).netloc not in self._homes:
                return
            answer = self._next(answer)
        raise DemoFailed("the pages do not come to an end")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _next(self, answer: httpx2.Response) -> httpx2.Response:
        location = answer.headers.get("location")
        if location is not None:
            target = urljoin(str(answer.url), location)
            return self._http.get(target, headers=_headers("same-origin"))
        page = read(answer.text)
        if page.alert or page.form is None:
            seen = page.alert or page.heading or f"an empty page ({answer.status_code})"
            raise DemoFailed(f"it says: {seen}")
        self._saw(page.heading)
        if self._door in page.links:
            target = urljoin(str(answer.url), page.links[self._door])
            return self._http.get(target, headers=_headers("same-origin"))
        return self._send(answer, page.form)

    def _send(self, answer: httpx2.Response, form: Form) -> httpx2.Response:
        target = urljoin(str(answer.url), form.action)
        sent = form.filled(self._answers)
        here = urlsplit(str(answer.url)).netloc == urlsplit(target).netloc
        site = "same-origin" if here else "cross-site"
        return self._http.post(target, data=sent, headers=_headers(site))


def _headers(site: str) -> dict[str, str]:
    return {
        "Accept": "text/html",
        "Accept-Language": "en",
        "Sec-Fetch-Site": site,
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
