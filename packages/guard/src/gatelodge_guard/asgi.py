"""Protect any ASGI application (ASGI 3).

The claims stand in ``scope["state"]["claims"]``; Starlette shows them as
``request.state.claims``. Answers to CORS preflights belong to a CORS middleware, which
must stand outside this one: a preflight never carries a token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from .claims import Claims
from .errors import Refusal
from .guard import Guard
from .reply import Reply, json_reply

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY_VIOLATION = 1008


class GuardMiddleware:
    """Lets a request through when its token allows ``scopes`` and ``permissions``.

    ``open_paths`` need no token (exact paths). The guard's metadata document is served
    at its own path when the guard knows its ``resource`` (RFC 9728 §3).
    """

    def __init__(
        self,
        app: Application,
        guard: Guard,
        *,
        scopes: Iterable[str] = (),
        permissions: Iterable[str] = (),
        open_paths: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._guard = guard
        self._scopes = tuple(scopes)
        self._permissions = tuple(permissions)
        self._open = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass the request on or answer it."""
        if scope["type"] not in {"http", "websocket"} or scope["path"] in self._open:
            await self._app(scope, receive, send)
            return
        if scope["path"] == self._guard.metadata_path:
            await _send(json_reply(self._guard.metadata()), scope, send)
            return
        try:
            claims = await claims_of(self._guard, scope)
            claims.require(*self._scopes, permissions=self._permissions)
        except Refusal as refusal:
            await _send(self._guard.reply(refusal), scope, send)
            return
        state = {**scope.get("state", {}), "claims": claims}
        await self._app({**scope, "state": state}, receive, send)


async def claims_of(guard: Guard, scope: Scope) -> Claims:
    """Check the token of an ASGI request. Raises ``Refusal``."""
    headers = scope["headers"]
    shown = [v.decode("latin-1") for k, v in headers if k.lower() == b"authorization"]
    query = scope.get("query_string", b"").decode("latin-1")
    return await guard.check_async(shown, query=query)


async def _send(reply: Reply, scope: Scope, send: Send) -> None:
    """Answer; a WebSocket that cannot be answered is closed before it opens."""
    prefix = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        prefix = "websocket.http.response"
    headers = [(k.lower().encode(), v.encode("latin-1")) for k, v in reply.headers]
    length = (b"content-length", str(len(reply.body)).encode())
    start = {"type": f"{prefix}.start", "status": reply.status}
    await send({**start, "headers": [*headers, length]})
    await send({"type": f"{prefix}.body", "body": reply.body})
