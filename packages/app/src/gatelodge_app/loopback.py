"""The way back over a loopback address (RFC 8252 §7.3, §8.3).

Listens on an IP literal only, on a port of its own, for one answer. Requests that do
not carry our state get a page and change nothing: a hostile page that can reach the
port must not be able to end a sign-in, let alone finish one.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence

from . import page
from .doorway import LIMIT, Doorway, Judge, Reaction
from .errors import PortTaken
from .response import answers

_LINE_LIMIT = 8_192
_LAST_PORT = 65_535
_QUEUE = 128  # a crowd must not make the system turn the real answer away
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
_HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class Loopback:
    """Come back to ``http://127.0.0.1:{port}{path}``.

    Without ``ports`` the system picks a free one, which providers that follow RFC
    8252 §7.3 accept; with a list, the first free one is taken. ``[::1]`` is used
    where there is no IPv4.
    """

    def __init__(self, ports: Sequence[int] = (0,), path: str = "/callback") -> None:
        if not path.startswith("/") or not path.isprintable() or set(path) & set("?# "):
            raise ValueError("path must be a plain path that starts with a slash")
        if not ports:
            raise ValueError("ports is empty; (0,) lets the system pick one")
        if not all(0 <= port <= _LAST_PORT for port in ports):
            raise ValueError(f"a port is a number from 0 to {_LAST_PORT}")
        self._ports = tuple(ports)
        self._path = path

    def open(self, app: str) -> LoopbackDoor:
        """Bind and listen. Raises ``PortTaken``."""
        return LoopbackDoor(listen(self._ports), path=self._path, app=app)


class LoopbackDoor:
    """A bound loopback address, waiting for one answer."""

    def __init__(self, listener: socket.socket, *, path: str, app: str) -> None:
        host, port = listener.getsockname()[:2]
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._path = path
        self._app = app
        self._doorway = Doorway(listener)

    @property
    def redirect_uri(self) -> str:
        """``http://127.0.0.1:{port}{path}`` with the port that was bound."""
        return f"http://{self._host}{self._path}"

    def wait(self, state: str | None, *, timeout: float) -> str:
        """The query of the one answer (seconds); ``TimedOut``, ``Cancelled``."""
        return self._doorway.wait(self._judge(state), timeout=timeout)

    def cancel(self) -> None:
        """End the wait from another thread."""
        self._doorway.cancel()

    def close(self) -> None:
        """Stop listening."""
        self._doorway.close()

    def _judge(self, state: str | None) -> Judge:
        def judge(said: bytes) -> Reaction | None:
            head, end, _rest = said.partition(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0]
            if len(line) > _LINE_LIMIT or len(head) > LIMIT:
                return Reaction(page.respond(431, "Too long", "Nothing was done."))
            return self._read(head.decode("latin-1"), state) if end else None

        return judge

    def _read(self, head: str, state: str | None) -> Reaction:
        """Decide on one complete request head, cheapest suspicion first."""
        line, *fields = head.split("\r\n")
        method, _, rest = line.partition(" ")
        target, _, version = rest.rpartition(" ")
        named = [f.split(":", 1) for f in fields if f.lower().startswith("host:")]
        if [value.strip() for _name, value in named] != [self._host]:
            # Another host name that leads here is a rebinding attack.
            return Reaction(page.respond(421, "Not this host", "Nothing was done."))
        path, _, query = target.partition("?")
        if path != self._path or not version.startswith("HTTP/1."):
            return Reaction(page.respond(404, "Not found", "Nothing is here."))
        if method != "GET":
            return Reaction(page.respond(405, "Not this way", "Nothing was done."))
        if state is None:
            return Reaction(page.ended(self._app), found=query)
        if not answers(query, state):
            return Reaction(page.foreign(self._app))
        said_no = "error=" in query
        show = page.aborted if said_no else page.returned
        return Reaction(show(self._app), found=query)


def listen(ports: Sequence[int]) -> socket.socket:
    """The first free port in order; IPv6 only where this machine has no IPv4."""
    for family, host in _HOSTS:
        taken = 0
        for port in ports:
            try:
                return _bind(family, host, port=port)
            except OSError as failed:
                taken += failed.errno not in _NO_SUCH_ADDRESS
        if taken:
            # The other address would not be the one registered at the provider.
            break
    raise PortTaken(f"No loopback port is free among {', '.join(map(str, ports))}.")


def _bind(family: int, host: str, *, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Windows lets another process bind over us unless we say no.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif port:
            # Elsewhere this steals nothing; it frees a fixed port we used just now.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_QUEUE)
    except OSError:
        listener.close()
        raise
    return listener
