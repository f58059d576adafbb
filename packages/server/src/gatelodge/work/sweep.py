"""Rows that have ended go away; what must be told apart from unknown stays a while."""

from __future__ import annotations

from gatelodge.base.clock import DAY, HOUR
from gatelodge.house import House
from gatelodge.model.writes import (
    SweepCodes,
    SweepJtis,
    SweepMail,
    SweepSessions,
    SweepTickets,
)


async def sweep(house: House) -> None:
    """Remove codes after an hour; links, mail and sessions a month after their end.

    What may be used once is forgotten when it ends.
    """
    now = house.clock.now()
    await house.store.commit(
        (
            SweepCodes(before=now - HOUR),
            SweepTickets(before=now - 30 * DAY),
            SweepMail(before=now - 30 * DAY),
            SweepSessions(before=now - 30 * DAY),
            SweepJtis(before=now),
        )
    )
