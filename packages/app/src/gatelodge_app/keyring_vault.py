"""Tokens in the system keyring, in pieces where the system limits the size.

Windows stores at most 2560 bytes per entry, in UTF-16: 1280 characters. Longer values
are cut; the entry itself then names the pieces and is written last, so that a crash
in between leaves the old value whole.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
from typing import Any, Protocol

from .errors import VaultBroken

_SERVICE = "gatelodge-app"
_PIECE = 1200
_MARK = "pieces:"


class Backend(Protocol):
    """The part of a ``keyring`` backend that is used."""

    def get_password(self, service: str, username: str) -> str | None:
        """The stored text or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store."""

    def delete_password(self, service: str, username: str) -> None:
        """Delete."""


class KeyringVault:
    """Entries of the system keyring under one service name.

    Raises whatever the backend raises; ``SystemVault`` turns that into a fallback.
    ``piece`` is the longest entry in characters, None for no limit.
    """

    def __init__(
        self,
        backend: Backend | None = None,
        service: str = _SERVICE,
        *,
        piece: int | None = _PIECE if sys.platform == "win32" else None,
    ) -> None:
        self._backend = backend
        self._service = service
        self._piece = piece

    def load(self, key: str) -> str | None:
        """What was saved last, or None. Raises ``VaultBroken`` if a piece is gone."""
        held = self._ring.get_password(self._service, key)
        if held is None or not held.startswith(_MARK):
            return held
        pieces = [self._ring.get_password(self._service, n) for n in _names(key, held)]
        whole = [piece for piece in pieces if piece is not None]
        if len(whole) != len(pieces):
            raise VaultBroken("A piece of the stored tokens is missing.")
        return "".join(whole)

    def save(self, key: str, value: str) -> None:
        """Keep it, whole or in pieces; then drop the pieces of the last value."""
        before = self._ring.get_password(self._service, key)
        entry = value
        if self._piece is not None and len(value) > self._piece:
            entry = self._cut(key, value, piece=self._piece)
        self._ring.set_password(self._service, key, entry)
        self._drop(_names(key, before))

    def clear(self, key: str) -> None:
        """Forget it and its pieces."""
        before = self._ring.get_password(self._service, key)
        if before is not None:
            self._ring.delete_password(self._service, key)
            self._drop(_names(key, before))

    def _cut(self, key: str, value: str, *, piece: int) -> str:
        count = -(-len(value) // piece)
        entry = _MARK + json.dumps({"id": secrets.token_hex(4), "count": count})
        for index, name in enumerate(_names(key, entry)):
            part = value[index * piece : (index + 1) * piece]
            self._ring.set_password(self._service, name, part)
        return entry

    def _drop(self, names: list[str]) -> None:
        for name in names:
            # A piece left over is unreadable on its own; it must not fail the save.
            with contextlib.suppress(Exception):
                self._ring.delete_password(self._service, name)

    @property
    def _ring(self) -> Backend:
        return self._backend if self._backend is not None else _system_ring()


def _names(key: str, entry: str | None) -> list[str]:
    if entry is None or not entry.startswith(_MARK):
        return []
    said = json.loads(entry.removeprefix(_MARK))
    return [f"{key}.{said['id']}.{index}" for index in range(said["count"])]


def _system_ring() -> Backend:
    """The backend that ``keyring`` picks, if it really keeps secrets.

    Imported here because picking asks the session bus, which may be slow or absent.
    """
    import keyring  # noqa: PLC0415

    ring: Any = keyring.get_keyring()
    kind = f"{type(ring).__module__}.{type(ring).__name__}"
    for part in getattr(ring, "backends", [ring]):
        name = f"{type(part).__module__}.{type(part).__name__}".lower()
        if "plaintext" in name or ".null." in name or ".fail." in name:
            raise VaultBroken(f"The keyring {kind} does not keep secrets.")
    backend: Backend = ring
    return backend
