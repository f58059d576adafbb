"""A code to type goes out, by mail or text; one a minute under each name."""

from __future__ import annotations

from gatelodge.base.clock import MINUTE
from gatelodge.base.exchange import Exchange
from gatelodge.endpoints import post_office
from gatelodge.house import House
from gatelodge.login import one_time_code
from gatelodge.login.letter import Letter
from gatelodge.model.factor import FactorKind
from gatelodge.model.reads import FindTicket


async def send(
    house: House,
    exchange: Exchange,
    *,
    name: str,
    user_id: str,
    kind: FactorKind,
    to: str,
    lifetime: int,
) -> bool:
    """Send a new code under ``name``; False when one was sent within the minute.

    ``lifetime`` in milliseconds.
    """
    now = house.clock.now()
    question = FindTicket(digest=one_time_code.digest(name), purpose="one_time_code")
    before = await house.store.read(question)
    if before is not None and now - before.ticket.created_at < MINUTE:
        return False
    issued = one_time_code.issue(
        name,
        user_id=user_id,
        payload={"kind": kind},
        key=house.sealer.mac_keys(one_time_code.MAC_PURPOSE)[0],
        lifetime=lifetime,
        raw=house.entropy.draw(one_time_code.CODE_BYTES),
        now=now,
    )
    letter = Letter(
        name="mfa_code",
        recipient=to,
        context={"code": issued.code, "minutes": lifetime // MINUTE},
    )
    mails = post_office.queue(house, exchange, (letter,))
    return await house.store.commit((*issued.writes, *mails))
