"""Requests no client library would send, straight into the application."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.protocol.gatehouse import Gatehouse

HOST = (b"host", b"localhost:8421")
HTML = (b"accept", b"text/html")
OURS = (b"sec-fetch-site", b"same-origin")
FORM = (b"content-type", b"application/x-www-form-urlencoded")


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


async def raw(
    gate: Gatehouse,
    method: str,
    path: str,
    *,
    query: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (HOST,),
    body: bytes = b"",
    stalls: bool = False,
) -> Answer:
    """One request; a mistake in the application is raised here. ``stalls``: the body
    never ends."""
    scope = _scope(method, path, query, headers)
    status, sent, parts = 0, {}, []
    waiting = iter([{"type": "http.request", "body": body, "more_body": stalls}])

    async def receive() -> Any:
        found = next(waiting, None)
        return found or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            sent.update(
                (name.decode("latin-1").lower(), value.decode("latin-1"))
                for name, value in message["headers"]
            )
        else:
            parts.append(message.get("body", b""))

    await gate.app(scope, receive, send)
    return Answer(status, sent, b"".join(parts))


def jws(header: dict[str, Any], claims: dict[str, Any], secret: bytes = b"") -> str:
    """A token with any header; signed by HMAC, or with nothing."""
    parts = b".".join(_part(json.dumps(one).encode()) for one in (header, claims))
    signature = hmac.digest(secret, parts, "sha256") if secret else b""
    return b".".join((parts, _part(signature))).decode()


def _scope(
    method: str, path: str, query: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": query,
        "headers": list(headers),
        "client": ("192.0.2.66", 40666),
        "server": ("127.0.0.1", 8421),
    }


def _part(raw_bytes: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw_bytes).rstrip(b"=")
