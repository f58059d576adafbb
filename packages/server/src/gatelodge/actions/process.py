"""One child process: started, asked, and killed when it does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatelodge.actions.failure import ActionFailed
from gatelodge.actions.folder import Folder

LARGEST_ANSWER: Final = 262_144
_START: Final = 20.0
_OURS: Final = "GATELODGE_"


class Answer(msgspec.Struct, frozen=True):
    """One line of a child."""

    id: int
    commands: msgspec.Raw = msgspec.Raw(b"[]")
    error: str | None = None
    console: str = ""


class Process:
    """A child with the functions of one version of the folder."""

    def __init__(self, running: asyncio.subprocess.Process, version: str) -> None:
        self._running = running
        self._last = 0
        self.version = version

    @property
    def alive(self) -> bool:
        """Whether it has not ended, as far as we know."""
        return self._running.returncode is None

    async def ask(
        self,
        *,
        file: str,
        function: str,
        trigger: str,
        event: Mapping[str, Any],
        seconds: float,
    ) -> Answer:
        """Call one function; a child that fails to answer is killed.

        Raises:
            ActionFailed: too slow, gone, or no answer one could read.
        """
        self._last += 1
        call = {
            "id": self._last,
            "file": file,
            "function": function,
            "trigger": trigger,
            "event": event,
        }
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(msgspec.json.encode(call))
        except TimeoutError:
            await self.kill()
            raise ActionFailed(f"took longer than {seconds:g} seconds") from None
        except (OSError, ValueError, EOFError) as error:
            await self.kill()
            raise ActionFailed(_ended(error)) from error
        except asyncio.CancelledError:
            await self.kill()
            raise

    async def _exchange(self, line: bytes) -> Answer:
        to, out = self._running.stdin, self._running.stdout
        if to is None or out is None:  # both are pipes
            raise EOFError
        to.write(line + b"\n")
        await to.drain()
        while True:
            answer = msgspec.json.decode(await _line(out), type=Answer)
            if answer.id == self._last:
                return answer

    async def kill(self) -> None:
        """End it, and whatever it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._running.pid, signal.SIGKILL)
        if self._running.stdin is not None:
            self._running.stdin.close()
        await self._running.wait()


async def start(folder: Folder) -> Process:
    """A child that has imported the folder's files.

    Raises:
        ActionFailed: it does not come up.
    """
    kept = {name: text for name, text in os.environ.items() if not _secret(name)}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "gatelodge.actions.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder.path,
        env=kept,
        start_new_session=True,
        limit=LARGEST_ANSWER,
    )
    process = Process(running, folder.version)
    files = {one.name: one.source for one in folder.files}
    setup = msgspec.json.encode({"folder": folder.path, "files": files})
    try:
        async with asyncio.timeout(_START):
            await process._exchange(setup)  # noqa: SLF001 - its own first line
    except (TimeoutError, OSError, ValueError, EOFError) as error:
        await process.kill()
        raise ActionFailed(f"the child did not start: {_ended(error)}") from error
    except asyncio.CancelledError:
        await process.kill()
        raise
    return process


async def _line(out: asyncio.StreamReader) -> bytes:
    line = await out.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line


def _ended(error: Exception) -> str:
    if isinstance(error, ValueError) and not isinstance(error, msgspec.DecodeError):
        return f"answered more than {LARGEST_ANSWER} bytes"
    return "its process ended" if isinstance(error, EOFError) else "no answer came"


def _secret(name: str) -> bool:
    """Our own settings hold the master key and the database's password."""
    return name.upper().startswith(_OURS)
