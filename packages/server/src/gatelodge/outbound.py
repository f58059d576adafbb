"""The one way out: fetching what an administrator named (security defaults 52).

The name is resolved, every address checked, and the connection made to the very
address that was checked. No redirects; time and size are capped; addresses inside
private networks are refused unless configured.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import httpx2
import msgspec

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_TIMEOUT: Final = 5.0


class FetchRefused(Exception):
    """Not fetched; the text says why and holds no secret."""


class Fetched(msgspec.Struct, frozen=True):
    """What came back."""

    media_type: str
    body: bytes


class Outbound:
    """Fetches over https; ``allowed`` are private networks that may be asked too."""

    def __init__(self, *, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    async def get(self, url: str, *, largest: int, media_types: str) -> Fetched:
        """Fetch ``url``; ``media_types`` is the prefix its type must have.

        Raises:
            FetchRefused: a bad address, a bad answer, too large, too slow.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise FetchRefused("not an http(s) address")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_TIMEOUT):
                address = await self._checked(parts.hostname, port, parts.scheme)
                return await _fetch(url, address, largest, media_types)
        except (TimeoutError, OSError, httpx2.HTTPError) as error:
            raise FetchRefused(type(error).__name__) from error

    async def _checked(self, host: str, port: int, scheme: str) -> str:
        """One address of ``host``, all of which may be asked."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        for address in addresses:
            listed = any(address in network for network in self._allowed)
            if not listed and (not address.is_global or scheme != "https"):
                raise FetchRefused("a private address, or no https")
        return str(addresses[0])


async def _fetch(url: str, address: str, largest: int, media_types: str) -> Fetched:
    parts = urlsplit(url)
    pinned = httpx2.URL(url).copy_with(host=address)
    extensions = {"sni_hostname": parts.hostname}
    headers = {"host": parts.netloc.rpartition("@")[2], "accept": f"{media_types}*"}
    async with (
        httpx2.AsyncClient(follow_redirects=False, trust_env=False) as client,
        client.stream("GET", pinned, headers=headers, extensions=extensions) as answer,
    ):
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        if answer.status_code != httpx2.codes.OK or not media_type.startswith(
            media_types
        ):
            raise FetchRefused(f"status {answer.status_code}, type {media_type[:40]!r}")
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > largest:
                raise FetchRefused("too large")
    return Fetched(media_type, body)
