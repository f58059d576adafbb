"""Keep the window alive: slow work in threads, its results back on the UI's own."""

from __future__ import annotations

import queue
import tkinter as tk
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")
_LOOK_EVERY: Final = 40


class Background:
    """Tk may be touched from one thread only; this is the way in for the others."""

    def __init__(self, root: tk.Tk) -> None:
        self._root = root
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="timesheets")
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._next = root.after(_LOOK_EVERY, self._look)

    def do(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Run ``work`` in a thread, then ``done`` or ``failed`` in the UI's."""

        def back(future: Future[T]) -> None:
            self.post(lambda: _deliver(future, done, failed))

        self._pool.submit(work).add_done_callback(back)

    def post(self, act: Callable[[], Any]) -> None:
        """Run ``act`` in the UI's thread, soon; may be called from any thread."""
        self._queue.put(act)

    def close(self) -> None:
        """Stop looking; work under way ends by itself."""
        self._root.after_cancel(self._next)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> None:
        self._next = self._root.after(_LOOK_EVERY, self._look)
        for _ in range(self._queue.qsize()):
            self._queue.get()()


def _deliver(
    future: Future[T], done: Callable[[T], None], failed: Callable[[Exception], None]
) -> None:
    if future.cancelled():
        return
    error = future.exception()
    if error is None:
        done(future.result())
    elif isinstance(error, Exception):
        failed(error)
    else:
        raise error
