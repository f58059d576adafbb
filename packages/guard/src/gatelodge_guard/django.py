"""Protect Django views with a decorator, or a whole site with a middleware.

Either way the view finds the claims in ``request.claims``. The middleware takes its
guard from the setting ``GATELODGE_GUARD`` and the paths that need no token from
``GATELODGE_OPEN_PATHS``.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable
from inspect import iscoroutinefunction
from typing import Any

from django.conf import settings  # type: ignore[import-untyped]  # Django has no types
from django.http import (  # type: ignore[import-untyped]  # Django has no types
    HttpRequest,
    HttpResponse,
)
from django.utils.decorators import (  # type: ignore[import-untyped]  # as above
    sync_and_async_middleware,
)

from .claims import Claims
from .errors import Mistake, Refusal
from .guard import Guard
from .reply import Reply, json_reply

View = Callable[..., Any]


class DjangoGuard:
    """Makes decorators from a ``Guard``."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def require(
        self,
        *scopes: str,
        permissions: Iterable[str] = (),
        any_of: Iterable[str] = (),
    ) -> Callable[[View], View]:
        """Return a decorator for sync and async views.

        The view runs only for a token that allows this. A refused request ends with
        the guard's status and challenge.
        """
        permissions, any_of = tuple(permissions), tuple(any_of)

        def allow(claims: Claims) -> None:
            claims.require(*scopes, permissions=permissions, any_of=any_of)

        def protect(view: View) -> View:
            return functools.wraps(view)(_wrap(self._guard, view, allow=allow))

        return protect

    def metadata(self, _request: HttpRequest) -> HttpResponse:
        """The view that serves the guard's metadata document (RFC 9728 §3)."""
        return _response(json_reply(self._guard.metadata()))


@sync_and_async_middleware  # type: ignore[untyped-decorator]  # Django has no types
def guard_middleware(get_response: View) -> View:
    """Demand a good token for every path; what it must allow is the views' business."""
    guard = getattr(settings, "GATELODGE_GUARD", None)
    if not isinstance(guard, Guard):
        raise Mistake("set GATELODGE_GUARD to a Guard in Django's settings")
    open_paths = frozenset(getattr(settings, "GATELODGE_OPEN_PATHS", ()))
    return _wrap(guard, get_response, open_paths=open_paths)


def _wrap(
    guard: Guard,
    view: View,
    *,
    allow: Callable[[Claims], None] = lambda _claims: None,
    open_paths: frozenset[str] = frozenset(),
) -> View:
    """Stand before a view, sync or async as the view is."""
    if iscoroutinefunction(view):
        return _wrap_async(guard, view, allow=allow, open_paths=open_paths)

    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.path in open_paths:
            return view(request, *args, **kwargs)
        try:
            shown, query = _shown(request)
            request.claims = guard.check(shown, query=query)
            allow(request.claims)
        except Refusal as refusal:
            return _response(guard.reply(refusal))
        return view(request, *args, **kwargs)

    return guarded


def _wrap_async(
    guard: Guard,
    view: Callable[..., Awaitable[Any]],
    *,
    allow: Callable[[Claims], None],
    open_paths: frozenset[str],
) -> Callable[..., Awaitable[Any]]:
    async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.path in open_paths:
            return await view(request, *args, **kwargs)
        try:
            shown, query = _shown(request)
            request.claims = await guard.check_async(shown, query=query)
            allow(request.claims)
        except Refusal as refusal:
            return _response(guard.reply(refusal))
        return await view(request, *args, **kwargs)

    return guarded


def _shown(request: HttpRequest) -> tuple[str | None, str]:
    meta = request.META
    return meta.get("HTTP_AUTHORIZATION"), meta.get("QUERY_STRING", "")


def _response(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, headers=dict(reply.headers))
