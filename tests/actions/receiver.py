"""A webhook receiver on the loopback that behaves, or does not."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """What it shall answer, and what it was told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answer: Any = {"commands": []}
        self.status = 200
        self.headers: dict[str, str] = {}
        self.raw: bytes | None = None
        self.waits = False
        self.released = threading.Event()
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


class _Server(ThreadingHTTPServer):
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        told = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        if told.waits:
            told.released.wait(20)
        raw = told.raw if told.raw is not None else json.dumps(told.answer).encode()
        try:
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except OSError:
            """Nobody waits for it any more."""


def open_receiver() -> _Server:
    """A server that has not begun to serve."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    return server
