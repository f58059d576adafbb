"""The two loops that perform a flow's steps: ordinary and asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2

from .steps import Do, Flow, Note, Pause, Send, Step
from .wire import AsyncWire, Wire

T = TypeVar("T")


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
    with closing(flow), closing(Wire(hands.http)) as wire:
        try:
            step = next(flow)
            while True:
                try:
                    got = _perform(step, hands, wire=wire)
                except BaseException as raised:  # noqa: BLE001 - handed on, not kept
                    step = flow.throw(raised)
                else:
                    step = flow.send(got)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return] # a generator's result


async def adrive(flow: Flow[T], hands: AsyncHands) -> T:
    """Perform a flow under asyncio; cancelling the task ends the flow cleanly."""
    async with aclosing(AsyncWire(hands.http)) as wire:
        with closing(flow):
            try:
                step = next(flow)
                while True:
                    try:
                        got = await _aperform(step, hands, wire=wire)
                    except BaseException as raised:  # noqa: BLE001 - handed on
                        step = flow.throw(raised)
                    else:
                        step = flow.send(got)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return] # a flow's result


def _perform(step: Step, hands: Hands, *, wire: Wire) -> Any:
    match step:
        case Send():
            return wire.send(step)
        case Do(act):
            return act()
        case Pause(seconds):
            return hands.sleep(seconds)
        case Note():
            return hands.watch(step)


async def _aperform(step: Step, hands: AsyncHands, *, wire: AsyncWire) -> Any:
    match step:
        case Send():
            return await wire.send(step)
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
