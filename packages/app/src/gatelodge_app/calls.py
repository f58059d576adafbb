"""Attach tokens to API calls.

One generator serves httpx and httpx2, sync and async; requests has its own way in.
A call carries an access token with some seconds left; if the API answers 401, it is
made once more with a renewed one. Tokens go to https and loopback only (RFC 6750
§5.3), and only to the origin ``only`` if one is given.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Any

import httpx2

from .addresses import check_private, origin
from .drivers import AsyncHands, Hands, adrive, drive
from .kit import Kit
from .renewal import fresh
from .steps import Flow

_REQUEST_SECONDS = 10.0
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Bearer:
    """What every attachment needs: the flow to fresh tokens and who may get them."""

    kit: Kit
    hands: Hands
    ahands: AsyncHands
    only: str | None = None

    def token(self, rejected: str | None) -> Flow[str | None]:
        """An access token; None when a rejected one cannot be renewed."""
        held = self.kit.memory.tokens
        if rejected is not None and held is not None and held.refresh_token is None:
            return None
        tokens = yield from fresh(self.kit, min_ttl=_REQUEST_SECONDS, rejected=rejected)
        return tokens.access_token

    def may_have(self, url: str) -> bool:
        """May this address see the token? Raises ``InsecureAddress``."""
        if self.only is not None and origin(url) != origin(self.only):
            return False
        check_private(url.partition("#")[0])
        return True


@dataclass(frozen=True, slots=True)
class _Need:
    rejected: str | None


def _attach(
    bearer: Bearer, request: Any, *, replayable: bool
) -> Generator[_Need | Any, Any, None]:
    """The whole rule, once: attach, and on a 401 renew and try once more."""
    if not bearer.may_have(str(request.url)):
        yield request
        return
    token = yield _Need(None)
    request.headers["Authorization"] = f"Bearer {token}"
    response = yield request
    if response.status_code != _UNAUTHORIZED or not replayable:
        return
    renewed = yield _Need(token)
    if renewed is not None:
        request.headers["Authorization"] = f"Bearer {renewed}"
        yield request


class Attachment:
    """What ``app.auth()`` gives: for httpx, httpx2 and requests alike."""

    def __init__(self, bearer: Bearer, replayable: tuple[type, ...]) -> None:
        self._bearer = bearer
        self._replayable = replayable

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """What httpx calls in ordinary clients."""
        steps = self._steps(request)
        answer: Any = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, _Need):
                    flow = self._bearer.token(step.rejected)
                    answer = drive(flow, self._bearer.hands)
                else:
                    answer = yield step
        except StopIteration:
            return

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """What httpx calls in asyncio clients."""
        steps = self._steps(request)
        answer: Any = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, _Need):
                    flow = self._bearer.token(step.rejected)
                    answer = await adrive(flow, self._bearer.ahands)
                else:
                    answer = yield step
        except StopIteration:
            return

    def __call__(self, request: Any) -> Any:
        """What requests calls with a prepared request.

        Also what httpx calls if it was loaded after ``auth()``: without the retry.
        """
        if not self._bearer.may_have(str(request.url)):
            return request
        token = drive(self._bearer.token(None), self._bearer.hands)
        request.headers["Authorization"] = f"Bearer {token}"

        def again(response: Any, **how: Any) -> Any:
            return self._again(response, how=how, token=token)

        if hasattr(request, "register_hook"):
            request.register_hook("response", again)
        return request

    def _steps(self, request: Any) -> Generator[Any, Any, None]:
        replayable = isinstance(request.stream, self._replayable)
        return _attach(self._bearer, request, replayable=replayable)

    def _again(self, response: Any, *, how: Any, token: str | None) -> Any:
        """Try once more after a 401; never where a redirect has dropped the token."""
        asked = response.request
        carried = asked.headers.get("Authorization") == f"Bearer {token}"
        plain = asked.body is None or isinstance(asked.body, (bytes, str))
        if response.status_code != _UNAUTHORIZED or not carried or not plain:
            return response
        renewed = drive(self._bearer.token(token), self._bearer.hands)
        if renewed is None:
            return response
        _ = response.content  # read to the end, so that the connection is free
        response.close()
        repeat = asked.copy()
        repeat.headers["Authorization"] = f"Bearer {renewed}"
        second = response.connection.send(repeat, **how)
        second.history.append(response)
        second.request = repeat
        return second


def attachment(bearer: Bearer) -> Any:
    """An ``auth=`` object for every library that is loaded.

    httpx and httpx2 accept instances of their own ``Auth`` class only, so the object
    is of both; requests takes anything that can be called.
    """
    libraries: list[Any] = [httpx2]
    if (old := sys.modules.get("httpx")) is not None and old is not httpx2:
        libraries.append(old)
    bases = (Attachment, *(library.Auth for library in libraries))
    kind = type("GatelodgeAuth", bases, {})
    return kind(bearer, tuple(library.ByteStream for library in libraries))
