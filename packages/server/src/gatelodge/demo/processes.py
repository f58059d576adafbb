"""Processes of the demo: started, waited for, and stopped by their own ids."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gatelodge.demo.narrator import DemoFailed

_PATIENCE: Final = 30.0
_FAREWELL: Final = 8.0
_LAST_LINES: Final = 12


class Process:
    """One started command with its output in a file."""

    def __init__(self, name: str, handle: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.pid = handle.pid
        self._handle = handle
        self._log = log

    @property
    def said(self) -> str:
        """Everything it wrote so far."""
        return self._log.read_text(errors="replace")

    def wait_for(self, word: str) -> None:
        """Wait until it has said ``word``; ``DemoFailed`` when it ends or is slow."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self._handle.poll() is not None:
                raise DemoFailed(
                    f"{self.name} ended ({self._handle.returncode}):\n{self._tail()}"
                )
            if word in self.said:
                return
            pause()
        raise DemoFailed(f"{self.name} is not ready after {_PATIENCE:g} s")

    def stop(self) -> None:
        """Ask it to end; make it, if it does not."""
        if self._handle.poll() is None:
            self._handle.terminate()
        try:
            self._handle.wait(timeout=_FAREWELL)
        except subprocess.TimeoutExpired:
            self._handle.kill()
            self._handle.wait(timeout=_FAREWELL)

    def _tail(self) -> str:
        return "\n".join(self.said.splitlines()[-_LAST_LINES:])


@contextlib.contextmanager
def started(
    name: str, module: str, *words: str, folder: Path, log: str
) -> Iterator[Process]:
    """Run ``python -m module words`` until the block ends."""
    path = folder / log
    with path.open("wb") as out:
        handle = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(),
            # Ctrl-C is ours to handle: it must not end them before the story does.
            start_new_session=True,
        )
    process = Process(name, handle, path)
    try:
        yield process
    finally:
        process.stop()


def done(module: str, words: Sequence[str], *, folder: Path, **more: str) -> str:
    """Run ``python -m module words`` to its end; gives what it said.

    ``more`` goes into its environment.
    """
    ran = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**environment(), **more},
        timeout=_PATIENCE,
        check=False,
    )
    if ran.returncode:
        raise DemoFailed(f"{module} {words[0]} failed: {ran.stderr.strip()}")
    return ran.stdout


def pause() -> None:
    """Between two looks at something that is not there yet."""
    time.sleep(0.05)


def environment() -> dict[str, str]:
    """Ours, without settings of another Gatelodge and without proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GATELODGE_") and not name.lower().endswith("_proxy")
    }
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}


def end_politely() -> None:
    """Let SIGTERM unwind us like Ctrl-C, so that what we started is stopped."""

    def unwind(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, unwind)
