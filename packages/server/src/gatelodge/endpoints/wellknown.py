"""Documents about us: discovery, keys, association files (contract 3.5)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.house import House
from gatelodge.oauth import association
from gatelodge.oauth import discovery as rules

_CACHED: Final = {"Cache-Control": "public, max-age=300"}
_KEYS_CACHED: Final = {"Cache-Control": "public, max-age=60"}


async def discovery(house: House, exchange: Exchange) -> Reply:
    """OpenID Connect Discovery §4 and RFC 8414 §3."""
    body = rules.document(
        exchange.issuer,
        algorithms=house.snapshot.keyring.algorithms(),
        locales=house.snapshot.catalogue.settings.enabled_locales,
    )
    return Json(body=body, headers=_CACHED)


async def jwks(house: House, exchange: Exchange) -> Reply:
    """Our public keys: current, next and those not yet revoked (RFC 7517 §5)."""
    return Json(body=house.snapshot.keyring.jwks, headers=_KEYS_CACHED)


async def apple_app_site_association(house: House, exchange: Exchange) -> Reply:
    """Which iOS and macOS apps own addresses of ours."""
    clients = house.snapshot.catalogue.clients.values()
    return Json(body=association.apple(clients), headers=_CACHED)


async def assetlinks(house: House, exchange: Exchange) -> Reply:
    """Which Android apps own addresses of ours."""
    clients = house.snapshot.catalogue.clients.values()
    return Json(body=association.android(clients), headers=_CACHED)
