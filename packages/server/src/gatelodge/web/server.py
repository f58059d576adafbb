"""Sockets and worker processes; the protocol work is uvicorn's.

The parent binds, so that every worker shares the sockets, and starts a worker anew
when it dies. SIGTERM and SIGINT let open requests finish (R12).
"""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TypeAlias

import uvicorn

from gatelodge.web.app import App
from gatelodge.web.lifespan import Opening, Worker
from gatelodge.web.protocol import BoundedHttp

Started: TypeAlias = Callable[[], None]
_BACKLOG: Final = 1024
_RESTART_PAUSE: Final = 1.0
_MOST_FAILURES: Final = 3
_NOT_STARTED: Final = 3
_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


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
    restart_pause: float = _RESTART_PAUSE,
) -> None:
    """Serve until told to stop.

    Raises:
        SystemExit: it could not be started, and the log says why.
    """

    def serve(started: Started) -> None:
        told = _telling(opening, started)
        _serve(told, sockets, drain_seconds=drain_seconds)

    if workers == 1:
        serve(lambda: None)
    else:
        _Supervisor(serve, workers, restart_pause).run()


def _telling(opening: Opening, started: Started) -> Opening:
    @contextlib.asynccontextmanager
    async def told() -> AsyncIterator[App]:
        async with opening() as app:
            started()
            yield app

    return told


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
    for number in _STOPPING:
        signal.signal(number, _leave)
    server = uvicorn.Server(config)
    server.run(sockets=sockets)
    if not server.started:
        sys.exit(_NOT_STARTED)


def _leave(*_: object) -> None:
    """Being told to stop is a good end."""
    sys.exit(0)


class _Supervisor:
    """Keeps ``count`` forked workers alive until a signal asks to stop.

    A worker that served and died is started anew, however often. One that never comes
    to serve is given up after a few tries, so that whoever started us learns of it;
    but not while another worker serves.
    """

    def __init__(
        self, serve: Callable[[Started], None], count: int, pause: float
    ) -> None:
        self._serve = serve
        self._count = count
        self._pause = pause
        self._places: dict[int, int] = {}
        self._started = mmap.mmap(-1, count)  # a byte for each place, shared by all
        self._failures = 0
        self._stopping = False

    def run(self) -> None:
        """Fork, watch, restart; returns when all workers have stopped.

        Raises:
            SystemExit: they could not start; each of them said why.
        """
        for number in _STOPPING:
            signal.signal(number, self._stop)
        for place in range(self._count):
            self._start(place)
        status = 0
        while self._places:
            pid, _ = os.wait()
            place = self._places.pop(pid)
            self._failures = 0 if self._started[place] else self._failures + 1
            if self._stopping:
                continue
            if self._hopeless():
                status = _NOT_STARTED
                self._stop()
            else:
                time.sleep(self._pause)
                self._start(place)
        if status:
            sys.exit(status)

    def _hopeless(self) -> bool:
        serving = any(self._started[place] for place in self._places.values())
        return not serving and self._failures >= _MOST_FAILURES * self._count

    def _start(self, place: int) -> None:
        # No signal may fall between the fork and what each side makes of it.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        pid = -1
        if not self._stopping:
            self._started[place] = 0
            pid = os.fork()
        if pid > 0:
            self._places[pid] = place
        if pid == 0:
            for number in _STOPPING:
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
        if pid == 0:
            self._work(place)

    def _work(self, place: int) -> None:
        """Be the worker of this place; does not return."""

        def started() -> None:
            self._started[place] = 1

        code = 1
        try:
            self._serve(started)
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        finally:
            os._exit(code)

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for pid in tuple(self._places):
            os.kill(pid, signal.SIGTERM)
