"""Sockets and worker processes; the protocol work is uvicorn's.

The parent binds, so that every worker shares the sockets, and starts a worker anew
when it dies. SIGTERM and SIGINT let open requests finish (R12).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn

from gatelodge.web.lifespan import Opening, Worker
from gatelodge.web.protocol import BoundedHttp

_BACKLOG: Final = 1024
_RESTART_PAUSE: Final = 1.0
_QUICK: Final = 10.0
_MOST_QUICK: Final = 3


def bind(addresses: Sequence[tuple[str, int]]) -> list[socket.socket]:
    """Listen on each address; port 0 takes one free port for all of them.

    Raises:
        OSError: an address is taken or not ours; IPv6 may be missing on loopback.
    """
    bound: list[socket.socket] = []
    chosen = 0
    for host, port in addresses:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, port or chosen))
        except OSError:
            if bound and host in ("::1", "::"):
                continue  # a machine without IPv6 still has the other loopback
            raise
        listener.listen(_BACKLOG)
        listener.set_inheritable(True)
        chosen = chosen or listener.getsockname()[1]
        bound.append(listener)
    return bound


def run(
    opening: Opening,
    sockets: list[socket.socket],
    *,
    workers: int,
    drain_seconds: int,
) -> None:
    """Serve until told to stop."""

    def serve() -> None:
        _serve(opening, sockets, drain_seconds=drain_seconds)

    if workers == 1:
        serve()
    else:
        _Supervisor(serve, workers).run()


def _serve(
    opening: Opening, sockets: list[socket.socket], *, drain_seconds: int
) -> None:
    config = uvicorn.Config(
        Worker(opening),
        http=BoundedHttp,
        lifespan="on",
        log_config=None,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=drain_seconds,
        ws="none",
    )
    # uvicorn drains on a signal and raises it again when it is done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    server = uvicorn.Server(config)
    server.run(sockets=sockets)
    if not server.started:
        sys.exit(3)


def _leave(*_: object) -> None:
    """Being told to stop is a good end."""
    sys.exit(0)


class _Supervisor:
    """Keeps ``count`` forked workers alive until a signal asks to stop."""

    def __init__(self, serve: Callable[[], None], count: int) -> None:
        self._serve = serve
        self._count = count
        self._children: dict[int, float] = {}
        self._stopping = False
        self._quick = 0

    def run(self) -> None:
        """Fork, watch, restart; returns when all workers have stopped.

        Workers that die as soon as they start, again and again, are not started for
        ever: what is wrong will not mend itself.

        Raises:
            SystemExit: they could not start; the first of them said why.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for _ in range(self._count):
            self._start()
        while self._children:
            try:
                pid, _ = os.wait()
            except InterruptedError:
                continue
            lived = time.monotonic() - self._children.pop(pid, 0.0)
            self._quick = self._quick + 1 if lived < _QUICK else 0
            if self._quick >= _MOST_QUICK * self._count:
                self._stop()
            elif not self._stopping:
                time.sleep(_RESTART_PAUSE)
                self._start()
        if self._quick >= _MOST_QUICK * self._count:
            sys.exit(3)

    def _start(self) -> None:
        if self._stopping:
            return
        pid = os.fork()
        if pid:
            self._children[pid] = time.monotonic()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        code = 1
        try:
            self._serve()
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        finally:
            os._exit(code)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in tuple(self._children):
            os.kill(pid, signal.SIGTERM)
