"""What the flows work with: settings, ports to the world, and a short memory."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gatelodge_guard.jws import Key

from .browser import Browser
from .doorway import Door, Redirect
from .errors import Unreachable
from .metadata import Provider, discover
from .settings import Settings
from .steps import Flow, do, note
from .tokens import TokenSet, from_json
from .vault import Vault

_METADATA_LIFE = 3_600_000  # ms: a provider that moves is followed within the hour


def system_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Memory:
    """What is remembered while the app runs; losing it costs a request or two."""

    provider: tuple[int, Provider] | None = field(default=None, repr=False)
    keys: tuple[Key, ...] | None = field(default=None, repr=False)
    tokens: TokenSet | None = field(default=None, repr=False)
    changes: int = 0
    doors: list[Door] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """Settings, the ports to the world, and the memory."""

    settings: Settings
    redirect: Redirect
    browser: Browser
    vault: Vault
    clock: Callable[[], int] = system_clock
    entropy: Callable[[int], bytes] = secrets.token_bytes
    memory: Memory = field(default_factory=Memory)

    def provider(self) -> Flow[Provider]:
        """The provider's metadata, fetched at most once an hour."""
        known = self.memory.provider
        if known is not None and self.clock() - known[0] < _METADATA_LIFE:
            return known[1]
        try:
            found = yield from discover(self.settings.issuer)
        except Unreachable:
            if known is None:
                raise
            return known[1]  # what was true an hour ago serves through an outage
        self.memory.provider = (self.clock(), found)
        yield from note("metadata read", issuer=found.issuer)
        return found

    def load(self) -> Flow[TokenSet | None]:
        """The tokens in the vault, or None. Raises ``VaultError``."""
        key, seen = self.settings.vault_key, self.memory.changes
        text = yield from do(lambda: self.vault.load(key))
        held = None if text is None else from_json(text)
        if self.memory.changes == seen:
            # Another thread that signed out meanwhile must not be undone.
            self.memory.tokens = held
        return held

    def save(self, tokens: TokenSet) -> Flow[None]:
        """Keep tokens: first in the vault, then in memory."""
        key, text = self.settings.vault_key, tokens.to_json()
        yield from do(lambda: self.vault.save(key, text))
        self.memory.changes += 1
        self.memory.tokens = tokens

    def clear(self) -> Flow[None]:
        """Forget the tokens everywhere on this device."""
        key = self.settings.vault_key
        yield from do(lambda: self.vault.clear(key))
        self.memory.changes += 1
        self.memory.tokens = None

    @contextmanager
    def opened(self) -> Iterator[Door]:
        """A door for the browser to come back to, known to ``cancel()`` while open."""
        door = self.redirect.open(self.settings.name)
        self.memory.doors.append(door)
        try:
            yield door
        finally:
            self.memory.doors.remove(door)
            door.close()
