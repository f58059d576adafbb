"""One bounded loop that waits at a socket for the one message that matters.

Anyone on this machine can knock. So one thread serves all comers at once, none may
stay longer than five seconds or send more than 64 kilobytes, and when too many stand
at the door the one who came first is sent away: a slow or greedy caller cannot keep
the real answer out.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from .errors import Cancelled, TimedOut

LIMIT = 65_536  # browsers send the cookies of all ports of this address
_STAY_SECONDS = 5.0
_CALLERS = 32


@dataclass(frozen=True, slots=True)
class Reaction:
    """What to reply to a caller, and what was found if this was the one."""

    reply: bytes
    found: str | None = field(default=None, repr=False)


Judge = Callable[[bytes], Reaction | None]
"""Looks at all a caller has sent so far; None means "not all here yet"."""


class Door(Protocol):
    """Where the browser comes back to; closes for good when left."""

    @property
    def redirect_uri(self) -> str:
        """The address to give to the provider."""

    def wait(self, state: str | None, *, timeout: float) -> str:
        """The query of the answer with this state; with None, of any answer.

        ``timeout`` in seconds. Raises ``TimedOut`` or ``Cancelled``.
        """

    def cancel(self) -> None:
        """Wake a waiting thread, which then raises ``Cancelled``."""

    def close(self) -> None:
        """Stop listening."""


class Redirect(Protocol):
    """A way back from the browser."""

    def open(self, app: str) -> Door:
        """Start to listen; ``app`` is the name shown to the person."""


class Doorway:
    """The loop itself, over one listening socket."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._wake, self._waker = socket.socketpair()
        self._callers: dict[socket.socket, tuple[float, bytearray]] = {}
        self._selector = selectors.DefaultSelector()
        listener.setblocking(False)
        for end in (listener, self._wake):
            self._selector.register(end, selectors.EVENT_READ)

    def wait(self, judge: Judge, *, timeout: float) -> str:
        """Serve callers until one brings what ``judge`` accepts (seconds)."""
        until = time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            for key, _events in self._selector.select(min(left, 0.5)):
                found = self._serve(key.fileobj, judge)
                if found is not None:
                    return found
            self._send_away_idlers()
        raise TimedOut(f"Nobody came back from the browser in {timeout:g} s.")

    def cancel(self) -> None:
        """End the wait from another thread."""
        with contextlib.suppress(OSError):
            self._waker.send(b"x")

    def close(self) -> None:
        """Close everything; may be called twice."""
        for caller in list(self._callers):
            self._leave(caller)
        self._selector.close()
        for end in (self._listener, self._wake, self._waker):
            end.close()

    def _serve(self, end: object, judge: Judge) -> str | None:
        if end is self._wake:
            raise Cancelled("The app stopped waiting for the browser.")
        if end is self._listener:
            self._greet()
            return None
        if isinstance(end, socket.socket) and end in self._callers:
            return self._listen_to(end, judge)
        return None

    def _greet(self) -> None:
        with contextlib.suppress(OSError):
            caller, _address = self._listener.accept()
            caller.setblocking(False)
            if len(self._callers) >= _CALLERS:
                self._leave(next(iter(self._callers)))
            self._callers[caller] = (time.monotonic(), bytearray())
            self._selector.register(caller, selectors.EVENT_READ)

    def _listen_to(self, caller: socket.socket, judge: Judge) -> str | None:
        said = self._callers[caller][1]
        try:
            heard = caller.recv(LIMIT)
        except BlockingIOError:
            return None
        except OSError:
            heard = b""
        said += heard
        reaction = judge(bytes(said)) if heard else None
        if reaction is not None:
            # Smaller than any send buffer: a caller who does not read cannot block.
            with contextlib.suppress(OSError):
                caller.sendall(reaction.reply)
                caller.shutdown(socket.SHUT_WR)
        if reaction is not None or not heard:
            self._leave(caller)
        return reaction.found if reaction is not None else None

    def _send_away_idlers(self) -> None:
        now = time.monotonic()
        for caller, (since, _said) in list(self._callers.items()):
            if now - since > _STAY_SECONDS:
                self._leave(caller)

    def _leave(self, caller: socket.socket) -> None:
        del self._callers[caller]
        self._selector.unregister(caller)
        caller.close()
