"""Protect FastAPI routes with a dependency; the OpenAPI document says so too."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable

from fastapi import APIRouter, FastAPI, HTTPException, Request, Security
from fastapi.responses import JSONResponse, Response
from fastapi.security import OpenIdConnect

from .asgi import claims_of
from .claims import Claims
from .discovery import discovery_url
from .errors import Refusal
from .guard import Guard
from .metadata import well_known_path
from .reply import Reply


class Refused(HTTPException):
    """A refused request; FastAPI answers it with its status and headers anywhere.

    Its body is nested in ``detail`` unless ``FastAPIGuard.install`` was called.
    """

    def __init__(self, reply: Reply) -> None:
        kept = {k: v for k, v in reply.headers if k != "Content-Type"}
        super().__init__(reply.status, detail=json.loads(reply.body), headers=kept)
        self.reply = reply


class FastAPIGuard:
    """Makes dependencies from a ``Guard``."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._scheme = OpenIdConnect(
            openIdConnectUrl=discovery_url(guard.issuer), auto_error=False
        )

    def install(self, app: FastAPI) -> None:
        """Let ``app`` answer refusals in the guard's own words, and serve its metadata.

        The body is then ``{"error": …, "error_description": …}`` as everywhere else
        (RFC 6750 §3); the metadata document (RFC 9728 §3) is served where the guard
        knows its ``resource``.
        """
        app.add_exception_handler(Refused, _answer)
        if self._guard.resource is not None:
            app.include_router(self.metadata_router())

    def require(
        self,
        *scopes: str,
        permissions: Iterable[str] = (),
        any_of: Iterable[str] = (),
    ) -> Callable[..., Awaitable[Claims]]:
        """Return a dependency that yields the claims of a token that allows this.

        Use it as ``claims: Claims = Depends(guard.require("read:timesheets"))``. A
        refused request ends with the guard's status and challenge.
        """
        guard = self._guard
        permissions, any_of = tuple(permissions), tuple(any_of)
        described = Security(self._scheme, scopes=[*scopes])

        async def token(request: Request, _scheme: str | None = described) -> Claims:
            try:
                claims = await claims_of(guard, request.scope)
                claims.require(*scopes, permissions=permissions, any_of=any_of)
            except Refusal as refusal:
                raise Refused(guard.reply(refusal)) from refusal
            return claims

        return token

    def metadata_router(self) -> APIRouter:
        """Return a router that serves the guard's metadata document (RFC 9728 §3).

        Raises ``Mistake`` when the guard was given no ``resource``.
        """
        document = self._guard.metadata()
        path = well_known_path(document["resource"])
        router = APIRouter(include_in_schema=False)
        router.add_api_route(path, lambda: JSONResponse(document))
        return router


async def _answer(_request: Request, refused: Exception) -> Response:
    reply = refused.reply if isinstance(refused, Refused) else Reply(500, (), b"")
    return Response(reply.body, reply.status, headers=dict(reply.headers))
