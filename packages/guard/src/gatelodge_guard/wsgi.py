"""Protect any WSGI application (PEP 3333); the claims stand in the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from .claims import Claims
from .errors import Refusal
from .guard import Guard
from .reply import Reply, json_reply

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

CLAIMS = "gatelodge.claims"
"""The key of the claims in the WSGI environment."""


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

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Check, then pass the request on or answer it."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if path in self._open:
            return self._app(environ, start)
        if path == self._guard.metadata_path:
            return _answer(json_reply(self._guard.metadata()), start)
        try:
            claims = claims_of(self._guard, environ)
            claims.require(*self._scopes, permissions=self._permissions)
        except Refusal as refusal:
            return _answer(self._guard.reply(refusal), start)
        return self._app({**environ, CLAIMS: claims}, start)


def claims_of(guard: Guard, environ: Environ) -> Claims:
    """Check the token of a WSGI request. Raises ``Refusal``."""
    shown = environ.get("HTTP_AUTHORIZATION")
    return guard.check(shown, query=environ.get("QUERY_STRING", ""))


def _answer(reply: Reply, start: StartResponse) -> Iterable[bytes]:
    line = f"{reply.status} {HTTPStatus(reply.status).phrase}"
    start(line, [*reply.headers, ("Content-Length", str(len(reply.body)))])
    return [reply.body]
