"""Start and stop of one worker: the house opens, work goes on beside it, all closes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from gatelodge.web.app import App

Opening: TypeAlias = Callable[[], contextlib.AbstractAsyncContextManager[App]]


class Worker:
    """An ASGI application that makes itself when the server starts it."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._app: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or a lifespan event (ASGI lifespan protocol)."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and self._app is not None:
            await self._app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._open():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            if self._app is None:
                message = f"{type(error).__name__}: {error}"
                await send({"type": "lifespan.startup.failed", "message": message})
                return
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        async with self._opening() as app:
            self._app = app
            yield
