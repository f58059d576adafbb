"""Logos through our own origin: fetched or decoded once, kept for an hour.

Pages may load pictures from us only, so that no page tells another site who signs in
(decisions 20). A logo is an https address or a ``data:`` URL in the settings.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

_DATA: Final = re.compile(
    r"data:(image/(?:png|jpeg|gif|webp|svg\+xml));base64,([A-Za-z0-9+/=]+)"
)
_KEPT: Final = 3_600_000
_RETRY: Final = 60_000
_MOST: Final = 200
LARGEST: Final = 512 * 1024


class Logo(msgspec.Struct, frozen=True):
    """A picture and its media type."""

    media_type: str
    body: bytes


class Logos:
    """Keeps pictures by address; ``fetch`` returns None for what cannot be had."""

    def __init__(self, fetch: Callable[[str], Awaitable[Logo | None]]) -> None:
        self._fetch = fetch
        self._kept: dict[str, tuple[int, Logo | None]] = {}

    async def get(self, url: str, now: int) -> Logo | None:
        """The picture at ``url``, asked for at most once an hour (a minute if away)."""
        decoded = from_data(url)
        if decoded is not None:
            return decoded
        kept = self._kept.get(url)
        if kept is not None and now < kept[0]:
            return kept[1]
        logo = await self._fetch(url)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[url] = (now + (_KEPT if logo else _RETRY), logo)
        return logo


def from_data(url: str) -> Logo | None:
    """Decode a ``data:`` URL of a picture; None for anything else."""
    found = _DATA.fullmatch(url)
    if found is None or len(url) > 2 * LARGEST:
        return None
    try:
        return Logo(found[1], base64.b64decode(found[2], validate=True))
    except binascii.Error:
        return None
