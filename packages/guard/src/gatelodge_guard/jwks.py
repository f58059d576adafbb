"""The issuer's keys, kept close (RFC 7517 §5).

They are fetched once, in one flight, however many threads and tasks ask at the same
time. They are fetched again

- in the background, shortly before the set reaches ``max_age``;
- by whoever comes next, when it has reached it: so a key withdrawn by the issuer is
  refused at most ``max_age`` after that;
- when a token names a key that is not in the set, at most once per ``cooldown``.

While the issuer cannot be reached the last good set serves on, up to ``max_stale``,
and attempts get rarer until one succeeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from .clock import Clock, monotonic
from .errors import GuardError, KeysUnavailable, Mistake, UnknownKey
from .jws import Parsed, choose
from .key import Key

_LOG = logging.getLogger("gatelodge_guard")
_FLIGHT_LIMIT = 15  # seconds: two documents and their name look-ups
_FIRST_PAUSE = 1_000  # milliseconds after the first failed attempt
_EARLY = 0.8  # of max_age: when the background renewal begins


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """How long a key set is believed; all in seconds.

    ``max_stale`` defaults to the longest usual life of a token: after a day without
    its issuer, no token in the world can still be good.
    """

    max_age: int = 300
    cooldown: int = 60
    max_stale: int = 86_400

    def __post_init__(self) -> None:
        if not 0 < self.max_age <= self.max_stale or self.cooldown < 1:
            raise Mistake("needed: 0 < max_age <= max_stale and cooldown >= 1")


@dataclass(frozen=True, slots=True)
class Keyring:
    """A key set as it was fetched at one moment."""

    keys: tuple[Key, ...]
    fetched_at: int
    ids: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozenset(key.id for key in self.keys))


class KeySource(Protocol):
    """Where the guard gets keys from, for threads and for tasks."""

    def ring(self) -> Keyring:
        """Return the keys that count now; may wait for the network."""

    async def ring_async(self) -> Keyring:
        """Return the same without blocking the event loop."""

    def find(self, parsed: Parsed, *, algorithms: frozenset[str]) -> tuple[Key, ...]:
        """Find the keys for this token, asking the issuer once more if need be."""

    async def find_async(
        self, parsed: Parsed, *, algorithms: frozenset[str]
    ) -> tuple[Key, ...]:
        """Find the same without blocking the event loop."""


class FixedKeys:
    """Keys that were given, not fetched: a secret, or a set from a file."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._ring = Keyring(tuple(keys), 0)

    def ring(self) -> Keyring:
        """Return the given keys."""
        return self._ring

    async def ring_async(self) -> Keyring:
        """Return the given keys."""
        return self._ring

    def find(self, parsed: Parsed, *, algorithms: frozenset[str]) -> tuple[Key, ...]:
        """Find the keys for this token among the given ones."""
        return choose(parsed, self._ring.keys, algorithms=algorithms)

    async def find_async(
        self, parsed: Parsed, *, algorithms: frozenset[str]
    ) -> tuple[Key, ...]:
        """Find the keys for this token among the given ones."""
        return self.find(parsed, algorithms=algorithms)


@dataclass(frozen=True, slots=True, eq=False)
class _Flight:
    """One fetch under way; everybody who needs it waits for ``landed``."""

    started_at: int
    landed: Future[None]


