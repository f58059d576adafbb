"""The corridor every changing request walks: read → decide → commit → reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from gatelodge.base.change import Decision, Question
from gatelodge.base.errors import TemporarilyUnavailable
from gatelodge.base.exchange import Exchange
from gatelodge.house import House
from gatelodge.oauth.log import LOG_BYTES, Witness

Bundle = TypeVar("Bundle")
Answer = TypeVar("Answer")

_ATTEMPTS: Final = 8
_LINES: Final = 4


def witness(house: House, exchange: Exchange) -> Witness:
    """Who asks and when, with randomness for a few log lines."""
    return Witness(
        at=house.clock.now(),
        ip=exchange.ip,
        agent=exchange.agent,
        raw=house.entropy.draw(LOG_BYTES * _LINES),
    )


async def walk(
    house: House,
    question: Question[Bundle],
    decide: Callable[[Bundle], Decision[Answer]],
) -> Answer:
    """Read, decide, commit; decide again when somebody was faster (decisions 12).

    A refusal passes through with its writes, which carry no guard: ``web.app``
    commits those of every refusal, once.

    Raises:
        Refusal: what ``decide`` raised.
        TemporarilyUnavailable: no attempt of a bounded number won.
    """
    for _ in range(_ATTEMPTS):
        decision = decide(await house.store.read(question))
        if await house.store.commit(decision.writes):
            return decision.answer
    raise TemporarilyUnavailable(
        "Too many requests compete for the same token. Please try again.",
        rule="House-corridor",
        headers={"Retry-After": "1"},
    )
