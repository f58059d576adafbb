"""From a ``Reply`` to an ASGI response, with the headers every answer carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.responses import Response

from gatelodge.base.errors import Refusal
from gatelodge.base.exchange import (
    NO_STORE,
    Cookie,
    Empty,
    Exchange,
    FormPost,
    Json,
    Page,
    Picture,
    Redirect,
    Reply,
    Text,
)
from gatelodge.endpoints.sent import pairs_of
from gatelodge.house import House
from gatelodge.pages.locales import choose
from gatelodge.pages.looks import theme_of
from gatelodge.web.reading import HOST_PREFIX

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_COOKIELESS: Final = (Json, Empty, Text, Picture)
_PICTURE: Final = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_BUSY: Final = frozenset({429, 503})
_LATER: Final = "2"
_HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}


def response_of(house: House, exchange: Exchange, reply: Reply) -> Response:
    """Render a reply."""
    secure = exchange.issuer.startswith("https:")
    response = _response(house, exchange, reply)
    for name, value in (_ALWAYS | _HSTS if secure else _ALWAYS).items():
        response.headers[name] = value
    if response.status_code in _BUSY:
        response.headers.setdefault("Retry-After", _LATER)  # RFC 9110 §10.2.3
    cookies = () if isinstance(reply, _COOKIELESS) else reply.cookies
    for cookie in cookies:
        _set(response, cookie, secure=secure)
    return response


def _response(house: House, exchange: Exchange, reply: Reply) -> Response:
    if isinstance(reply, Json):
        return _plain(
            msgspec.json.encode(reply.body),
            status=reply.status,
            headers=reply.headers,
            media_type=reply.media_type,
        )
    if isinstance(reply, Empty):
        return Response(status_code=reply.status, headers=dict(reply.headers))
    if isinstance(reply, Text):
        return _plain(
            reply.text.encode(),
            status=reply.status,
            headers=reply.headers,
            media_type=reply.media_type,
        )
    if isinstance(reply, Picture):
        return _plain(
            reply.body, status=200, headers=_PICTURE, media_type=reply.media_type
        )
    if isinstance(reply, Redirect):
        headers = {**NO_STORE, "Location": reply.location}
        return Response(status_code=reply.status, headers=headers)
    return _html(house, exchange, reply)


def _plain(
    body: bytes, *, status: int, headers: Mapping[str, str], media_type: str
) -> Response:
    return Response(
        body, status_code=status, headers=dict(headers), media_type=media_type
    )


def _html(house: House, exchange: Exchange, reply: Page | FormPost) -> Response:
    settings = house.snapshot.catalogue.settings
    page = reply if isinstance(reply, Page) else _form_post(reply)
    locale = choose(
        page.ui_locales or _wish(exchange),
        exchange.headers.get("accept-language"),
        settings.enabled_locales,
    )
    rendered = house.pages.page(
        page.name, context=page.context, locale=locale, theme=theme_of(settings)
    )
    headers = {
        **NO_STORE,
        "Content-Security-Policy": rendered.policy,
        "X-Frame-Options": "DENY",
        "Content-Language": locale,
    }
    return _plain(
        rendered.html.encode(),
        status=page.status,
        headers=headers,
        media_type="text/html; charset=utf-8",
    )


def _wish(exchange: Exchange) -> str | None:
    """The languages that the request itself names, however wrong the rest of it is."""
    named = (value for name, value in _sent(exchange) if name == "ui_locales")
    return next(named, None)


def _sent(exchange: Exchange) -> list[tuple[str, str]]:
    try:
        return pairs_of(exchange)
    except Refusal:  # what could not be read names no language either
        return []


def _form_post(reply: FormPost) -> Page:
    return Page(
        name="form_post",
        context={
            "action": reply.action,
            "fields": reply.fields,
            "onward": reply.onward,
        },
        ui_locales=reply.ui_locales,
    )


def _set(response: Response, cookie: Cookie, *, secure: bool) -> None:
    """``__Host-`` and Secure over https; plain on loopback (decisions 19)."""
    response.set_cookie(
        f"{HOST_PREFIX}{cookie.name}" if secure else cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
