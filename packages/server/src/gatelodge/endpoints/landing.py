"""Pages one may land on outside a sign-in: home, return to the app, favicon."""

from __future__ import annotations

from gatelodge import __version__
from gatelodge.base.errors import EndpointDisabled, PageRefusal
from gatelodge.base.exchange import Exchange, Page, Reply, Text
from gatelodge.base.urls import add_query, is_private_use_scheme, parse
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.model.client import Client


async def home(house: House, exchange: Exchange) -> Reply:
    """What stands here, for whoever comes without an app."""
    settings = house.snapshot.catalogue.settings
    return Page(
        name="home",
        context={
            "issuer": exchange.issuer,
            "discovery_url": "/.well-known/openid-configuration",
            "docs_url": settings.docs_url,
            "mailbox_url": "/mailbox" if house.mailbox else None,
            "version": __version__,
        },
    )


async def favicon(house: House, exchange: Exchange) -> Reply:
    """Our mark."""
    return Text(
        text=house.pages.favicon.decode("utf-8"),
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=86400"},
    )


async def return_to_app(house: House, exchange: Exchange) -> Reply:
    """An app's https callback on our host that the system did not intercept.

    The page offers one tap: an app's own scheme where the client has registered the
    same path with one, else the same address again, which a tap may let the system
    take (contract 1.12).

    Raises:
        PageRefusal: no client has registered this address.
    """
    address = exchange.issuer.rstrip("/") + exchange.path
    client = _owner(house, address)
    if client is None:
        raise PageRefusal(
            "There is nothing here.",
            error="not_found",
            rule="House-not-found",
            status=404,
        )
    params = query_of(exchange)
    target = _own_scheme(client, exchange.path) or address
    return Page(
        name="return_to_app",
        context={
            "client_name": client.name,
            "client_logo": logo_of(client),
            "app_url": add_query(target, params.items()),
            "restart_url": client.options.initiate_login_uri,
        },
    )


async def legacy(house: House, exchange: Exchange) -> Reply:
    """Endpoints of Auth0's past that are not built (contract 3.10).

    Raises:
        EndpointDisabled: always.
    """
    raise EndpointDisabled("This endpoint is not available", rule="Auth0-legacy")


def _owner(house: House, address: str) -> Client | None:
    for client in house.snapshot.catalogue.clients.values():
        if address in client.redirect_uris or address in client.logout_urls:
            return client
    return None


def _own_scheme(client: Client, path: str) -> str | None:
    for uri in (*client.redirect_uris, *client.logout_urls):
        parts = parse(uri)
        if parts and parts.path == path and is_private_use_scheme(parts):
            return uri
    return None
