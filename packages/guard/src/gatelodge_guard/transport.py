"""Fetch one small document from an issuer, on the standard library.

https, or http to this machine; no redirects, no proxies from the environment, one
deadline over everything, a cap on the size. Another way out (a corporate proxy, a
private certificate authority) is a ``Transport`` of your own.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from .errors import Mistake

TIMEOUT = 5.0
"""Seconds that one fetch may take, first byte to last."""
MAX_BYTES = 512 * 1024
"""No document larger than this is read."""


class FetchFailed(OSError):
    """The document could not be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status."""

    status: int
    body: bytes


class Transport(Protocol):
    """A way to GET a URL. It must not follow redirects.

    Raises ``OSError`` (``FetchFailed`` is one) when there is no whole answer.
    """

    def get(self, url: str) -> Fetched:
        """Return the answer of one GET request."""


@dataclass(frozen=True, slots=True)
class StandardTransport:
    """The transport that is used when none is given. ``timeout`` is in seconds."""

    timeout: float = TIMEOUT
    max_bytes: int = MAX_BYTES
    context: ssl.SSLContext | None = None

    def get(self, url: str) -> Fetched:
        """GET ``url`` within the deadline; a redirect is an answer, not followed."""
        parts = check_url(url)
        connection = self._connection(parts)
        connection.connect()
        late = threading.Event()
        watchdog = threading.Timer(self.timeout, _cut, (connection.sock, late))
        watchdog.daemon = True
        watchdog.start()
        try:
            fetched = self._exchange(connection, parts)
        except HTTPException as broken:
            raise FetchFailed(f"not HTTP: {type(broken).__name__}") from broken
        finally:
            watchdog.cancel()
            connection.close()
        if late.is_set():
            # What was cut off can look whole: HTTP ends a header at the end of input.
            raise FetchFailed(f"took longer than {self.timeout} seconds")
        return fetched

    def _connection(self, parts: SplitResult) -> HTTPConnection:
        host = parts.hostname or ""
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=self.timeout)
        context = self.context or ssl.create_default_context()
        return HTTPSConnection(host, parts.port, timeout=self.timeout, context=context)

    def _exchange(self, connection: HTTPConnection, parts: SplitResult) -> Fetched:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(self.max_bytes + 1)
        if len(body) > self.max_bytes:
            raise FetchFailed(f"larger than {self.max_bytes} bytes")
        if answer.length:
            raise FetchFailed("the answer ended too early")
        return Fetched(answer.status, body)


def check_url(url: str) -> SplitResult:
    """Only https, or http to this machine (RFC 8252 §8.3 for the loopback).

    Raises ``Mistake`` for any other address, and for credentials in it.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError as broken:
        raise Mistake("not an address that keys can be fetched from") from broken
    if not host or parts.username is not None:
        raise Mistake("not an address that keys can be fetched from")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_local(host)):
        return parts
    raise Mistake(f"{url} is not https; http is for localhost only")


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _cut(held: socket.socket, late: threading.Event) -> None:
    """End an exchange whose time is over, wherever it stands."""
    late.set()
    with contextlib.suppress(OSError):
        # Not SSLSocket.shutdown: that would pull TLS from under the reading thread.
        socket.socket.shutdown(held, socket.SHUT_RDWR)
