"""A static site on loopback: the page of a single-page app and its library."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_LIBRARY = "node_modules/@auth0/auth0-spa-js/dist/auth0-spa-js.production.js"
_PAGE = b"""<!doctype html><title>Timesheets</title>
<script src="/auth0-spa-js.js"></script><p>Timesheets</p>"""


@contextlib.contextmanager
def open_site(folder: Path) -> Iterator[str]:
    """Serve until the block ends; gives the origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script = self.path == "/auth0-spa-js.js"
            body = (folder / _LIBRARY).read_bytes() if script else _PAGE
            self.send_response(200)
            kind = "text/javascript" if script else "text/html; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
