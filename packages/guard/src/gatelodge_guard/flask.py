"""Protect Flask views with a decorator; the claims stand in ``flask.g.claims``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec

from flask import Response, current_app, g, request

from .errors import Refusal
from .guard import Guard
from .reply import Reply, json_reply
from .wsgi import claims_of

P = ParamSpec("P")


class FlaskGuard:
    """Makes decorators from a ``Guard``."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def require(
        self,
        *scopes: str,
        permissions: Iterable[str] = (),
        any_of: Iterable[str] = (),
    ) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
        """Return a decorator: the view runs only for a token that allows this.

        Put it under ``@app.route``. A refused request ends with the guard's status
        and challenge.
        """
        permissions, any_of = tuple(permissions), tuple(any_of)

        def protect(view: Callable[P, Any]) -> Callable[P, Any]:
            @functools.wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
                try:
                    claims = claims_of(self._guard, request.environ)
                    claims.require(*scopes, permissions=permissions, any_of=any_of)
                except Refusal as refusal:
                    return _response(self._guard.reply(refusal))
                g.claims = claims
                return current_app.ensure_sync(view)(*args, **kwargs)

            return guarded

        return protect

    def metadata(self) -> Response:
        """The view that serves the guard's metadata document (RFC 9728 §3)."""
        return _response(json_reply(self._guard.metadata()))


def _response(reply: Reply) -> Response:
    return Response(reply.body, status=reply.status, headers=list(reply.headers))
