"""What one network may ask for, and how that is said when it has had enough.

429 with ``X-RateLimit-*`` (contract 3.13); the log has a line an hour.
"""

from __future__ import annotations

import math

from gatelodge.base.errors import TooManyRequests
from gatelodge.base.exchange import Exchange
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import throttle
from gatelodge.model.reads import FindTries


def headers(most: int, again_at: int) -> dict[str, str]:
    """How many there are, and when the next is there (``again_at`` in milliseconds)."""
    return {
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(math.ceil(again_at / 1000)),
    }


async def check_sign_up(house: House, exchange: Exchange, client_id: str) -> None:
    """One more account may be opened from this network.

    Raises:
        TooManyRequests: it has opened too many.
    """
    shield = house.snapshot.catalogue.settings.attack_protection.suspicious_ip
    if not shield.enabled or throttle.listed(exchange.ip, shield.allowlist):
        return
    stage = shield.pre_user_registration
    bucket = throttle.Bucket(name="sign-ups", most=stage.max_attempts, rate=stage.rate)
    await _draw(
        house,
        exchange,
        bucket,
        throttle.network_of(exchange.ip),
        says="Too many accounts were created from this address.",
        client_id=client_id,
    )


async def check_reset(
    house: House, exchange: Exchange, email: str, client_id: str
) -> None:
    """One more link to this address may be asked for from this network.

    Raises:
        TooManyRequests: too many were, whether or not anybody has that address.
    """
    await _draw(
        house,
        exchange,
        throttle.RESET,
        throttle.network_of(exchange.ip),
        email,
        says="Too many reset links were asked for.",
        client_id=client_id,
    )


async def may_mail(house: House, connection_id: str, email: str) -> bool:
    """Whether one more link of this database goes to this mailbox, whoever asks."""
    now = house.clock.now()
    taken = throttle.take(throttle.RESET_TO, connection_id, email, now=now)
    return await house.store.commit((taken,))


async def _draw(
    house: House,
    exchange: Exchange,
    bucket: throttle.Bucket,
    *subject: str,
    says: str,
    client_id: str,
) -> None:
    who = witness(house, exchange)
    drawn = throttle.draw(bucket, *subject, now=who.at)
    if await house.store.commit((drawn,)):
        return
    row = await house.store.read(FindTries(key=drawn.key))
    again_at = row.until - drawn.slack if row else who.at
    once = throttle.take(throttle.BLOCK_TOLD, bucket.name, *subject, now=who.at)
    line = who.line("limit_mu", client_id=client_id, description=says)
    await house.store.commit((once, line))
    raise TooManyRequests(
        says, rule="Auth0-too-many-requests", headers=headers(bucket.most, again_at)
    )
