"""One holder at a time, across threads and processes.

The system drops the lock when its holder dies, so a crash leaves nothing to clean up.
Nobody blocks on it: a waiter tries, pauses and tries again, which serves ordinary
code and asyncio alike.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Protocol

from .errors import VaultError


class Lock(Protocol):
    """A lock that is tried, never waited for."""

    def acquire(self) -> bool:
        """Take it if it is free."""

    def release(self) -> None:
        """Give it back."""


class ThreadLock:
    """Among the threads of this process."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def acquire(self) -> bool:
        """Take it if it is free."""
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        """Give it back."""
        self._lock.release()


class FileLock:
    """Among all processes and threads that name the same file.

    Each lock opens the file anew: the system then tells threads apart as well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take it if it is free. Raises ``VaultError`` if that cannot be known."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | _CLOEXEC, 0o600)
        except OSError as failed:
            raise self._broken(failed) from None
        try:
            _lock(handle)
        except (BlockingIOError, PermissionError):
            os.close(handle)
            return False
        except OSError as failed:
            os.close(handle)
            raise self._broken(failed) from None
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle
        return True

    def release(self) -> None:
        """Give it back; explicit, because a forked child shares the open file."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        try:
            _unlock(handle)
        finally:
            os.close(handle)

    def _broken(self, failed: OSError) -> VaultError:
        return VaultError(f"{self._path} cannot be locked ({failed.strerror}).")


_CLOEXEC = getattr(os, "O_CLOEXEC", 0)

if sys.platform == "win32":  # written to the rules, not tested here
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
