"""``App`` and ``AsyncApp``: the two faces of the same flows."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypedDict, Unpack

import httpx2

from .browser import Browser, SystemBrowser
from .calls import Bearer, attachment
from .doorway import Redirect
from .drivers import AsyncHands, Hands, adrive, drive, silent
from .kit import Kit, system_clock
from .login import sign_in, sign_out
from .loopback import Loopback
from .renewal import fresh
from .settings import ALGORITHMS, Settings
from .steps import Flow, Note
from .tokens import TokenSet
from .vault import SystemVault, Vault


class Options(TypedDict, total=False):
    """What may be set beside ``issuer`` and ``client_id``; each has a default.

    * ``scope``, ``audience``: what is asked for; ``openid`` is always in.
    * ``name``: the app's name, shown on the page the browser ends at.
    * ``account``: keeps several people's tokens apart.
    * ``timeout``: seconds a person has in the browser (300).
    * ``attempts``: how often a lost renewal is tried (5).
    * ``algorithms``: what may sign ID tokens.
    * ``client_secret``: for providers that give one to installed apps.
    * ``redirect``: ``Loopback()`` or ``Scheme("com.example.app:/callback")``.
    * ``vault``: ``SystemVault()``, ``FileVault(...)``, ``MemoryVault()``, your own.
    * ``browser``: ``SystemBrowser()``, ``ShowAddress()``, your own.
    * ``watch``: is told what happens, without secrets.
    * ``clock`` (milliseconds since 1970), ``entropy`` (random bytes): for tests.
    """

    scope: str
    audience: str | None
    name: str
    account: str
    timeout: float
    attempts: int
    algorithms: tuple[str, ...]
    client_secret: str | None
    redirect: Redirect
    vault: Vault
    browser: Browser
    watch: Callable[[Note], None]
    clock: Callable[[], int]
    entropy: Callable[[int], bytes]


class App:
    """A native app or a CLI that signs people in; safe to share among threads.

    ``http`` is an httpx2 client of yours (proxies, certificates); without one a
    fresh client serves each flow. ``sleep`` takes seconds.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        http: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **options: Unpack[Options],
    ) -> None:
        watch = options.get("watch", silent)
        self._kit = _kit(issuer, client_id, options=options)
        self._hands = Hands(http=http, sleep=sleep, watch=watch)
        self._ahands = AsyncHands(watch=watch)

    def sign_in(self, **extra: Any) -> TokenSet:
        """Sign a person in through the browser and keep the tokens.

        ``extra`` goes to the provider: ``login_hint``, ``prompt``, ``max_age``
        (seconds), ``ui_locales``, ``screen_hint``, ``connection``, ``acr_values`` …
        Raises ``SignInFailed``, ``ProviderError``, ``VaultError``.
        """
        return drive(sign_in(self._kit, extra), self._hands)

    def sign_out(self, *, browser: bool = True, **extra: Any) -> None:
        """End the tokens and, unless ``browser=False``, the browser's session.

        Raises ``NotRevoked``, ``TimedOut``, ``Cancelled``, ``NoBrowser``; this
        device is signed out in any case.
        """
        drive(sign_out(self._kit, browser=browser, extra=extra), self._hands)

    def tokens(self, *, min_ttl: float = 60) -> TokenSet:
        """Tokens good for ``min_ttl`` seconds, renewed silently if needed.

        Raises ``SignedOut``, ``TokenTooShort``, ``Unreachable``, ``Refused``,
        ``BadIdToken``, ``VaultError``.
        """
        return drive(fresh(self._kit, min_ttl=min_ttl), self._hands)

    def access_token(self, *, min_ttl: float = 60) -> str:
        """The access token of ``tokens()``."""
        return self.tokens(min_ttl=min_ttl).access_token

    def renew(self) -> TokenSet:
        """Renew now, even if the access token lives: after a role was given, say."""
        return drive(_renew(self._kit), self._hands)

    @property
    def user(self) -> Mapping[str, Any] | None:
        """The checked ID-token claims of who is signed in, or None; no network."""
        held = drive(_held(self._kit), self._hands)
        return None if held is None else held.user

    def auth(self, *, only: str | None = None) -> Any:
        """An ``auth=`` for httpx, httpx2 (sync and async clients) and requests.

        With ``only`` (an address) the token goes to that origin and nowhere else.
        """
        return attachment(Bearer(self._kit, self._hands, self._ahands, only))

    def cancel(self) -> None:
        """Give up waiting for the browser: ``sign_in`` then raises ``Cancelled``."""
        for door in list(self._kit.memory.doors):
            door.cancel()


class AsyncApp:
    """``App`` for asyncio: the same flows, awaited. Cancel the task to give up."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        *,
        http: httpx2.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **options: Unpack[Options],
    ) -> None:
        watch = options.get("watch", silent)
        self._kit = _kit(issuer, client_id, options=options)
        self._hands = Hands(watch=watch)
        self._ahands = AsyncHands(http=http, sleep=sleep, watch=watch)

    async def sign_in(self, **extra: Any) -> TokenSet:
        """See ``App.sign_in``."""
        return await adrive(sign_in(self._kit, extra), self._ahands)

    async def sign_out(self, *, browser: bool = True, **extra: Any) -> None:
        """See ``App.sign_out``."""
        flow = sign_out(self._kit, browser=browser, extra=extra)
        await adrive(flow, self._ahands)

    async def tokens(self, *, min_ttl: float = 60) -> TokenSet:
        """See ``App.tokens``."""
        return await adrive(fresh(self._kit, min_ttl=min_ttl), self._ahands)

    async def access_token(self, *, min_ttl: float = 60) -> str:
        """See ``App.access_token``."""
        return (await self.tokens(min_ttl=min_ttl)).access_token

    async def renew(self) -> TokenSet:
        """See ``App.renew``."""
        return await adrive(_renew(self._kit), self._ahands)

    async def user(self) -> Mapping[str, Any] | None:
        """See ``App.user``."""
        held = await adrive(_held(self._kit), self._ahands)
        return None if held is None else held.user

    def auth(self, *, only: str | None = None) -> Any:
        """See ``App.auth``."""
        return attachment(Bearer(self._kit, self._hands, self._ahands, only))

    def cancel(self) -> None:
        """See ``App.cancel``."""
        for door in list(self._kit.memory.doors):
            door.cancel()


def _kit(issuer: str, client_id: str, *, options: Options) -> Kit:
    return Kit(
        settings=Settings(
            issuer=issuer,
            client_id=client_id,
            scope=options.get("scope", "openid profile email offline_access"),
            audience=options.get("audience"),
            client_secret=options.get("client_secret"),
            name=options.get("name", "the app"),
            account=options.get("account", "default"),
            timeout=options.get("timeout", 300.0),
            attempts=options.get("attempts", 5),
            algorithms=options.get("algorithms", ALGORITHMS),
        ),
        redirect=options.get("redirect") or Loopback(),
        browser=options.get("browser") or SystemBrowser(),
        vault=options.get("vault") or SystemVault(),
        clock=options.get("clock", system_clock),
        entropy=options.get("entropy", secrets.token_bytes),
    )


def _held(kit: Kit) -> Flow[TokenSet | None]:
    return kit.memory.tokens or (yield from kit.load())


def _renew(kit: Kit) -> Flow[TokenSet]:
    held = yield from _held(kit)
    rejected = None if held is None else held.access_token
    return (yield from fresh(kit, min_ttl=0, rejected=rejected))
