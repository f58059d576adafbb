"""A person's browser as far as the app can tell: it follows the redirect back."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    """One GET, redirects not followed."""
    try:
        with _OPENER.open(url, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, dict(answer.headers), answer.read()


def raw(url: str, sent: bytes, *, timeout: float = 5) -> bytes:
    """Send bytes to the address of a URL and read until the other side closes."""
    parts = urlsplit(url)
    assert parts.hostname
    with socket.create_connection((parts.hostname, parts.port), timeout) as line:
        got = b""
        try:
            line.sendall(sent)
            while piece := line.recv(65536):
                got += piece
        except (ConnectionResetError, BrokenPipeError):
            pass
        return got


class Visitor:
    """Opens the address, and brings what the provider says back to the app.

    ``before`` runs with the way back, before it is taken: hostile acts go there.
    ``deliver`` replaces the last step, for private-use schemes.
    """

    def __init__(
        self,
        before: Callable[[str], Any] | None = None,
        deliver: Callable[[str], Any] = get,
    ) -> None:
        self.before = before
        self.deliver = deliver
        self.urls: list[str] = []
        self.pages: list[Any] = []
        self.raised: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def open(self, url: str) -> None:
        self.urls.append(url)
        thread = threading.Thread(target=self._visit, args=(url,))
        self._threads.append(thread)
        thread.start()

    def _visit(self, url: str) -> None:
        try:
            status, headers, _ = get(url)
            assert status == 302, status
            back = headers["Location"]
            if self.before is not None:
                self.before(back)
            self.pages.append(self.deliver(back))
        except BaseException as raised:  # noqa: BLE001 - raised again in rest()
            self.raised.append(raised)

    def rest(self) -> None:
        """Wait for all visits to end; what went wrong in one is raised here."""
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()
        if self.raised:
            raise self.raised[0]


class Nobody:
    """A browser that opens and in which nobody does anything."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.url = ""

    def open(self, url: str) -> None:
        self.url = url
        self.opened.set()
