"""Documents of other parties, kept for a while (OIDC Discovery §4, RFC 7517 §5).

One flight an address, however many people sign in at once. A document that has grown
old serves on while its maker is away.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatelodge.base.clock import HOUR, MINUTE, Clock
from gatelodge.outbound import FetchRefused, Outbound

_LARGEST: Final = 262_144
_FRESH: Final = HOUR
_COOLDOWN: Final = MINUTE
_MOST: Final = 1_000


class Kept(msgspec.Struct, frozen=True):
    """A document and when it was fetched, in milliseconds."""

    content: Mapping[str, Any]
    at: int


class Documents:
    """JSON objects by address."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._kept: dict[str, Kept] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, url: str, *, anew: bool = False) -> Mapping[str, Any]:
        """The document, at most an hour old; ``anew`` for one of this minute.

        Raises:
            FetchRefused: it cannot be had, and there is none from before.
        """
        longest = _COOLDOWN if anew else _FRESH
        async with self._locks[url]:
            kept = self._kept.get(url)
            now = self._clock.now()
            if kept is not None and now - kept.at < longest:
                return kept.content
            try:
                content = await self._fetch(url)
            except FetchRefused:
                if kept is None:
                    raise
                return kept.content
            self._keep(url, Kept(content, now))
        return content

    async def _fetch(self, url: str) -> Mapping[str, Any]:
        answer = await self._outbound.get(
            url, largest=_LARGEST, media_types="application/"
        )
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            raise FetchRefused("not a JSON object") from error

    def _keep(self, url: str, kept: Kept) -> None:
        if len(self._kept) >= _MOST and url not in self._kept:
            self._kept.pop(next(iter(self._kept)))
        self._kept[url] = kept
