"""``POST /oauth/revoke`` (RFC 7009)."""

from __future__ import annotations

from gatelodge.base.change import Decision
from gatelodge.base.errors import InvalidRequest
from gatelodge.base.exchange import Empty, Exchange, Reply
from gatelodge.endpoints import corridor
from gatelodge.endpoints.calling import client_of, params_of
from gatelodge.house import House
from gatelodge.model.reads import FamilyBundle, FindFamily
from gatelodge.oauth import revocation


async def revoke(house: House, exchange: Exchange) -> Reply:
    """End a refresh token; 200 and nothing else, also for a token never ours.

    Raises:
        InvalidClient: the client failed to authenticate.
        InvalidRequest: no token was sent.
    """
    params = params_of(exchange)
    calling = await client_of(
        house, exchange, params, corridor.witness(house, exchange)
    )
    token = params.get("token")
    if token is None:
        raise InvalidRequest("Missing required parameter: token", rule="RFC7009-2.1")
    shown = house.refresh_tokens.read(token)
    if shown is None:
        return Empty()

    def decide(bundle: FamilyBundle | None) -> Decision[None]:
        return revocation.revoke(
            bundle,
            shown,
            client=calling.client,
            catalogue=calling.snapshot.catalogue,
            tokens=house.refresh_tokens,
            witness=calling.witness,
        )

    await corridor.walk(house, FindFamily(family_id=shown.family_id), decide)
    return Empty()
