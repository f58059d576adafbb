"""``/samlp/metadata``: what an identity provider has to know of us (contract 3.10)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.errors import PageRefusal
from gatelodge.base.exchange import Exchange, Reply, Text
from gatelodge.connections.saml import metadata
from gatelodge.connections.saml.party import saml_party
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House

MEDIA_TYPE: Final = "application/samlmetadata+xml"
_CACHED: Final = {"Cache-Control": "public, max-age=300"}


async def ours(house: House, exchange: Exchange) -> Reply:
    """Our metadata for one connection.

    Raises:
        PageRefusal: there is no such SAML connection.
    """
    name = query_of(exchange).get("connection", "")
    connection = house.snapshot.catalogue.connection(name)
    party = saml_party(connection, exchange.issuer)
    if party is None:
        raise PageRefusal(
            "There is nothing here.",
            error="not_found",
            rule="House-not-found",
            status=404,
        )
    text = metadata.ours(party, house.snapshot.keyring.saml).decode()
    return Text(text=text, media_type=MEDIA_TYPE, headers=_CACHED)
