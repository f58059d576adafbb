"""``/continue``: a person comes back from where an action has sent them."""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.exchange import Exchange, Redirect, Reply
from gatelodge.base.urls import add_query
from gatelodge.endpoints import acting
from gatelodge.endpoints.login_page import page
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, go_on, nowhere, person_of, resume
from gatelodge.house import House
from gatelodge.login import actions_so_far

PATH: Final = "/continue"
_LONGEST: Final = 8_000


async def come_back(house: House, exchange: Exchange) -> Reply:
    """Go on with the actions, in the browser that was sent away.

    Raises:
        ReturnedRefusal: an action says no now.
    """
    if exchange.method == "POST":
        return _by_get(exchange)
    query = query_of(exchange)
    bundle = await house.store.read(actions_so_far.question(query.get("state", "")))
    found = actions_so_far.read(bundle, house.sealer)
    if found is None:
        return nowhere(house)
    visit = resume(house, exchange, found.transaction)
    if not isinstance(visit, Visit):
        return visit
    if visit.lost:
        return page(house, visit, identifier="", error="error.session_lost")
    visit = msgspec.structs.replace(visit, came=acting.Came(query=query))
    signed_in = await person_of(house, exchange, visit)
    return await go_on(
        house, exchange, visit, signed_in, carried=visit.transaction.acted
    )


def _by_get(exchange: Exchange) -> Reply:
    """A form from another site brings no cookies: the same answer, asked for anew."""
    pairs = {**query_of(exchange), **form_of(exchange)}
    if sum(len(value) for value in pairs.values()) > _LONGEST:
        pairs = {"state": pairs.get("state", "")}
    return Redirect(location=add_query(exchange.path, pairs.items()))
