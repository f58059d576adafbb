"""The way back over a private-use scheme (RFC 8252 §7.1, §8.4).

The system starts the app a second time with the address as an argument. That second
process calls ``hand_over(sys.argv)`` first thing: it passes the address on to the one
that waits and can then exit. They meet at a Unix socket that only the owner can
reach; on Windows, and where the socket's path would be too long, at a loopback port
whose number and secret stand in a private file.

Linux is tested. The parts for macOS and Windows follow the rules of those systems and
are untested.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from .doorway import Doorway, Judge, Reaction
from .errors import AlreadyWaiting
from .file_vault import FileVault
from .lock import FileLock
from .loopback import listen
from .places import make_private, runtime_directory
from .response import answers

_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_LONGEST = 8_192
_LONGEST_PATH = 100  # of a Unix socket; systems stop at 104 to 108 bytes
_MET = b"met\n"
_SECONDS = 5.0


class Scheme:
    """Come back to an address such as ``com.example.app:/callback``.

    The scheme must be a domain of yours, reversed: it needs a dot. ``directory`` is
    where the two processes meet; ``sockets=False`` makes them meet as on Windows.
    """

    def __init__(
        self,
        redirect_uri: str,
        directory: Path | None = None,
        *,
        sockets: bool = hasattr(socket, "AF_UNIX"),
    ) -> None:
        parts = urlsplit(redirect_uri)
        if not _SCHEME.fullmatch(parts.scheme) or parts.query or parts.fragment:
            raise ValueError("Scheme() wants a reversed domain: com.example.app:/path")
        self._redirect_uri = redirect_uri
        self._meeting = Meeting(parts.scheme, directory, sockets=sockets)

    def open(self, app: str) -> SchemeDoor:
        """Start to wait; raises ``AlreadyWaiting``. ``app`` needs no page here."""
        return SchemeDoor(self._redirect_uri, self._meeting, app=app)

    def hand_over(self, arguments: Sequence[str]) -> bool:
        """In a second process: pass the address on to the one that waits.

        True if an argument was our address and someone took it: exit now. False if
        there is none, or nobody waits for it: go on as usual.
        """
        head = f"{self._redirect_uri.partition(':')[0]}:"
        for argument in arguments:
            if argument.lower().startswith(head) and len(argument) <= _LONGEST:
                return self._meeting.tell(argument)
        return False


class SchemeDoor:
    """A running app that waits for its second process."""

    def __init__(self, redirect_uri: str, meeting: Meeting, *, app: str) -> None:
        self._redirect_uri = redirect_uri
        self._app = app
        self._meeting = meeting
        listener, self._secret = meeting.begin()
        self._doorway = Doorway(listener)

    @property
    def redirect_uri(self) -> str:
        """The address as registered."""
        return self._redirect_uri

    def wait(self, state: str | None, *, timeout: float) -> str:
        """The query of the one answer (seconds); ``TimedOut``, ``Cancelled``."""
        return self._doorway.wait(self._judge(state), timeout=timeout)

    def cancel(self) -> None:
        """End the wait from another thread."""
        self._doorway.cancel()

    def close(self) -> None:
        """Stop waiting and remove the meeting point."""
        self._doorway.close()
        self._meeting.end()

    def _judge(self, state: str | None) -> Judge:
        def judge(said: bytes) -> Reaction | None:
            line, end, _rest = said.partition(b"\n")
            if len(line) > _LONGEST + 128:
                return Reaction(b"too long\n")
            return self._read(line.decode("utf-8", "replace"), state) if end else None

        return judge

    def _read(self, line: str, state: str | None) -> Reaction:
        mac, _, url = line.partition(" ")
        if not hmac.compare_digest(mac.encode(), _mac(self._secret, url).encode()):
            return Reaction(b"stranger\n")
        address, _, query = url.partition("?")
        query = query.partition("#")[0]
        if address.lower() != self._redirect_uri.lower():
            return Reaction(b"not here\n")
        if state is not None and not answers(query, state):
            return Reaction(b"not this one\n")
        return Reaction(_MET, found=query)


class Meeting:
    """Where the two processes find each other: one waits at a time."""

    def __init__(self, scheme: str, directory: Path | None, *, sockets: bool) -> None:
        self._directory = directory or runtime_directory()
        self._name = hashlib.sha256(scheme.encode()).hexdigest()[:16]
        self._sockets = sockets
        self._lock: FileLock | None = None

    def begin(self) -> tuple[socket.socket, bytes]:
        """Listen, and make it known how; raises ``AlreadyWaiting``."""
        make_private(self._directory)
        lock = FileLock(self._directory / f"{self._name}.lock")
        if not lock.acquire():
            raise AlreadyWaiting("Another sign-in waits for the same scheme.")
        secret = secrets.token_bytes(32)
        with contextlib.ExitStack() as failing:
            failing.callback(lock.release)
            listener = failing.enter_context(self._listen())
            self._tell_where(listener, secret)
            failing.pop_all()
        self._lock = lock
        return listener, secret

    def end(self) -> None:
        """Remove the meeting point; may be called twice."""
        if self._lock is None:
            return
        self._file.clear(self._name)
        self._socket_path.unlink(missing_ok=True)
        self._lock.release()
        self._lock = None

    def tell(self, url: str) -> bool:
        """Say the address to whoever waits; False if nobody takes it."""
        held = self._file.load(self._name)
        if held is None or "\n" in url:
            return False
        where = json.loads(held)
        line = f"{_mac(bytes.fromhex(where['secret']), url)} {url}\n"
        with contextlib.suppress(OSError), self._call(where["port"]) as line_to_app:
            line_to_app.settimeout(_SECONDS)
            line_to_app.sendall(line.encode())
            return line_to_app.recv(64) == _MET
        return False

    def _listen(self) -> socket.socket:
        if not self._sockets or len(os.fsencode(self._socket_path)) > _LONGEST_PATH:
            return listen((0,))
        # We hold the lock, so a socket that is still here belongs to a dead process.
        self._socket_path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self._socket_path))
            self._socket_path.chmod(0o600)
            listener.listen(8)
        except BaseException:
            listener.close()
            raise
        return listener

    def _tell_where(self, listener: socket.socket, secret: bytes) -> None:
        of_unix = isinstance(listener.getsockname(), str)
        port = None if of_unix else listener.getsockname()[1]
        self._file.save(self._name, json.dumps({"port": port, "secret": secret.hex()}))

    def _call(self, port: int | None) -> socket.socket:
        if port is not None:
            return socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(_SECONDS)
            line.connect(str(self._socket_path))
        except BaseException:
            line.close()
            raise
        return line

    @property
    def _file(self) -> FileVault:
        return FileVault(self._directory)

    @property
    def _socket_path(self) -> Path:
        return self._directory / f"{self._name}.sock"


def _mac(secret: bytes, url: str) -> str:
    """Proves who speaks without saying the secret to whoever listens."""
    return hmac.new(secret, url.encode(), hashlib.sha256).hexdigest()
