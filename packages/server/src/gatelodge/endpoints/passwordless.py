"""Codes and links on their way out, and what people bring back of them.

Sending is bounded by who asks, by whom it goes to, and in all; answers by three looks
at each code. Every count is taken before anything is looked at.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.exchange import Exchange
from gatelodge.base.ids import USER_ID_BYTES, user_id
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.endpoints import joining, post_office
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import one_time_code, passwordless, throttle
from gatelodge.login.letter import TextMessage
from gatelodge.login.passwordless import Kind, Started, Way
from gatelodge.login.upstream import Welcome, welcome
from gatelodge.model.connection import Connection
from gatelodge.model.reads import FindIdentity, FindTicket, TicketBundle
from gatelodge.oauth.log import Witness

_TOKEN: Final = "passwordless link"
_LONGEST_TOKEN: Final = 1_000


class Link(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the address in a mail holds, sealed."""

    connection_id: str
    address: str
    secret: str


async def send(
    house: House,
    exchange: Exchange,
    connection: Connection,
    address: str,
    *,
    kind: Kind,
    way: Way,
    ui_locales: str | None = None,
) -> bool:
    """Send it, or nothing where nobody may have it; False: too many were asked for."""
    if not await _bounded(house, exchange, connection, address):
        await _tell(house, exchange, connection, way)
        return False
    started = await _started(house, exchange, connection, address, kind, way)
    message = started.message
    queued = (
        post_office.queue_texts(house, exchange, (message,), ui_locales=ui_locales)
        if isinstance(message, TextMessage)
        else post_office.queue(house, exchange, (message,), ui_locales=ui_locales)
    )
    sent = () if started.withheld else queued
    await house.store.commit((*started.writes, *sent))
    return True


async def prove(
    house: House,
    exchange: Exchange,
    connection: Connection,
    address: str,
    typed: str,
    *,
    way: Way,
    kind: Kind = "code",
    audience: str = "",
) -> Welcome | None:
    """Whose code this is; None for every wrong one, and it is spent if it is right."""
    who = witness(house, exchange)
    if kind == "code":
        taken = passwordless.take_try(connection, address, who.at)
        if not await house.store.commit((taken,)):
            return None
    bundle = await newest(house, connection, address)
    keys = house.sealer.mac_keys(one_time_code.MAC_PURPOSE)
    right = passwordless.fits(
        bundle, connection, address, typed, way=way, kind=kind, keys=keys, now=who.at
    )
    spent = passwordless.spend(connection, address, who.at)
    if not right or not await house.store.commit((spent,)):
        return None
    return await _welcome(house, connection, address, way, audience, who)


async def _welcome(
    house: House,
    connection: Connection,
    address: str,
    way: Way,
    audience: str,
    who: Witness,
) -> Welcome | None:
    known = await house.store.read(
        FindIdentity(
            connection_id=connection.id,
            external_id=address,
            client_id=way.client_id,
            audience=audience,
        )
    )
    profile = passwordless.profile_of(connection, address)
    owner = (
        None
        if known
        else await joining.owner_of(house, connection, profile, way.client_id)
    )
    try:
        return welcome(
            known,
            profile,
            connection=connection,
            client_id=way.client_id,
            sealed=None,
            witness=who,
            user_id=user_id(connection.strategy, house.entropy.draw(USER_ID_BYTES)),
            owner=owner,
        )
    except UpstreamRefusal:  # sign-up was closed while the code was on its way
        return None


async def newest(
    house: House, connection: Connection, address: str
) -> TicketBundle | None:
    """The newest code or link of an address."""
    digest = passwordless.ticket_digest(connection, address)
    return await house.store.read(FindTicket(digest=digest, purpose="one_time_code"))


def read_link(house: House, token: str) -> Link | None:
    """What a link holds; None for anything that we did not seal."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    try:
        plain = house.sealer.unseal_text(token, purpose=_TOKEN)
        return msgspec.json.decode(plain, type=Link)
    except (SealBroken, msgspec.DecodeError):
        return None


async def _bounded(
    house: House, exchange: Exchange, connection: Connection, address: str
) -> bool:
    """Take one of each count, or none of them."""
    now = house.clock.now()
    most = passwordless.options_of(connection).most_per_hour
    in_all = throttle.Bound(name=throttle.START_IN_ALL, most=most)
    return await house.store.commit(
        (
            throttle.take(
                throttle.START_FROM_IP, throttle.network_of(exchange.ip), now=now
            ),
            throttle.take(throttle.START_TO, connection.id, address, now=now),
            throttle.take(in_all, connection.id, now=now),
        )
    )


async def _tell(
    house: House, exchange: Exchange, connection: Connection, way: Way
) -> None:
    """Once an hour and address, so that a flood fills no log."""
    who = witness(house, exchange)
    line: Write = who.line(
        "api_limit",
        client_id=way.client_id,
        connection_id=connection.id,
        description="too many passwordless messages were asked for",
    )
    once = throttle.take(throttle.TOLD, throttle.network_of(exchange.ip), now=who.at)
    await house.store.commit((once, line))


async def _started(
    house: House,
    exchange: Exchange,
    connection: Connection,
    address: str,
    kind: Kind,
    way: Way,
) -> Started:
    known = await house.store.read(
        FindIdentity(connection_id=connection.id, external_id=address)
    )
    raw = house.entropy.draw(passwordless.DRAWN_BYTES)
    link = Link(
        connection_id=connection.id,
        address=address,
        secret=passwordless.secret_of(raw),
    )
    token = house.sealer.seal_text(
        msgspec.json.encode(link),
        purpose=_TOKEN,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    return passwordless.start(
        known,
        connection,
        address,
        kind=kind,
        way=way,
        issuer=exchange.issuer,
        key=house.sealer.mac_keys(one_time_code.MAC_PURPOSE)[0],
        raw=raw,
        witness=witness(house, exchange),
        token=token,
    )
