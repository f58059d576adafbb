"""The process in which an administrator's functions run.

It reads one JSON line a call from its standard input and answers with one; whatever the
functions do to their standard streams, these two are out of their reach. It imports
nothing of the server's but this room.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, TextIO

from gatelodge.actions.api import Api, snake
from gatelodge.actions.event import Event, plain

LONGEST_CONSOLE: Final = 256
_LONGEST_ERROR: Final = 200
_Function = Callable[[Event, Api], Any]


class Console(io.TextIOBase):
    """What a function prints: the first characters, the rest is dropped."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[str] = []
        self._room = LONGEST_CONSOLE

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if self._room > 0:
            self._kept.append(text[: self._room])
            self._room -= len(text)
        return len(text)

    def taken(self) -> str:
        """What was printed since the last time."""
        found, self._kept, self._room = "".join(self._kept), [], LONGEST_CONSOLE
        return found


def main() -> None:
    """Answer calls until the server goes away."""
    calls, answers = _private_streams()
    console = Console()
    sys.stdout = sys.stderr = console
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(calls, waiting), daemon=True).start()
    setup = json.loads(waiting.get())
    sys.path.insert(0, setup["folder"])
    modules = {name: _imported(name, source) for name, source in setup["files"].items()}
    own = os.getpid()
    answers.write(json.dumps({"id": 0, "console": console.taken()}) + "\n")
    while True:
        call = json.loads(waiting.get())
        answer = _answer(modules, call, console)
        if os.getpid() != own:  # a function has forked: one answer is enough
            os._exit(0)
        answers.write(f"{answer}\n")


def _private_streams() -> tuple[TextIO, TextIO]:
    """Take standard input and output away from the functions."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    calls = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return calls, answers


def _listen(calls: TextIO, waiting: queue.SimpleQueue[str]) -> None:
    """Hand on calls; end with the server, even in the middle of an endless loop."""
    for line in calls:
        waiting.put(line)
    os._exit(0)


def _imported(name: str, source: str) -> ModuleType | str:
    """The file as a module, or why it is none."""
    module = ModuleType(name.removesuffix(".py"))
    module.__file__ = name
    try:
        exec(compile(source, name, "exec"), module.__dict__)  # noqa: S102 - the point
    except BaseException as error:  # noqa: BLE001 - whatever it is, we live on
        return _told(error, name)
    return module


def _answer(
    modules: dict[str, ModuleType | str], call: dict[str, Any], console: Console
) -> str:
    answer: dict[str, Any] = {"id": call["id"]}
    api = Api(Event(call["event"]), trigger=call["trigger"])
    try:
        function = _function(modules[call["file"]], call["function"])
        returned = function(api.event, api)
        if inspect.iscoroutine(returned):
            asyncio.run(returned)
        answer["commands"] = api.commands
        line = json.dumps(answer, default=plain, allow_nan=False)
    except BaseException as error:  # noqa: BLE001 - whatever it is, we live on
        line = json.dumps({"id": call["id"], "error": _told(error, call["file"])})
    printed = console.taken()
    return line if not printed else f'{line[:-1]}, "console": {json.dumps(printed)}}}'


def _function(module: ModuleType | str, name: str) -> _Function:
    if isinstance(module, str):
        raise _NotImported(module)
    found: list[_Function] = [
        value for own, value in vars(module).items() if snake(own) == name
    ]
    if not found:
        raise _NotImported(f"{module.__file__} has no function {name}")
    return found[0]


class _NotImported(Exception):
    """The file is no module; the text says why already."""


def _told(error: BaseException, file: str) -> str:
    """One line: what it was, and where in the action's own file."""
    if isinstance(error, _NotImported):
        return str(error)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__)]
    own = [
        f.lineno
        for f in traceback.extract_tb(error.__traceback__)
        if f.filename == file
    ]
    line = (own or lines or [0])[-1]
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{text[:_LONGEST_ERROR]} ({file}:{line})"


if __name__ == "__main__":
    main()
