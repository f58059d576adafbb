"""Tokens in a file that only its owner can read, replaced whole and durably."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from .errors import VaultBroken, VaultError, VaultUnsafe
from .lock import FileLock, Lock
from .places import make_private, state_directory


class FileVault:
    """One file per key, mode 0600, in a directory of mode 0700."""

    def __init__(self, directory: Path | str | None = None) -> None:
        self.directory = Path(directory) if directory else state_directory()

    def load(self, key: str) -> str | None:
        """What was saved last, or None.

        Raises ``VaultUnsafe`` if the file is not the owner's alone: whoever could
        read it has the tokens, whoever could write it chooses who is signed in.
        Raises ``VaultBroken`` if it holds no text.
        """
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
        try:
            handle = os.open(self._path(key), flags)
        except FileNotFoundError:
            return None
        except OSError as failed:
            raise VaultUnsafe(
                f"{self._path(key)} cannot be opened safely ({failed.strerror})."
            ) from None
        with os.fdopen(handle, encoding="utf-8") as file:
            self._check(os.fstat(handle), self._path(key))
            try:
                return file.read()
            except UnicodeDecodeError:
                raise VaultBroken("The stored tokens cannot be read.") from None

    def save(self, key: str, value: str) -> None:
        """Write beside, sync, put in place: a crash leaves the old or the new.

        Raises ``VaultUnsafe`` or ``VaultError``.
        """
        directory = make_private(self.directory)
        beside = directory / f"{key}.{secrets.token_hex(8)}.new"
        try:
            _write(beside, value)
            beside.replace(self._path(key))
            _sync(directory)
        except OSError as failed:
            raise VaultError(f"Cannot write {directory} ({failed.strerror}).") from None
        finally:
            beside.unlink(missing_ok=True)

    def clear(self, key: str) -> None:
        """Forget it. Raises ``VaultError``."""
        try:
            with contextlib.suppress(FileNotFoundError):
                self._path(key).unlink()
                _sync(self.directory)
        except OSError as failed:
            raise VaultError(
                f"Cannot delete {self._path(key)} ({failed.strerror})."
            ) from None

    def lock(self, key: str) -> Lock:
        """A lock among all processes of this person."""
        return FileLock(make_private(self.directory) / f"{key}.lock")

    def _path(self, key: str) -> Path:
        return self.directory / f"{key}.json"

    @staticmethod
    def _check(seen: os.stat_result, path: Path) -> None:
        if os.name != "posix":
            return
        if not stat.S_ISREG(seen.st_mode) or seen.st_uid != os.geteuid():
            raise VaultUnsafe(f"{path} is not a plain file of yours.")
        if seen.st_mode & 0o077:
            raise VaultUnsafe(f"{path} can be read or written by others.")


def _write(path: Path, value: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(value)
        file.flush()
        os.fsync(handle)


def _sync(directory: Path) -> None:
    """Make a rename durable; Windows does so itself."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
