"""``/account/devices``: where a person is signed in, and signing out there."""

from __future__ import annotations

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints.account.elapsed import ago
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    page,
    refused,
    submitted,
)
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import devices
from gatelodge.login.device_name import device_name
from gatelodge.login.devices import Place
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.reads import ListFamilies, ListSessions

_SECTION = "devices"


async def show(house: House, exchange: Exchange) -> Reply:
    """The list."""
    present = await enter(house, exchange, _SECTION)
    if not isinstance(present, Present):
        return present
    return await _page(house, exchange, present)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Sign out one of them, or all but this."""
    found = await submitted(house, exchange, _SECTION, fresh=False)
    if not isinstance(found, tuple):
        return found
    present, form = found
    user_id, who = present.user.user_id, witness(house, exchange)
    listed = await places_of(house, present)
    if form.get("decision") == "others":
        sid = present.session.sid
        writes = devices.end_others(listed, user_id=user_id, sid=sid, witness=who)
        await house.store.commit(writes)
        return done(_SECTION, "all_signed_out")
    try:
        writes = devices.end(
            listed, form.get("device", ""), user_id=user_id, witness=who
        )
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return await _page(house, exchange, present, error=refusal.text_id)
    await house.store.commit(writes)
    return done(_SECTION, "signed_out")


async def places_of(house: House, present: Present) -> tuple[Place, ...]:
    """Where the person is signed in."""
    user_id = present.user.user_id
    return devices.places(
        await house.store.read(ListSessions(user_id=user_id)),
        await house.store.read(ListFamilies(user_id=user_id)),
        sid=present.session.sid,
        catalogue=present.snapshot.catalogue,
        now=house.clock.now(),
    )


async def _page(
    house: House, exchange: Exchange, present: Present, *, error: str | None = None
) -> Page:
    found = await places_of(house, present)
    catalogue = present.snapshot.catalogue
    context = {
        "devices": [_shown(one, catalogue, house.clock.now()) for one in found],
        "others": sum(not one.here for one in found),
    }
    return page(exchange, present, _SECTION, context, error=error)


def _shown(place: Place, catalogue: Catalogue, now: int) -> dict[str, object]:
    name = device_name(place.agent)
    apps = [
        catalogue.clients[client_id].name
        for client_id in place.client_ids
        if client_id in catalogue.clients
    ]
    own_app = place.session is None
    return {
        "key": place.key,
        "browser": (apps[0] if apps else None) if own_app else name.browser,
        "system": name.system,
        "apps": () if own_app else apps,
        "ip": place.ip,
        "seen": ago(place.seen_at, now),
        "here": place.here,
    }
