"""Logos come through our own origin (decisions 20, security defaults 52)."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from gatelodge.outbound import FetchRefused, Outbound

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Pictures(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", "/logo.png")
            self.end_headers()
            return
        body = PNG if self.path != "/large" else b"x" * 600_000
        self.send_response(200)
        kind = "text/html" if self.path == "/page" else "image/png"
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def pictures() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    server.asked = []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def address(server: ThreadingHTTPServer, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


async def fetch(url: str, *, allowed=(LOOPBACK,)):
    return await Outbound(allowed=allowed).get(
        url, largest=512_000, media_types="image/"
    )


async def test_a_picture(pictures) -> None:
    found = await fetch(address(pictures, "/logo.png"))
    assert (found.media_type, found.body) == ("image/png", PNG)


@pytest.mark.parametrize("path", ["/moved", "/page", "/large"])
async def test_answers_that_are_not_taken(pictures, path) -> None:
    with pytest.raises(FetchRefused):
        await fetch(address(pictures, path))
    assert pictures.asked == [path]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/logo.png",
        "https://127.0.0.1:{port}/logo.png",
        "http://localhost:{port}/logo.png",
        "http://[::ffff:127.0.0.1]:{port}/logo.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "https://",
        "x",
    ],
)
async def test_private_addresses_are_not_asked(pictures, url) -> None:
    with pytest.raises(FetchRefused):
        await fetch(url.format(port=pictures.server_port), allowed=())
    assert pictures.asked == []


async def test_a_data_url_is_served_from_our_origin(gate, visitor, phone) -> None:
    data = "data:image/png;base64," + base64.b64encode(PNG).decode()
    await gate.settings(branding={"logo_url": data})
    await gate.change_options("native", logo_uri=data)
    page = await visitor.get(phone.authorize_url())
    assert 'src="/branding/logo"' in page.text
    assert 'src="/branding/client-logo?client_id=native"' in page.text
    for path in ("/branding/logo", "/branding/client-logo?client_id=native"):
        picture = await phone.http.get(path)
        assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
        assert "sandbox" in picture.headers["content-security-policy"]


async def test_no_logo(phone) -> None:
    assert (await phone.http.get("/branding/logo")).status_code == 404
    answer = await phone.http.get("/branding/client-logo?client_id=nobody")
    assert answer.status_code == 404


async def test_a_logo_that_cannot_be_had_is_asked_for_once_a_minute(
    gate, phone, pictures
) -> None:
    await gate.settings(branding={"logo_url": address(pictures, "/logo.png")})
    for _ in range(3):
        assert (await phone.http.get("/branding/logo")).status_code == 404
