"""The app's side: a redirect target on loopback, and the requests an app makes."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

API = "https://api.example.com/"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    .rstrip(b"=")
    .decode()
)
_PLACES = ("/callback", "/bye")
_PAGE = b"<!doctype html><html lang=en><title>App</title><h1>Back in the app</h1>"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Arrival(NamedTuple):
    """What reached the app."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]


class App:
    """An app that listens on a loopback port, signs people in and out."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.callback = f"{self.origin}/callback"
        self.bye = f"{self.origin}/bye"
        self.arrivals: list[Arrival] = []

    @property
    def answer(self) -> dict[str, str]:
        """The newest answer at the redirect URI."""
        last = self.arrivals[-1]
        assert last.path == "/callback", last
        return last.form or last.query

    def request(self, client_id: str = "phone", **more: str | None) -> str:
        """An authorization request, relative to the issuer."""
        fields = {
            "client_id": client_id,
            "response_type": "code",
            "redirect_uri": self.callback,
            "scope": "openid profile email offline_access read:x",
            "audience": API,
            "state": "st&ate=1",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        sent = {name: value for name, value in fields.items() if value is not None}
        return "/authorize?" + urlencode(sent)

    def redeem(
        self, issuer: str, code: str, client_id: str = "phone"
    ) -> dict[str, Any]:
        """The tokens for a code; raises HTTPError where it is worth nothing."""
        fields = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "redirect_uri": self.callback,
            "code_verifier": VERIFIER,
            "code": code,
        }
        return post(f"{issuer}oauth/token", fields)


def post(url: str, fields: dict[str, str]) -> dict[str, Any]:
    """Send a form, without a browser."""
    body = urlencode(fields).encode()
    with _DIRECT.open(url, body, timeout=20) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


@contextmanager
def listening() -> Iterator[App]:
    """An app, open until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    app = App(server.server_address[1])
    server.app = app  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._arrive({})

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        self._arrive(dict(parse_qsl(self.rfile.read(length).decode())))

    def log_message(self, *_: object) -> None:
        pass

    def _arrive(self, form: dict[str, str]) -> None:
        place = urlsplit(self.path)
        known = place.path in _PLACES
        if known:
            query = dict(parse_qsl(place.query))
            arrival = Arrival(self.command, place.path, query, form)
            self.server.app.arrivals.append(arrival)  # type: ignore[attr-defined]
        self.send_response(200 if known else 204)
        self.send_header("content-type", "text/html")
        self.end_headers()
        if known:
            self.wfile.write(_PAGE)
