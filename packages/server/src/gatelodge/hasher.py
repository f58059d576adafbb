"""Password hashing: Argon2id in a bounded pool, imported bcrypt accepted.

Argon2id with 19 MiB, two passes, one lane (decisions 18, OWASP). The pool has a
fixed number of threads and a bounded queue, so that a storm of passwords costs memory
and processor time up to a known limit and refreshes go on as before.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import argon2
import bcrypt

from gatelodge.base.errors import TooManyRequests
from gatelodge.base.text import password_text, password_too_long

_QUEUE_PER_THREAD: Final = 16
_BCRYPT_LIMIT: Final = 72
_Result = TypeVar("_Result")


class Hasher:
    """Hashes and checks passwords; CPU-bound and synchronous.

    ``memory`` is in KiB. Lower costs exist for tests of other things.
    """

    def __init__(self, *, memory: int = 19_456, passes: int = 2) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=passes, memory_cost=memory, parallelism=1
        )
        self._dummy = self._argon2.hash(os.urandom(16))

    def hash(self, password: str) -> str:
        """Return a PHC string (argon2id) for storage."""
        return self._argon2.hash(_bytes(password))

    def verify(self, password: str, phc: str | None) -> bool:
        """Whether the password fits; None hashes all the same (equal time).

        What is too long fits nothing, and nothing is hashed, whoever asks.
        """
        if password_too_long(password):
            return False
        if phc is not None and phc.startswith("$2"):
            return _bcrypt_fits(password, phc)
        try:
            self._argon2.verify(phc or self._dummy, _bytes(password))
        except (
            argon2.exceptions.VerificationError,
            argon2.exceptions.InvalidHashError,
        ):
            return False
        return bool(phc)

    def outdated(self, phc: str) -> bool:
        """Whether the hash should be renewed now that the password is at hand."""
        if not phc.startswith("$argon2id$"):
            return True
        return self._argon2.check_needs_rehash(phc)


class HashingPool:
    """Runs a ``Hasher`` off the event loop, at most so many at a time.

    ``deadline`` is how many seconds a caller waits for an answer.
    """

    def __init__(
        self, hasher: Hasher, *, threads: int | None = None, deadline: float = 5.0
    ) -> None:
        self.hasher = hasher
        self._deadline = deadline
        count = threads or max(1, (os.cpu_count() or 1) - 1)
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="hashing")
        self._room = count * _QUEUE_PER_THREAD
        self._waiting = 0

    async def verify(self, password: str, phc: str | None) -> bool:
        """As ``Hasher.verify``.

        Raises:
            TooManyRequests: the queue is full, or the deadline has passed.
        """
        return await self._run(lambda: self.hasher.verify(password, phc))

    async def hash(self, password: str) -> str:
        """As ``Hasher.hash``.

        Raises:
            TooManyRequests: the queue is full, or the deadline has passed.
        """
        return await self._run(lambda: self.hasher.hash(password))

    def close(self) -> None:
        """Let the threads go; those at work finish."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        """Wait for ``work``; at the deadline what has not begun is taken back."""
        if self._waiting >= self._room:
            raise _busy("the queue is full")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.get_running_loop().run_in_executor(
                    self._pool, work
                )
        except TimeoutError as error:
            raise _busy("waited too long for a thread") from error
        finally:
            self._waiting -= 1


def _busy(because: str) -> TooManyRequests:
    return TooManyRequests(
        "Too many sign-ins at this moment. Please try again shortly.",
        rule="House-hashing-queue",
        because=because,
        headers={"Retry-After": "2"},
    )


def _bytes(password: str) -> bytes:
    return password_text(password).encode("utf-8", "surrogatepass")


def _bcrypt_fits(password: str, phc: str) -> bool:
    # bcrypt reads 72 bytes; the library raises beyond, the hashes we import did not.
    try:
        return bcrypt.checkpw(_bytes(password)[:_BCRYPT_LIMIT], phc.encode("ascii"))
    except ValueError:
        return False
