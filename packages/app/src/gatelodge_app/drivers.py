"""The two loops that perform a flow's steps: ordinary and asyncio.

HTTP goes through httpx2. Redirects are never followed: the provider's endpoints are
named by its metadata, and a token request that wanders off is a leak. Bodies are
bounded, and so is the time one answer may take.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2

from .errors import BadAnswer, Unreachable
from .steps import Answer, Do, Flow, Note, Pause, Send, Step

T = TypeVar("T")
_BODY_LIMIT = 1_000_000
_ANSWER_SECONDS = 30.0
_TIMEOUT = httpx2.Timeout(10.0)
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


def silent(_note: Note) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What the ordinary driver works with. ``sleep`` takes seconds."""

    http: httpx2.Client | None = None
    sleep: Callable[[float], None] = time.sleep
    watch: Callable[[Note], None] = silent


@dataclass(frozen=True, slots=True)
class AsyncHands:
    """What the asyncio driver works with. ``sleep`` takes seconds."""

    http: httpx2.AsyncClient | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    watch: Callable[[Note], None] = silent


def drive(flow: Flow[T], hands: Hands) -> T:
    """Perform a flow; whatever a step raises is raised inside the flow."""
    with closing(flow):
        try:
            step = next(flow)
            while True:
                try:
                    got = _perform(step, hands)
                except BaseException as raised:  # noqa: BLE001 - handed on, not kept
                    step = flow.throw(raised)
                else:
                    step = flow.send(got)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] # a generator's result


async def adrive(flow: Flow[T], hands: AsyncHands) -> T:
    """Perform a flow under asyncio; cancelling the task ends the flow cleanly."""
    with closing(flow):
        try:
            step = next(flow)
            while True:
                try:
                    got = await _aperform(step, hands)
                except BaseException as raised:  # noqa: BLE001 - handed on, not kept
                    step = flow.throw(raised)
                else:
                    step = flow.send(got)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] # a generator's result


def _perform(step: Step, hands: Hands) -> Any:
    match step:
        case Send():
            return _send(step, hands)
        case Do(act):
            return act()
        case Pause(seconds):
            return hands.sleep(seconds)
        case Note():
            return hands.watch(step)


async def _aperform(step: Step, hands: AsyncHands) -> Any:
    match step:
        case Send():
            return await _asend(step, hands)
        case Do():
            return await _in_thread(step)
        case Pause(seconds):
            return await hands.sleep(seconds)
        case Note():
            return hands.watch(step)


async def _in_thread(step: Do) -> Any:
    """A cancelled task wakes its thread and waits for it: no thread is left behind."""
    work = asyncio.ensure_future(asyncio.to_thread(step.act))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        if step.cancel is not None:
            step.cancel()
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()
        raise


def _send(step: Send, hands: Hands) -> Answer:
    with _lost(step.url), _client(hands) as http:
        request = _request(http, step)
        answer = http.send(request, stream=True, auth=None, follow_redirects=False)
        with closing(answer):
            body = _Body()
            for piece in answer.iter_bytes():
                body.take(piece)
    return Answer(answer.status_code, bytes(body.held), _retry_after(answer))


async def _asend(step: Send, hands: AsyncHands) -> Answer:
    with _lost(step.url):
        async with _aclient(hands) as http:
            request = _request(http, step)
            answer = await http.send(
                request, stream=True, auth=None, follow_redirects=False
            )
            try:
                body = _Body()
                async for piece in answer.aiter_bytes():
                    body.take(piece)
            finally:
                await answer.aclose()
    return Answer(answer.status_code, bytes(body.held), _retry_after(answer))


class _Body:
    """An answer's bytes, bounded in size and in time."""

    def __init__(self) -> None:
        self.held = bytearray()
        self._until = time.monotonic() + _ANSWER_SECONDS

    def take(self, piece: bytes) -> None:
        self.held += piece
        if len(self.held) > _BODY_LIMIT:
            raise BadAnswer("The provider's answer is larger than a megabyte.")
        if time.monotonic() > self._until:
            raise Unreachable("The provider's answer does not come to an end.")


def _request(http: httpx2.Client | httpx2.AsyncClient, step: Send) -> httpx2.Request:
    headers = {"Accept": "application/json"}
    if step.form is None:
        return http.build_request("GET", step.url, headers=headers)
    return http.build_request("POST", step.url, data=dict(step.form), headers=headers)


@contextmanager
def _client(hands: Hands) -> Iterator[httpx2.Client]:
    if hands.http is not None:
        yield hands.http
        return
    with httpx2.Client(timeout=_TIMEOUT) as http:
        yield http


@asynccontextmanager
async def _aclient(hands: AsyncHands) -> AsyncIterator[httpx2.AsyncClient]:
    if hands.http is not None:
        yield hands.http
        return
    async with httpx2.AsyncClient(timeout=_TIMEOUT) as http:
        yield http


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


def _retry_after(answer: httpx2.Response) -> float:
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0