class KeySet:
    """A key set that renews itself; safe for threads and for event loops.

    ``fetch`` returns the keys or raises ``OSError`` or ``GuardError``; it runs in a
    thread of its own. ``clock`` is monotonic, in milliseconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Sequence[Key]],
        *,
        policy: KeyPolicy | None = None,
        clock: Clock = monotonic,
    ) -> None:
        policy = policy or KeyPolicy()
        self._fetch = fetch
        self._clock = clock
        self._max_age = policy.max_age * 1000
        self._early = int(self._max_age * _EARLY)
        self._cooldown = policy.cooldown * 1000
        self._max_stale = policy.max_stale * 1000
        self._lock = threading.Lock()
        self._ring: Keyring | None = None
        self._flight: _Flight | None = None
        self._failures = 0
        self._next_try = 0
        self._asked_again_at: int | None = None

    def ring(self) -> Keyring:
        """Return the keys that count now. Raises ``KeysUnavailable``."""
        _wait(self._flight_to_await())
        return self._usable()

    async def ring_async(self) -> Keyring:
        """Return the keys that count now. Raises ``KeysUnavailable``."""
        await _wait_async(self._flight_to_await())
        return self._usable()

    def find(self, parsed: Parsed, *, algorithms: frozenset[str]) -> tuple[Key, ...]:
        """Find the keys for this token, asking the issuer once more if need be.

        Raises ``KeysUnavailable``, ``UnknownKey``, ``ForbiddenAlgorithm``.
        """
        with contextlib.suppress(UnknownKey):
            return choose(parsed, self.ring().keys, algorithms=algorithms)
        _wait(self._flight_for_unknown())
        return self._choose_again(parsed, algorithms)

    async def find_async(
        self, parsed: Parsed, *, algorithms: frozenset[str]
    ) -> tuple[Key, ...]:
        """Find the keys for this token, asking the issuer once more if need be.

        Raises ``KeysUnavailable``, ``UnknownKey``, ``ForbiddenAlgorithm``.
        """
        ring = await self.ring_async()
        with contextlib.suppress(UnknownKey):
            return choose(parsed, ring.keys, algorithms=algorithms)
        await _wait_async(self._flight_for_unknown())
        return self._choose_again(parsed, algorithms)

    def _choose_again(
        self, parsed: Parsed, algorithms: frozenset[str]
    ) -> tuple[Key, ...]:
        """A key that is unknown only because the issuer is away is not a wrong key."""
        try:
            return choose(parsed, self._usable().keys, algorithms=algorithms)
        except UnknownKey:
            if self._failures:
                raise self._unavailable() from None
            raise

    def _flight_to_await(self) -> Future[None] | None:
        """Start a renewal when one is due; return it if it is worth waiting for."""
        now, ring = self._clock(), self._ring
        if ring is not None and now - ring.fetched_at < self._early:
            return None
        with self._lock:
            ring = self._ring
            age = now - ring.fetched_at if ring else self._max_stale
            if age < self._early:
                return None
            if self._under_way(now) is None and now >= self._next_try:
                self._start(now)
            # In an outage nobody waits for the set to get younger. An old failure
            # tells nothing about now: after a silence, the next one waits again.
            is_out = self._failures > 0 and now < self._next_try + self._cooldown
            is_good = age < (self._max_stale if is_out else self._max_age)
            if is_good or self._flight is None:
                return None
            return self._flight.landed

    def _flight_for_unknown(self) -> Future[None] | None:
        """Start a renewal for a key nobody knows, unless one was had lately."""
        now = self._clock()
        with self._lock:
            if self._under_way(now) is None:
                last = self._asked_again_at
                if last is not None and now - last < self._cooldown:
                    return None
                self._asked_again_at = now
                self._start(now)
            return self._flight.landed if self._flight else None

    def _under_way(self, now: int) -> _Flight | None:
        """The flight in the air; one that is lost (in a fork, say) is given up."""
        flight = self._flight
        if flight and now - flight.started_at > _FLIGHT_LIMIT * 1000:
            self._flight = flight = None
        return flight

    def _start(self, now: int) -> None:
        landed: Future[None] = Future()
        landed.set_running_or_notify_cancel()  # a cancelled waiter cancels nobody else
        self._flight = _Flight(now, landed)
        threading.Thread(
            target=self._fly, args=(self._flight,), name="gatelodge-keys", daemon=True
        ).start()

    def _fly(self, flight: _Flight) -> None:
        """Fetch, and note the outcome; the set is as old as the beginning of this."""
        ring, because = None, ""
        try:
            ring = Keyring(tuple(self._fetch()), flight.started_at)
        except (OSError, GuardError) as failed:
            because = f"{type(failed).__name__}: {failed}"
        except Exception:  # noqa: BLE001 - a transport is foreign code; waiters must land
            because = "the transport failed"
            _LOG.exception("Fetching the issuer's keys failed unexpectedly")
        self._land(flight, ring, because=because)
        flight.landed.set_result(None)

    def _land(self, flight: _Flight, ring: Keyring | None, *, because: str) -> None:
        with self._lock:
            if self._flight is not flight:
                return
            self._flight = None
            if ring is not None:
                self._ring, self._failures, self._next_try = ring, 0, 0
                return
            pause = min(_FIRST_PAUSE << min(self._failures, 16), self._cooldown)
            self._failures += 1
            self._next_try = self._clock() + pause
        _LOG.warning("The issuer's keys could not be fetched: %s", because)

    def _usable(self) -> Keyring:
        """The last good set, unless it is too old to be believed."""
        ring = self._ring
        if ring is None or self._clock() - ring.fetched_at >= self._max_stale:
            raise self._unavailable()
        return ring

    def _unavailable(self) -> KeysUnavailable:
        pause = max(self._next_try - self._clock(), _FIRST_PAUSE)
        return KeysUnavailable(
            "The token cannot be checked at the moment",
            retry_after=-(-pause // 1000),
            rule="RFC7517-5.available",
        )


def _wait(landed: Future[None] | None) -> None:
    if landed is not None:
        with contextlib.suppress(TimeoutError):
            landed.result(timeout=_FLIGHT_LIMIT)


async def _wait_async(landed: Future[None] | None) -> None:
    if landed is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FLIGHT_LIMIT):
                await asyncio.wrap_future(landed)
