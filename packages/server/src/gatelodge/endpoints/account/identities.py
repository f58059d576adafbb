"""``/account/identities``: accounts elsewhere that lead to this one.

Connecting is the same trip as signing in, bound to the session that began it.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import AccountRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.connections.provider import Party, party_of
from gatelodge.connections.trip import Trip
from gatelodge.endpoints import browser, trips, upstream
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    page,
    path_of,
    refused,
    submitted,
)
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.login import linking
from gatelodge.login.upstream import connect
from gatelodge.model.reads import FindIdentity, ListFactors, ListWays, Way

_SECTION = "identities"
_LONGEST_TRIP = 15 * MINUTE


async def show(house: House, exchange: Exchange) -> Reply:
    """What is connected, and what can be."""
    present = await enter(house, exchange, _SECTION)
    if not isinstance(present, Present):
        return present
    return await _page(house, exchange, present)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Connect or disconnect."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    if form.get("decision") == "connect":
        return await _leave(house, exchange, present, form.get("connection", ""))
    try:
        return await _disconnect(house, exchange, present, form.get("identity", ""))
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return await _page(house, exchange, present, error=refusal.text_id)


async def _disconnect(
    house: House, exchange: Exchange, present: Present, identity: str
) -> Reply:
    user_id = present.user.user_id
    writes = linking.unlink(
        await house.store.read(ListWays(user_id=user_id)),
        identity,
        factors=await house.store.read(ListFactors(user_id=user_id)),
        catalogue=present.snapshot.catalogue,
        witness=witness(house, exchange),
    )
    if not await house.store.commit(writes):
        return await _page(house, exchange, present, error="error.changed_meanwhile")
    return done(_SECTION, "disconnected")


async def _leave(
    house: House, exchange: Exchange, present: Present, name: str
) -> Reply:
    party = next(
        (one for one in _parties(present) if one.connection.name == name), None
    )
    if party is None:
        return Redirect(location=path_of(_SECTION))
    sid = present.session.sid
    try:
        return await upstream.depart(
            house, exchange, present.visit, party, linking_sid=sid
        )
    except UpstreamRefusal as refusal:
        return await _away(house, exchange, present, party, refusal)


async def come_back(house: House, exchange: Exchange) -> Reply:
    """The party has answered: a sign-in, or somebody here connects an account."""
    params = query_of(exchange)
    if exchange.method == "POST":
        return await upstream.come_back(house, exchange)
    found = await trips.found(house, params.get("state", ""))
    if found is None or found.linking_sid is None:
        return await upstream.come_back(house, exchange)
    present = await enter(house, exchange, _SECTION)
    if not isinstance(present, Present):
        return present
    party = _party(present, found.connection_id)
    if party is None or not _same_trip(house, exchange, present, found):
        return await _page(house, exchange, present, error="error.changed_meanwhile")
    return await _connect(house, exchange, present, party, found, params)


def _same_trip(house: House, exchange: Exchange, present: Present, found: Trip) -> bool:
    """The same browser, the same session, and not long ago."""
    cookie = exchange.cookies.get(browser.BINDING)
    lately = house.clock.now() - found.began_at <= _LONGEST_TRIP
    same = found.linking_sid == present.session.sid
    ours = found.transaction.issuer == exchange.issuer
    return lately and same and ours and found.transaction.bound_to(cookie)


async def _connect(
    house: House,
    exchange: Exchange,
    present: Present,
    party: Party,
    found: Trip,
    params: Mapping[str, str],
) -> Reply:
    try:
        vouched = await upstream.ask(house, exchange, party, found, params)
        writes = connect(
            await house.store.read(
                FindIdentity(
                    connection_id=party.connection.id,
                    external_id=vouched.profile.external_id,
                )
            ),
            vouched.profile,
            present.user,
            connection=party.connection,
            sealed=upstream.kept(house, party, vouched.tokens.said),
            witness=witness(house, exchange),
        )
    except UpstreamRefusal as refusal:
        return await _away(house, exchange, present, party, refusal)
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        error = {"text_id": refusal.text_id, "params": {"provider": party.label}}
        return await _page(house, exchange, present, error=error)
    if not await house.store.commit((trips.spent(found), *writes)):
        return await _page(house, exchange, present, error="error.changed_meanwhile")
    return done(_SECTION, "connected")


async def _away(
    house: House,
    exchange: Exchange,
    present: Present,
    party: Party,
    refusal: UpstreamRefusal,
) -> Reply:
    """The party did not vouch: nothing has changed; its own words are logged."""
    line = witness(house, exchange).line(
        "f",
        user_id=present.user.user_id,
        connection_id=party.connection.id,
        description=refusal.because,
        rule=refusal.rule,
    )
    await house.store.commit((*refusal.writes, line))
    error = {"text_id": refusal.says, "params": {"provider": party.label}}
    return await _page(house, exchange, present, error=error)


def _parties(present: Present) -> list[Party]:
    """Parties that people may choose by themselves."""
    found = (party_of(one) for one in present.snapshot.catalogue.connections)
    return [
        party for party in found if party and party.connection.options.show_as_button
    ]


def _party(present: Present, connection_id: str) -> Party | None:
    return party_of(present.snapshot.catalogue.connection_by_id(connection_id))


async def _page(
    house: House,
    exchange: Exchange,
    present: Present,
    *,
    error: str | Mapping[str, object] | None = None,
) -> Page:
    ways = await house.store.read(ListWays(user_id=present.user.user_id))
    offered = [
        {
            "name": party.icon,
            "label": party.label,
            "connection": party.connection.name,
        }
        for party in _parties(present)
    ]
    context = {
        "identities": [_shown(way, present) for way in ways],
        "connections": offered,
    }
    return page(exchange, present, _SECTION, context, error=error)


def _shown(way: Way, present: Present) -> dict[str, object]:
    party = _party(present, way.user.connection_id)
    user = way.user
    return {
        "id": user.user_id,
        "icon": party.icon if party else None,
        "label": party.label if party else None,
        "person": user.email or user.nickname or user.name or user.username,
        "own": user.linked_to is None,
    }
