"""Duties at intervals; a duty that fails is logged and tried again next time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import msgspec

from gatelodge.base.clock import SECOND
from gatelodge.house import House
from gatelodge.model.writes import TakeLease

_log: Final = logging.getLogger("gatelodge.work")
Work: TypeAlias = Callable[[], Awaitable[None]]


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do every ``seconds``; ``leased`` on one node at a time only."""

    name: str
    seconds: float
    work: Work
    leased: bool = False


async def run(house: House, duties: tuple[Duty, ...], *, holder: str) -> None:
    """Do all duties until cancelled."""
    async with asyncio.TaskGroup() as group:
        for duty in duties:
            group.create_task(_repeat(house, duty, holder), name=duty.name)


async def _repeat(house: House, duty: Duty, holder: str) -> None:
    while True:
        await asyncio.sleep(duty.seconds)
        try:
            if not duty.leased or await _ours(house, duty, holder):
                await duty.work()
        except Exception:  # noqa: BLE001 - the last resort: log, answer, live on
            _log.exception("duty %s failed", duty.name)


async def _ours(house: House, duty: Duty, holder: str) -> bool:
    now = house.clock.now()
    until = now + int(duty.seconds * 3 * SECOND) + 60 * SECOND
    lease = TakeLease(name=duty.name, holder=holder, now=now, until=until)
    return await house.store.commit((lease,))
