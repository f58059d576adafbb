"""A command of ours as a running server: started, waited for, heard, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotReady(Exception):
    """The server ended, or did not answer in time; the text holds what it said."""


class Server:
    """One started command; its output is kept in a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, url: str) -> None:
        self.process = process
        self.url = url
        self._log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        """All that it has written so far, both streams."""
        return self._log.read_text(errors="replace")

    def wait_ready(self, patience: float = 20.0) -> None:
        """Wait until the address answers, whatever the status; raises NotReady."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise NotReady(f"it ended ({self.process.returncode}):\n{self.output}")
            if _answers(self.url):
                return
            time.sleep(0.02)
        raise NotReady(f"no answer from {self.url} in {patience} s:\n{self.output}")

    def wait_says(self, text: str, patience: float = 20.0) -> str:
        """Wait until the output holds ``text``; gives its line."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for line in self.output.splitlines():
                if text in line:
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise NotReady(f"it never said {text!r}:\n{self.output}")

    def kill(self) -> None:
        """End it as a power cut would: it and its children, with no last word."""
        self._signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self, patience: float = 10.0) -> int:
        """Ask it to end, then make it; gives the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.kill()
        # Its children are in a group of their own, named by its pid.
        self._signal(signal.SIGKILL)
        return int(self.process.returncode)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


@contextlib.contextmanager
def running_server(
    command: Sequence[str | os.PathLike[str]],
    *,
    url: str,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    patience: float = 20.0,
) -> Iterator[Server]:
    """Run ``command`` until the block ends; inside it ``url`` answers.

    ``env`` is added to a small environment of its own: none of the caller's settings
    or proxies reach the server.
    """
    with tempfile.TemporaryDirectory(prefix="gatelodge-server-") as folder:
        log = Path(folder) / "output"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [os.fspath(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=_environment(env),
                start_new_session=True,
            )
        server = Server(process, log, url)
        try:
            server.wait_ready(patience)
            yield server
        finally:
            server.stop()


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "DISPLAY", "VIRTUAL_ENV")
    own = {name: os.environ[name] for name in kept if name in os.environ}
    return {**own, "PYTHONUNBUFFERED": "1", **(extra or {})}


def _answers(url: str) -> bool:
    try:
        with _DIRECT.open(url, timeout=2):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except OSError:
        return False


@pytest.fixture(name="running_server", scope="session")
def _running_server():
    return running_server
