"""The ASGI application: find the route, walk it, turn every end into an answer."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gatelodge.base.errors import PageRefusal, Refusal, ReturnedRefusal
from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.endpoints import refusals, saml_answer
from gatelodge.house import House
from gatelodge.store.database import StoreUnavailable
from gatelodge.web import cors, routes
from gatelodge.web.proxies import Network
from gatelodge.web.reading import Issuers, TooLarge, TooSlow, exchange_of, host_of
from gatelodge.web.writing import response_of

_log: Final = logging.getLogger("gatelodge.web")
_TRACE_BYTES: Final = 8


class App:
    """Serves one house."""

    def __init__(self, house: House, *, trusted: Sequence[Network] = ()) -> None:
        self._house = house
        self._trusted = tuple(trusted)
        self._issuers = Issuers(house.issuers)
        self._origins = cors.Origins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = _path(request)
        trace_id = self._house.entropy.draw(_TRACE_BYTES).hex()
        issuer = self._issuers.of(host_of(request, self._trusted))
        route = routes.find(request.method, path)
        if request.method == "OPTIONS":
            return self._preflight(request, path)
        if issuer is None and not (route and route.any_host):
            return _wrong_host(self._issuers.default)
        response = await self._walk(
            request, path, route, issuer or self._issuers.default, trace_id
        )
        response.headers["X-Request-Id"] = trace_id
        return self._with_cors(request, route, response)

    async def _walk(
        self,
        request: Request,
        path: str,
        route: routes.Route | None,
        issuer: str,
        trace_id: str,
    ) -> Response:
        exchange = Exchange(method=request.method, path=path, issuer=issuer)
        try:
            exchange = await exchange_of(
                request, path=path, issuer=issuer, trusted=self._trusted
            )
            reply = await self._reply(exchange, route, trace_id)
        except (TooLarge, TooSlow) as refusal:
            status = 413 if isinstance(refusal, TooLarge) else 408
            reply = Json(body=_body("invalid_request", refusal.says), status=status)
        return self._drawn(exchange, reply, trace_id)

    def _drawn(self, exchange: Exchange, reply: Reply, trace_id: str) -> Response:
        """A page that cannot be drawn is a mistake like any other."""
        try:
            return response_of(self._house, exchange, reply)
        except Exception:  # noqa: BLE001 - the last resort: log, answer, live on
            _log.exception("a mistake in drawing", extra={"trace_id": trace_id})
            failed = _failed("server", api=True, trace_id=trace_id, status=500)
            return response_of(self._house, exchange, failed)

    async def _reply(
        self, exchange: Exchange, route: routes.Route | None, trace_id: str
    ) -> Reply:
        """The one place where refusals are caught."""
        if route is None:
            return _no_route(exchange, trace_id)
        api = route.surface == "api"
        try:
            _check_origin(exchange, route)
            return await route.endpoint(self._house, exchange)
        except Refusal as refusal:
            return await self._refused(refusal, api=api, trace_id=trace_id)
        except StoreUnavailable as error:
            _log.warning("storage is away: %s", error, extra={"trace_id": trace_id})
            return _failed("busy", api=api, trace_id=trace_id, status=503)
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - the last resort: log, answer, live on
            _log.exception("a mistake", extra={"trace_id": trace_id})
            return _failed("server", api=api, trace_id=trace_id, status=500)

    async def _refused(self, refusal: Refusal, *, api: bool, trace_id: str) -> Reply:
        """Commit what holds although we refuse, tell the operator why, answer."""
        _log.info(
            "refused by %s: %s",
            refusal.rule,
            refusal.because,
            extra={"trace_id": trace_id, "rule": refusal.rule},
        )
        try:
            held = await self._house.store.commit(refusal.writes)
        except StoreUnavailable:
            return _failed("busy", api=api, trace_id=trace_id, status=503)
        if not held:
            _log.error("a refusal was not written", extra={"trace_id": trace_id})
        if isinstance(refusal, ReturnedRefusal) and saml_answer.concerns(refusal):
            return saml_answer.refused(self._house, refusal)
        if api:
            return refusals.for_api(refusal, self._house.snapshot.catalogue.settings)
        return refusals.for_page(refusal, trace_id=trace_id)

    def _preflight(self, request: Request, path: str) -> Response:
        origin = request.headers.get("origin", "")
        found = routes.methods(path)
        listed = any(
            route.cors for method in found if (route := routes.find(method, path))
        )
        if not listed or not self._allowed(origin):
            return Response(status_code=204, headers={"Vary": "Origin"})
        headers = cors.preflight_headers(origin, found)
        return Response(status_code=204, headers=headers)

    def _with_cors(
        self, request: Request, route: routes.Route | None, response: Response
    ) -> Response:
        if route is None or not route.cors:
            return response
        # A cache must not give one page the answer that another may read.
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("origin", "")
        if origin and self._allowed(origin):
            response.headers.update(cors.answer_headers(origin))
        return response

    def _allowed(self, origin: str) -> bool:
        return self._origins.allowed(origin, self._house.snapshot.catalogue)


def _path(request: Request) -> str:
    """Clients that append to an issuer's trailing slash write two (clients rule 37)."""
    path: str = request.scope["path"]
    return "/" + path.lstrip("/") if path.startswith("//") else path


def _check_origin(exchange: Exchange, route: routes.Route) -> None:
    if route.guarded and exchange.same_origin is False:
        raise PageRefusal(
            "The form came from another site.",
            error="access_denied",
            rule="House-same-origin",
            status=403,
        )


def _no_route(exchange: Exchange, trace_id: str) -> Reply:
    allowed = routes.methods(exchange.path)
    if allowed:
        return Json(
            body=_body("invalid_request", "Method not allowed"),
            status=405,
            headers={"Allow": ", ".join(allowed), "Cache-Control": "no-store"},
        )
    if "text/html" not in exchange.headers.get("accept", ""):
        return Json(body=_body("not_found", "There is nothing here"), status=404)
    return refusals.error_page(
        "not_found",
        error="not_found",
        says="There is nothing here",
        trace_id=trace_id,
        status=404,
    )


def _failed(problem: str, *, api: bool, trace_id: str, status: int) -> Reply:
    error = "temporarily_unavailable" if problem == "busy" else "server_error"
    says = "Please try again shortly." if problem == "busy" else "Something went wrong."
    if not api:
        return refusals.error_page(
            problem, error=error, says=says, trace_id=trace_id, status=status
        )
    return Json(
        body={**_body(error, says), "trace_id": trace_id},
        status=status,
        headers={"Cache-Control": "no-store"},
    )


def _body(error: str, says: str) -> dict[str, str]:
    return {"error": error, "error_description": says}


def _wrong_host(issuer: str) -> Response:
    """Nothing is served under a name that is not ours (security 53)."""
    return Response(
        f"This server is {issuer} and answers under that address only.\n",
        status_code=421,
        media_type="text/plain",
    )
