"""The one way out: fetching what an administrator named (security defaults 52).

The name is resolved, every address checked, and the connection made to the very
address that was checked. No redirects; time and size are capped; addresses inside
private networks are refused unless configured.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import urlsplit

import httpx2
import msgspec

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_TIMEOUT: Final = 5.0


class FetchRefused(Exception):
    """Not fetched; the text says why and holds no secret."""


class Answer(msgspec.Struct, frozen=True):
    """What came back; ``media_type`` without its parameters."""

    status: int
    media_type: str
    body: bytes


class Outbound:
    """Calls over https; ``allowed`` are private networks that may be asked too."""

    def __init__(self, *, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    async def get(self, url: str, *, largest: int, media_types: str) -> Answer:
        """Fetch ``url``; ``media_types`` is the prefix its type must have.

        Raises:
            FetchRefused: a bad address, a bad answer, too large, too slow.
        """
        headers = {"accept": f"{media_types}*"}
        answer = await self.call("GET", url, headers=headers, largest=largest)
        if answer.status != httpx2.codes.OK or not answer.media_type.startswith(
            media_types
        ):
            media_type = answer.media_type[:40]
            raise FetchRefused(f"status {answer.status}, type {media_type!r}")
        return answer

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        largest: int,
        body: bytes = b"",
        seconds: float = _TIMEOUT,
    ) -> Answer:
        """Call ``url`` and read at most ``largest`` bytes of what comes back.

        Raises:
            FetchRefused: a bad address, too large, too slow, nobody there.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise FetchRefused("not an http(s) address")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            async with asyncio.timeout(seconds):
                address = await self._checked(parts.hostname, port, parts.scheme)
                request = _request(method, url, address, headers, body)
                return await _sent(request, largest)
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


def _request(
    method: str, url: str, address: str, headers: Mapping[str, str], body: bytes
) -> httpx2.Request:
    """To the very address that was checked, under the name that was asked for."""
    parts = urlsplit(url)
    return httpx2.Request(
        method,
        httpx2.URL(url).copy_with(host=address),
        headers={**headers, "host": parts.netloc.rpartition("@")[2]},
        content=body or None,
        extensions={"sni_hostname": parts.hostname},
    )


async def _sent(request: httpx2.Request, largest: int) -> Answer:
    async with httpx2.AsyncClient(follow_redirects=False, trust_env=False) as client:
        answer = await client.send(request, stream=True)
        try:
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > largest:
                    raise FetchRefused("too large")
        finally:
            await answer.aclose()
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    return Answer(answer.status_code, media_type, body)
