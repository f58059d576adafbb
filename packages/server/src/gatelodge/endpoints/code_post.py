"""A code to type goes out, by mail or text; one a minute under each name.

And so many an hour to one address and for one person, however many names are made: a
text costs money, and nobody's mailbox is filled.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from gatelodge.base.clock import MINUTE, SECOND
from gatelodge.base.exchange import Exchange
from gatelodge.endpoints import post_office
from gatelodge.house import House
from gatelodge.login import one_time_code, throttle
from gatelodge.login.letter import Letter, TextMessage
from gatelodge.model.factor import FactorKind
from gatelodge.model.reads import FindTicket
from gatelodge.model.writes import QueueMail, UseTicket

_TRIES: Final = 5


async def spend_if_right(
    house: House, name: str, typed: str, *, lifetime: int
) -> UseTicket | None:
    """What spends the live code of ``name``, if this is it; a try is taken first.

    ``lifetime`` in milliseconds, as it was sent with.
    """
    now = house.clock.now()
    taken = one_time_code.take_try(name, most=_TRIES, lifetime=lifetime, now=now)
    if not await house.store.commit((taken,)):
        return None
    question = FindTicket(digest=one_time_code.digest(name), purpose="one_time_code")
    bundle = await house.store.read(question)
    keys = house.sealer.mac_keys(one_time_code.MAC_PURPOSE)
    right = one_time_code.fits(bundle, name, typed, keys=keys, now=now)
    return one_time_code.spend(name, now) if right else None


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
    """Send a new code under ``name``; False when too many were sent lately.

    ``lifetime`` in milliseconds.
    """
    now = house.clock.now()
    question = FindTicket(digest=one_time_code.digest(name), purpose="one_time_code")
    before = await house.store.read(question)
    if before is not None and now - before.ticket.created_at < MINUTE:
        return False
    bounds = (
        throttle.take(throttle.CODE_TO, to, now=now),
        throttle.take(throttle.CODE_OF, user_id, now=now),
    )
    if not await house.store.commit(bounds):
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
    queued = _queued(house, exchange, kind, to, issued.code, lifetime)
    return await house.store.commit((*issued.writes, *queued))


def _queued(
    house: House,
    exchange: Exchange,
    kind: FactorKind,
    to: str,
    code: str,
    lifetime: int,
) -> tuple[QueueMail, ...]:
    if kind == "sms":
        text = TextMessage(
            name="mfa_code",
            recipient=to,
            code=code,
            host=urlsplit(exchange.issuer).hostname,
            lifetime=lifetime // SECOND,
        )
        return post_office.queue_texts(house, exchange, (text,))
    letter = Letter(
        name="mfa_code",
        recipient=to,
        context={"code": code, "minutes": lifetime // MINUTE},
    )
    return post_office.queue(house, exchange, (letter,))
