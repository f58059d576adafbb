"""``/passwordless/verify-redirect``: the link in a mail that signs in.

A GET only shows a page, because mail scanners follow links; a POST uses the link. One
that our own page asked for works in the browser that asked; one that an app asked for
leads to that app, which knows what it asked for by ``state`` and its verifier (ADR 18).
"""

from __future__ import annotations

import msgspec

from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.base.urls import add_query
from gatelodge.endpoints import passwordless, registering
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.passwordless import Link
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, open_visit, resume
from gatelodge.house import House
from gatelodge.login import one_time_code
from gatelodge.login import passwordless as rules
from gatelodge.login.transaction import Transaction, unseal
from gatelodge.model.connection import Connection
from gatelodge.model.reads import TicketBundle

PATH = "/passwordless/verify-redirect"


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """A live link, the sign-in it goes on with, and where it counts."""

    link: Link
    connection: Connection
    visit: Visit
    way: rules.Way


async def show(house: House, exchange: Exchange) -> Reply:
    """One button: only a person presses it."""
    token = query_of(exchange).get("ticket", "")
    arrived = await _arrive(house, exchange, token)
    if not isinstance(arrived, Arrived):
        return arrived
    client = arrived.visit.request.client
    return Page(
        name="passwordless_link",
        cookies=arrived.visit.cookies,
        ui_locales=arrived.visit.request.wishes.ui_locales,
        context={
            "action": PATH,
            "ticket": token,
            "address": arrived.link.address,
            "client_name": client.name,
            "client_logo": logo_of(client),
        },
    )


async def submit(house: House, exchange: Exchange) -> Reply:
    """Use the link and go on.

    Raises:
        ReturnedRefusal: the app gets an error.
    """
    arrived = await _arrive(house, exchange, form_of(exchange).get("ticket", ""))
    if not isinstance(arrived, Arrived):
        return arrived
    visit = arrived.visit
    known = await passwordless.prove(
        house,
        exchange,
        arrived.connection,
        arrived.link.address,
        arrived.link.secret,
        way=arrived.way,
        kind="link",
        audience=visit.request.audience,
    )
    if known is None:  # somebody was faster
        return _failed(visit.request.params)
    amr = rules.amr_of(arrived.connection)
    return await registering.let_in(
        house, exchange, visit, arrived.connection, known, amr=amr
    )


async def _arrive(house: House, exchange: Exchange, token: str) -> Arrived | Page:
    link = passwordless.read_link(house, token)
    catalogue = house.snapshot.catalogue
    connection = catalogue.connection_by_id(link.connection_id) if link else None
    if link is None or connection is None:
        return _failed({})
    bundle = await passwordless.newest(house, connection, link.address)
    begun = _begun(house, bundle)
    way = _way(bundle)
    keys = house.sealer.mac_keys(one_time_code.MAC_PURPOSE)
    live = rules.fits(
        bundle,
        connection,
        link.address,
        link.secret,
        way=way,
        kind="link",
        keys=keys,
        now=house.clock.now(),
    )
    params = begun.params if begun else way.params
    if not live or not connection.serves(way.client_id):
        return _failed(params)
    visit = (
        resume(house, exchange, begun)
        if begun
        else open_visit(house, exchange, way.params.items())
    )
    if not isinstance(visit, Visit):
        return _failed(params)
    if visit.lost:
        return _failed(params, other_browser=True)
    return Arrived(link=link, connection=connection, visit=visit, way=way)


def _begun(house: House, bundle: TicketBundle | None) -> Transaction | None:
    """The sign-in that our own page began."""
    state = bundle.ticket.payload.get("state") if bundle else None
    return unseal(state, house.sealer) if isinstance(state, str) else None


def _way(bundle: TicketBundle | None) -> rules.Way:
    held = bundle.ticket.payload if bundle else {}
    return rules.Way(
        client_id=str(held.get("client_id", "")),
        binding=str(held.get("binding", "")),
        params=dict(held.get("params") or {}),
    )


def _failed(params: dict[str, str], *, other_browser: bool = False) -> Page:
    """A used or old link still knows which sign-in it was part of."""
    restart = add_query("/authorize", params.items()) if params else None
    return Page(
        name="passwordless_link_failed",
        status=400,
        ui_locales=params.get("ui_locales"),
        context={"other_browser": other_browser, "restart_url": restart},
    )
