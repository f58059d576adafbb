"""``GET|POST /authorize`` (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2)."""

from __future__ import annotations

from gatelodge.base.exchange import Exchange, Reply
from gatelodge.base.params import parse_form
from gatelodge.endpoints import browser
from gatelodge.endpoints.visit import go_on, open_visit
from gatelodge.house import House


async def authorize(house: House, exchange: Exchange) -> Reply:
    """Check the request, then let the hub decide; without a session no query at all.

    Raises:
        PageRefusal: nothing may be sent to the redirect URI.
        ReturnedRefusal: the app gets an error.
    """
    posted = exchange.method == "POST"
    text = exchange.body.decode("utf-8", "replace") if posted else exchange.query
    visit = open_visit(house, exchange, parse_form(text))
    signed_in = await browser.find_signed_in(
        house,
        exchange,
        client_id=visit.request.client.client_id,
        audience=visit.request.audience,
    )
    return await go_on(house, exchange, visit, signed_in)
