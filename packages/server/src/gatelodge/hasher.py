"""Password hashing: Argon2id in a bounded pool, imported bcrypt accepted.

Argon2id with 19 MiB, two passes, one lane (decisions 18, OWASP). The pool has a
fixed number of threads and a bounded queue, so that a storm of passwords costs memory
and processor time up to a known limit and refreshes go on as before.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import argon2
import bcrypt

from gatelodge.base.errors import TooManyRequests
from gatelodge.base.text import password_text

LONGEST_PASSWORD: Final = 1024
_QUEUE_PER_THREAD: Final = 16
_BCRYPT_LIMIT: Final = 72


class Hasher:
    """Hashes and checks passwords; CPU-bound and synchronous.

    ``memory`` is in KiB. Lower costs exist for tests of other things.
    """

    def __init__(self, *, memory: int = 19_456, passes: int = 2) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=passes, memory_cost=memory, parallelism=1
        )
        self._dummy = self._argon2.hash("a password nobody has")

    def hash(self, password: str) -> str:
        """Return a PHC string (argon2id) for storage."""
        return self._argon2.hash(_bytes(password))

    def verify(self, password: str, phc: str | None) -> bool:
        """Whether the password fits; None hashes all the same (equal time)."""
        if phc is not None and phc.startswith("$2"):
            return _bcrypt_fits(password, phc)
        try:
            self._argon2.verify(phc or self._dummy, _bytes(password))
        except (
            argon2.exceptions.VerificationError,
            argon2.exceptions.InvalidHashError,
        ):
            return False
        return phc is not None

    def outdated(self, phc: str) -> bool:
        """Whether the hash should be renewed now that the password is at hand."""
        if not phc.startswith("$argon2id$"):
            return True
        return self._argon2.check_needs_rehash(phc)


class HashingPool:
    """Runs a ``Hasher`` off the event loop, at most so many at a time."""

    def __init__(self, hasher: Hasher, *, threads: int | None = None) -> None:
        self.hasher = hasher
        count = threads or max(1, (os.cpu_count() or 1) - 1)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="hashing")
        self._room = count * _QUEUE_PER_THREAD
        self._waiting = 0

    async def verify(self, password: str, phc: str | None) -> bool:
        """As ``Hasher.verify``.

        Raises:
            TooManyRequests: the queue is full.
        """
        self._admit()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._pool, self.hasher.verify, password, phc
            )
        finally:
            self._waiting -= 1

    async def hash(self, password: str) -> str:
        """As ``Hasher.hash``.

        Raises:
            TooManyRequests: the queue is full.
        """
        self._admit()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self.hasher.hash, password)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let the threads go; those at work finish."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _admit(self) -> None:
        if self._waiting >= self._room:
            raise TooManyRequests(
                "Too many sign-ins at this moment. Please try again shortly.",
                rule="House-hashing-queue",
                headers={"Retry-After": "2"},
            )
        self._waiting += 1


def _bytes(password: str) -> bytes:
    return password_text(password).encode("utf-8")


def _bcrypt_fits(password: str, phc: str) -> bool:
    # bcrypt reads 72 bytes; the library raises beyond, the hashes we import did not.
    try:
        return bcrypt.checkpw(_bytes(password)[:_BCRYPT_LIMIT], phc.encode("ascii"))
    except ValueError:
        return False
