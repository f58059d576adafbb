"""``/account/identities``: accounts elsewhere that lead to this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.connections.face import face_of
from gatelodge.connections.saml.party import label_of
from gatelodge.endpoints.account import entry
from gatelodge.endpoints.account.entry import Present, done, enter, refused
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import linking
from gatelodge.model.connection import DATABASE, Connection
from gatelodge.model.reads import ListFactors, ListWays, Way
from gatelodge.model.writes import EndOtherSessions

SECTION: Final = "identities"


async def show(house: House, exchange: Exchange) -> Reply:
    """What is connected, and what can be."""
    present = await enter(house, exchange, SECTION)
    if not isinstance(present, Present):
        return present
    return await page(house, exchange, present)


async def disconnect(
    house: House, exchange: Exchange, present: Present, identity: str
) -> Reply:
    """An account is its own again."""
    user_id = present.user.user_id
    try:
        writes = linking.unlink(
            await house.store.read(ListWays(user_id=user_id)),
            identity,
            factors=await house.store.read(ListFactors(user_id=user_id)),
            catalogue=present.snapshot.catalogue,
            witness=witness(house, exchange),
        )
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return await page(house, exchange, present, error=refusal.text_id)
    # Whoever came in by it elsewhere is out: it may have been stolen.
    others = EndOtherSessions(
        user_id=user_id, sid=present.session.sid, at=house.clock.now()
    )
    if not await house.store.commit((*writes, others)):
        return await page(house, exchange, present, error="error.changed_meanwhile")
    return done(SECTION, "disconnected")


def offered(present: Present) -> list[Connection]:
    """Connections to parties that people may choose by themselves."""
    return [
        one
        for one in present.snapshot.catalogue.connections
        if one.options.show_as_button and face_of(one) is not None
    ]


async def page(
    house: House,
    exchange: Exchange,
    present: Present,
    *,
    error: str | Mapping[str, object] | None = None,
) -> Page:
    """What is connected, and what can be; ``error``: what has just gone wrong."""
    ways = await house.store.read(ListWays(user_id=present.user.user_id))
    faces = [(one, face_of(one)) for one in offered(present)]
    context = {
        "identities": [_shown(way, present) for way in ways],
        "connections": [
            {"name": face.mark, "label": face.label, "connection": one.name}
            for one, face in faces
            if face is not None
        ],
    }
    return entry.page(exchange, present, SECTION, context, error=error)


def _shown(way: Way, present: Present) -> dict[str, object]:
    user = way.user
    connection = present.snapshot.catalogue.connection_by_id(user.connection_id)
    face = face_of(connection) if connection else None
    known = (user.email, user.phone, user.nickname, user.name, user.username)
    return {
        "id": user.user_id,
        "icon": face.mark if face else None,
        "label": face.label if face else _name_of(connection),
        "person": next((one for one in known if one), None),
        "own": user.linked_to is None,
    }


def _name_of(connection: Connection | None) -> str | None:
    """Our own database has none: the page says what it is."""
    if connection is None or connection.strategy == DATABASE:
        return None
    return label_of(connection)
