"""Where tokens rest between runs: system keyring, private file, or memory.

A vault stores text under a key and lends a lock per key. ``SystemVault`` is what an
app wants: the keyring, and where that does not work a file that only its owner can
read, with a ``VaultFallback`` warning and never a crash.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from .errors import VaultFallback
from .file_vault import FileVault
from .keyring_vault import KeyringVault
from .lock import Lock, ThreadLock

T = TypeVar("T")


class Vault(Protocol):
    """What an app needs of a place for its tokens. Calls may block."""

    def load(self, key: str) -> str | None:
        """What was saved last, or None."""

    def save(self, key: str, value: str) -> None:
        """Keep it: when this returns, it survives a crash of the app."""

    def clear(self, key: str) -> None:
        """Forget it."""

    def lock(self, key: str) -> Lock:
        """A new lock for this key; as wide as the vault is shared."""


class MemoryVault:
    """Tokens that end with the process."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}

    def load(self, key: str) -> str | None:
        """What was saved last, or None."""
        return self._held.get(key)

    def save(self, key: str, value: str) -> None:
        """Keep it until the process ends."""
        self._held[key] = value

    def clear(self, key: str) -> None:
        """Forget it."""
        self._held.pop(key, None)

    def lock(self, key: str) -> Lock:
        """A lock among the threads of this process."""
        return ThreadLock(self._locks.setdefault(key, threading.Lock()))


class SystemVault:
    """The system keyring, with a private file to fall back on.

    The file lives in ``directory`` (default: the person's state directory), and so
    do the locks.
    """

    def __init__(
        self, keyring: KeyringVault | None = None, directory: Path | None = None
    ) -> None:
        self._keyring = keyring or KeyringVault()
        self._file = FileVault(directory)
        self._warned = False

    def load(self, key: str) -> str | None:
        """The file first: it exists only since the keyring last failed."""
        held = self._file.load(key)
        if held is not None:
            return held or None  # empty: signed out while the keyring failed
        return self._trying(lambda: self._keyring.load(key), otherwise=lambda: None)

    def save(self, key: str, value: str) -> None:
        """Into the keyring; into the file if that fails."""

        def keep() -> None:
            self._keyring.save(key, value)
            self._file.clear(key)

        self._trying(keep, otherwise=lambda: self._file.save(key, value))

    def clear(self, key: str) -> None:
        """Forget it in both places.

        A keyring that fails now may still hold it, and would bring it back when it
        works again: an empty file says that it counts no more.
        """

        def forget() -> None:
            self._keyring.clear(key)
            self._file.clear(key)

        self._trying(forget, otherwise=lambda: self._file.save(key, ""))

    def lock(self, key: str) -> Lock:
        """A lock among all processes of this person."""
        return self._file.lock(key)

    def _trying(self, act: Callable[[], T], *, otherwise: Callable[[], T]) -> T:
        try:
            return act()
        except Exception as failed:  # noqa: BLE001 - backends raise whatever they like
            self._warn(failed)
        return otherwise()

    def _warn(self, failed: Exception) -> None:
        if self._warned:
            return
        self._warned = True
        # Only the type's name: a backend's words might quote what it was to store.
        warnings.warn(
            f"The system keyring cannot be used ({type(failed).__name__}); tokens are "
            f"kept in a private file in {self._file.directory}.",
            VaultFallback,
            stacklevel=2,
        )
