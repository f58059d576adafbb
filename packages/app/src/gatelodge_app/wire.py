"""HTTP as the flows need it: private, bounded, never led astray.

Redirects are never followed: the provider's endpoints are named by its metadata, and a
token request that wanders off is a leak. Answers are bounded in size and in time. A
client is made when the first request of a flow needs one, and closed with the flow.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import aclosing, closing, contextmanager

import httpx2

from .errors import BadAnswer, Unreachable
from .steps import Answer, Send

_BODY_LIMIT = 1_000_000
_ANSWER_SECONDS = 30.0
_TIMEOUT_SECONDS = 10.0
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


class Wire:
    """Sends the requests of one flow, with the app's client or one of its own."""

    def __init__(self, given: httpx2.Client | None) -> None:
        self._given = given
        self._own: httpx2.Client | None = None

    def send(self, step: Send) -> Answer:
        """Raises ``Unreachable`` or ``BadAnswer``."""
        with _lost(step.url):
            http = self._given or self._opened()
            request = _request(http, step)
            answer = http.send(request, stream=True, auth=None, follow_redirects=False)
            with closing(answer):
                body = _Body()
                for piece in answer.iter_bytes():
                    body.take(piece)
        return body.answer(answer)

    def close(self) -> None:
        """Close the client if it is our own."""
        if self._own is not None:
            self._own.close()

    def _opened(self) -> httpx2.Client:
        if self._own is None:
            self._own = httpx2.Client(timeout=_TIMEOUT_SECONDS)
        return self._own


class AsyncWire:
    """``Wire`` for asyncio."""

    def __init__(self, given: httpx2.AsyncClient | None) -> None:
        self._given = given
        self._own: httpx2.AsyncClient | None = None

    async def send(self, step: Send) -> Answer:
        """Raises ``Unreachable`` or ``BadAnswer``."""
        with _lost(step.url):
            http = self._given or self._opened()
            request = _request(http, step)
            answer = await http.send(
                request, stream=True, auth=None, follow_redirects=False
            )
            async with aclosing(answer):
                body = _Body()
                async for piece in answer.aiter_bytes():
                    body.take(piece)
        return body.answer(answer)

    async def aclose(self) -> None:
        """Close the client if it is our own."""
        if self._own is not None:
            await self._own.aclose()

    def _opened(self) -> httpx2.AsyncClient:
        if self._own is None:
            self._own = httpx2.AsyncClient(timeout=_TIMEOUT_SECONDS)
        return self._own


class _Body:
    """An answer's bytes, bounded in size and in time."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._until = time.monotonic() + _ANSWER_SECONDS

    def take(self, piece: bytes) -> None:
        self._held += piece
        if len(self._held) > _BODY_LIMIT:
            raise BadAnswer("The provider's answer is larger than a megabyte.")
        if time.monotonic() > self._until:
            raise Unreachable("The provider's answer does not come to an end.")

    def answer(self, answer: httpx2.Response) -> Answer:
        wait = answer.headers.get("retry-after", "")
        seconds = float(wait) if wait.isascii() and wait.isdigit() else 0.0
        return Answer(answer.status_code, bytes(self._held), seconds)


def _request(http: httpx2.Client | httpx2.AsyncClient, step: Send) -> httpx2.Request:
    headers = {"Accept": "application/json"}
    if step.form is None:
        return http.build_request("GET", step.url, headers=headers)
    return http.build_request("POST", step.url, data=dict(step.form), headers=headers)


@contextmanager
def _lost(url: str) -> Iterator[None]:
    """Every way to lose an answer becomes one: ``Unreachable``, sent or not."""
    host = httpx2.URL(url).host
    try:
        yield
    except _NEVER_SENT as lost:
        name = type(lost).__name__
        raise Unreachable(f"Cannot reach {host} ({name}).", sent=False) from None
    except httpx2.HTTPError as lost:
        # `from None`: the cause holds the request, and the request the secrets.
        name = type(lost).__name__
        raise Unreachable(f"The answer of {host} was lost ({name}).") from None
