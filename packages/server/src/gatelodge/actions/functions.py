"""The folder's functions, and the few children that run them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any, Final

from gatelodge.actions import folder
from gatelodge.actions.failure import ActionFailed
from gatelodge.actions.folder import Folder, FolderMistake
from gatelodge.actions.process import Answer, Process, start
from gatelodge.base.text import printable

MOST_CHILDREN: Final = 4
_LONGEST_WAIT: Final = 20.0
_LONGEST_CONSOLE: Final = 256
_log: Final = logging.getLogger("gatelodge.actions")


class Functions:
    """Starts a child when one is needed, and keeps it for the next call."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.folder = folder.read(path)
        self._idle: list[Process] = []
        self._room = asyncio.Semaphore(MOST_CHILDREN)

    async def refresh(self) -> None:
        """Take up what stands in the folder now; a broken folder changes nothing."""
        try:
            found: Folder = await asyncio.to_thread(folder.read, self._path)
        except FolderMistake as error:
            _log.error("the actions stay as they were: %s", error)
            return
        if found != self.folder:
            _log.info("the actions have changed")
            self.folder = found
            for process in self._taken():
                await process.kill()

    async def call(
        self,
        *,
        file: str,
        function: str,
        trigger: str,
        event: Mapping[str, Any],
        seconds: float,
    ) -> bytes:
        """The commands of one function, as a JSON list.

        Raises:
            ActionFailed: it failed, or nobody had time for it.
        """
        async with self._turn():
            process = await self._child()
            answer = await process.ask(
                file=file,
                function=function,
                trigger=trigger,
                event=event,
                seconds=seconds,
            )
            if process.version == self.folder.version:
                self._idle.append(process)
            else:
                await process.kill()
        return _commands(file, answer)

    async def close(self) -> None:
        """End all children."""
        for process in self._taken():
            await process.kill()

    @contextlib.asynccontextmanager
    async def _turn(self) -> Any:
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._room.acquire()
        except TimeoutError:
            raise ActionFailed("too many actions run at once") from None
        try:
            yield
        finally:
            self._room.release()

    async def _child(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.alive and process.version == self.folder.version:
                return process
            await process.kill()
        return await start(self.folder)

    def _taken(self) -> list[Process]:
        taken, self._idle = self._idle, []
        return taken


def _commands(file: str, answer: Answer) -> bytes:
    if answer.console:
        _log.info("%s: %s", file, printable(answer.console, _LONGEST_CONSOLE))
    if answer.error is not None:
        raise ActionFailed(printable(answer.error, 300))
    return bytes(answer.commands)
