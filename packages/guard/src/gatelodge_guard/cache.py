"""Tokens that were verified lately, so that the next request costs a look-up.

A token is remembered by its digest, never by itself. What is remembered counts only
as long as the token lives and the key that signed it is in the issuer's set.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

from .claims import Claims


@dataclass(frozen=True, slots=True)
class _Entry:
    claims: Claims
    key_id: str
    ends_at: int


class VerifiedTokens:
    """A bounded memory of verified tokens: the oldest entry goes first.

    ``size`` 0 remembers nothing.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.Lock()

    def get(self, token: str, key_ids: frozenset[str], *, now: int) -> Claims | None:
        """Return the claims if the token still lives and its key is still there.

        ``now`` is in milliseconds since 1970.
        """
        entry = self._entries.get(_digest(token))
        if entry is None or now >= entry.ends_at or entry.key_id not in key_ids:
            return None
        return entry.claims

    def put(self, token: str, claims: Claims, *, key_id: str, ends_at: int) -> None:
        """Remember a verified token until ``ends_at`` (milliseconds since 1970)."""
        with self._lock:
            self._entries[_digest(token)] = _Entry(claims, key_id, ends_at)
            while len(self._entries) > self._size:
                self._entries.pop(next(iter(self._entries)))


def _digest(token: str) -> bytes:
    # Not the token itself: a dump of this process holds nothing that can be spent.
    return hashlib.sha256(token.encode("ascii", "replace")).digest()
