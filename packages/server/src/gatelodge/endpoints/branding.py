"""``/branding/…``: the logos of tenant and apps, from our own origin."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from gatelodge.base.errors import PageRefusal
from gatelodge.base.exchange import Exchange, Picture, Reply
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.model.client import Client

CLIENT_LOGO: Final = "/branding/client-logo"


async def tenant_logo(house: House, exchange: Exchange) -> Reply:
    """The logo above every page.

    Raises:
        PageRefusal: there is none.
    """
    return await _picture(house, house.snapshot.catalogue.settings.branding.logo_url)


async def client_logo(house: House, exchange: Exchange) -> Reply:
    """The logo of the app that asks.

    Raises:
        PageRefusal: there is none.
    """
    client_id = query_of(exchange).get("client_id", "")
    client = house.snapshot.catalogue.clients.get(client_id)
    return await _picture(house, client.options.logo_uri if client else None)


def logo_of(client: Client) -> str | None:
    """Where a page of ours finds this app's logo."""
    if client.options.logo_uri is None:
        return None
    return f"{CLIENT_LOGO}?client_id={quote(client.client_id)}"


async def _picture(house: House, url: str | None) -> Reply:
    logo = await house.logos.get(url, house.clock.now()) if url else None
    if logo is None:
        raise PageRefusal(
            "There is nothing here.",
            error="not_found",
            rule="House-not-found",
            status=404,
        )
    return Picture(body=logo.body, media_type=logo.media_type)
