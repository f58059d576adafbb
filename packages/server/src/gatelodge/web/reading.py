"""From an ASGI request to an ``Exchange``."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from gatelodge.base.errors import Refusal
from gatelodge.base.exchange import Exchange
from gatelodge.web.proxies import Network, client_ip, from_proxy

LARGEST_BODY: Final = 128 * 1024
BODY_SECONDS: Final = 30.0
HOST_PREFIX: Final = "__Host-"
_OURS: Final = frozenset({"same-origin", "none"})
_WITH_BODY: Final = frozenset({"POST", "PATCH"})


class TooLarge(Refusal):
    """The body is larger than anything we read."""


class TooSlow(Refusal):
    """The body did not arrive in time."""


class Issuers:
    """Our issuers by host; a host that is not listed is nobody (security 53)."""

    def __init__(self, issuers: Sequence[str]) -> None:
        self._by_host: Mapping[str, str] = {
            urlsplit(issuer).netloc.lower(): issuer for issuer in issuers
        }
        self.default = issuers[0]

    def of(self, host: str) -> str | None:
        """The issuer for a Host header."""
        return self._by_host.get(host.lower())


async def exchange_of(
    request: Request, *, path: str, issuer: str, trusted: Sequence[Network]
) -> Exchange:
    """Read the whole request, within our limits.

    Raises:
        TooLarge: the body exceeds ``LARGEST_BODY``.
        TooSlow: it takes longer than ``BODY_SECONDS``.
    """
    headers = {name: value for name, value in request.headers.items()}  # noqa: C416 - a plain dict, detached from the request
    peer = request.client.host if request.client else ""
    return Exchange(
        method=request.method,
        path=path,
        issuer=issuer,
        # A byte that is no text becomes one that ``parse_form`` refuses.
        query=request.scope["query_string"].decode("utf-8", "surrogateescape"),
        body=await _body(request) if request.method in _WITH_BODY else b"",
        headers=headers,
        cookies=_cookies(request, secure=issuer.startswith("https:")),
        ip=client_ip(peer, headers.get("x-forwarded-for"), trusted),
        same_origin=_same_origin(headers, issuer),
    )


def host_of(request: Request, trusted: Sequence[Network]) -> str:
    """The host that was asked, as a trusted proxy saw it or as we do."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-host")
    if forwarded and from_proxy(peer, trusted):
        return forwarded.split(",")[0].strip()
    hosts = request.headers.getlist("host")
    return hosts[0] if len(hosts) == 1 else ""  # two are none (RFC 9112 §3.2)


async def _body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > LARGEST_BODY:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _parts(request)
    except TimeoutError as error:
        raise TooSlow("The request took too long", rule="House-body-time") from error


async def _parts(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def _too_large() -> TooLarge:
    return TooLarge("The request is too large", rule="House-body-size")


def _cookies(request: Request, *, secure: bool) -> dict[str, str]:
    """Over https only ``__Host-`` cookies are ours; nobody else can have set them."""
    if not secure:
        return dict(request.cookies)
    return {
        name.removeprefix(HOST_PREFIX): value
        for name, value in request.cookies.items()
        if name.startswith(HOST_PREFIX)
    }


def _same_origin(headers: Mapping[str, str], issuer: str) -> bool | None:
    """``Sec-Fetch-Site`` decides; ``Origin`` where that is absent (decisions 19)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _OURS
    origin = headers.get("origin")
    if origin is None:
        return None
    return origin == issuer.rstrip("/")
