"""``GET|POST /authorize`` (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2)."""

from __future__ import annotations

from gatelodge.base.exchange import Exchange, Reply
from gatelodge.endpoints.sent import pairs_of
from gatelodge.endpoints.visit import go_on, open_visit, person_of
from gatelodge.house import House


async def authorize(house: House, exchange: Exchange) -> Reply:
    """Check the request, then let the hub decide; without a session no query at all.

    Raises:
        PageRefusal: nothing may be sent to the redirect URI.
        ReturnedRefusal: the app gets an error.
    """
    visit = open_visit(house, exchange, pairs_of(exchange))
    signed_in = await person_of(house, exchange, visit)
    return await go_on(house, exchange, visit, signed_in)
