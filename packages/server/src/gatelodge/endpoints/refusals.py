"""How each refusal looks on the wire: the one table of shapes and statuses.

OAuth: RFC 6749 §5.2 with the ``rfc`` or ``auth0`` statuses (decisions 8). Database
endpoints: Auth0's shape (contract 3.2). Pages: a text for people, never JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, cast

import msgspec

from gatelodge.base.errors import (
    AccountRefusal,
    DatabaseRefusal,
    InvalidToken,
    NoToken,
    PageRefusal,
    PasswordlessRefusal,
    ProtocolRefusal,
    Refusal,
    ReturnedRefusal,
)
from gatelodge.base.exchange import (
    NO_STORE,
    Cookie,
    FormPost,
    Json,
    Page,
    Redirect,
    Reply,
)
from gatelodge.model.settings import Settings
from gatelodge.oauth.response import WayBack, error_answer

_PROBLEMS: Final = {
    "RFC6749-4.1.2.1.client": "unknown_client",
    "Auth0-logout-client": "unknown_client",
    "OIDC-RPL-2.client_id": "unknown_client",
    "RFC6749-3.1.2.4": "redirect_uri",
    "RFC6749-3.1.2.3": "redirect_uri",
    "OIDC-RPL-3.post_logout_redirect_uri": "redirect_uri",
    "House-same-origin": "other_site",
    "House-not-found": "not_found",
}
_HOME: Final[Mapping[str, str]] = MappingProxyType({"text_id": "way.home", "href": "/"})
_BUSY: Final = frozenset({429, 503})


def for_api(refusal: Refusal, settings: Settings) -> Reply:
    """A refusal as an API answers it."""
    if isinstance(refusal, ReturnedRefusal):
        return _returned(refusal)
    if not isinstance(refusal, ProtocolRefusal):
        return _in_its_own_shape(refusal, settings)
    status = refusal.auth0 if settings.error_profile == "auth0" else refusal.rfc
    body: dict[str, object] = {
        "error": refusal.code,
        "error_description": refusal.says,
        **refusal.more,
    }
    if settings.docs_url and refusal.code == "invalid_request":
        body["error_uri"] = f"{settings.docs_url}#{refusal.rule}"
    headers = {**NO_STORE, **refusal.headers}
    if isinstance(refusal, NoToken):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, InvalidToken):
        challenge = f'Bearer error="invalid_token", error_description="{refusal.says}"'
        headers["WWW-Authenticate"] = challenge
    return Json(body=body, status=status, headers=headers)


def _in_its_own_shape(refusal: Refusal, settings: Settings) -> Reply:
    """What is no error of OAuth's: each of Auth0's APIs has a body of its own."""
    if isinstance(refusal, DatabaseRefusal):
        return _database(refusal)
    if isinstance(refusal, AccountRefusal):
        return _problem(refusal, settings)
    code = "invalid_request"
    if isinstance(refusal, PasswordlessRefusal):
        code = refusal.code
    return Json(body={"error": code, "error_description": refusal.says}, status=400)


def for_page(refusal: Refusal, *, trace_id: str) -> Reply:
    """A refusal as a person sees it; what may travel to the app does."""
    if isinstance(refusal, ReturnedRefusal):
        answer = _returned(refusal)
        return _told_first(refusal, answer, trace_id) if refusal.shown else answer
    error, status = "invalid_request", 400
    if isinstance(refusal, PageRefusal):
        error, status = refusal.error, refusal.status
    elif isinstance(refusal, ProtocolRefusal):
        error, status = refusal.code, refusal.rfc
    problem = "busy" if status in _BUSY else _PROBLEMS.get(refusal.rule, "bad_request")
    return error_page(
        problem, error=error, says=refusal.says, trace_id=trace_id, status=status
    )


def _told_first(
    refusal: ReturnedRefusal, answer: Redirect | FormPost, trace_id: str
) -> Page:
    """The person sees what is wrong; a tap takes the error to the app."""
    way_on = _HOME
    if isinstance(answer, Redirect):
        way_on = {"text_id": "way.back_to_app", "href": answer.location}
    page = error_page(
        "bad_request",
        error=refusal.refusal.code,
        says=refusal.says,
        trace_id=trace_id,
        status=refusal.refusal.rfc,
        way_on=way_on,
    )
    if isinstance(answer, FormPost):
        form = {"action": answer.action, "fields": answer.fields}
        page = msgspec.structs.replace(page, context={**page.context, "form": form})
    locales = cast("WayBack", refusal.way_back).ui_locales
    return msgspec.structs.replace(page, cookies=answer.cookies, ui_locales=locales)


def error_page(
    problem: str,
    *,
    error: str,
    says: str,
    trace_id: str,
    status: int,
    way_on: Mapping[str, str] = _HOME,
) -> Page:
    """Our error page, with a way on."""
    return Page(
        name="error",
        status=status,
        context={
            "title": f"problem.{problem}.title",
            "text": f"problem.{problem}.text",
            "details": {
                "error": error,
                "error_description": says,
                "trace_id": trace_id,
            },
            "way_on": (way_on,),
        },
    )


def _returned(refusal: ReturnedRefusal) -> Redirect | FormPost:
    way_back = cast("WayBack", refusal.way_back)
    cookies = cast("tuple[Cookie, ...]", refusal.cookies)
    return error_answer(way_back, refusal.refusal, cookies=cookies)


def _problem(refusal: AccountRefusal, settings: Settings) -> Reply:
    """My Account's shape (contract 3.2; RFC 9457 §3)."""
    docs = f"{settings.docs_url}#{refusal.rule}" if settings.docs_url else None
    body = {
        "type": docs or "about:blank",
        "status": refusal.status,
        "title": HTTPStatus(refusal.status).phrase,
        "detail": refusal.says,
    }
    headers = {**NO_STORE, **refusal.headers}
    return Json(body=body, status=refusal.status, headers=headers)


def _database(refusal: DatabaseRefusal) -> Reply:
    body: dict[str, object] = {
        "name": refusal.name,
        "code": refusal.code,
        "description": refusal.says,
        "statusCode": 400,
    }
    if refusal.policy:
        body["policy"] = refusal.policy
    return Json(body=body, status=400)
