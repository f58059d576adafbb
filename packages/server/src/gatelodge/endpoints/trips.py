"""What every way to another party and back needs: its state, and a kind end.

A party whose ``state`` is short gets a name for the sealed trip, which waits as a
ticket.
"""

from __future__ import annotations

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.connections import trip
from gatelodge.connections.trip import Trip
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.login_page import page
from gatelodge.endpoints.visit import Visit
from gatelodge.house import House
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import FindTicket
from gatelodge.model.writes import InsertTicket, SpendJti

NAME_BYTES = 24


def carried(house: House, begun: Trip) -> str:
    """The trip itself, sealed."""
    return trip.seal(begun, house.sealer, house.entropy.draw(NONCE_BYTES))


async def named(house: House, begun: Trip) -> str:
    """A short name for the trip: 32 characters."""
    name = b64url(house.entropy.draw(NAME_BYTES))
    ticket = Ticket(
        digest=digest_of(name),
        purpose="upstream_trip",
        user_id="",
        payload={"trip": carried(house, begun)},
        created_at=begun.began_at,
        expires_at=begun.began_at + trip.LIFETIME,
    )
    await house.store.commit((InsertTicket(ticket=ticket),))
    return name


async def found(house: House, state: str) -> Trip | None:
    """The trip that a ``state`` carries or names."""
    begun = trip.unseal(state, house.sealer)
    if begun is not None or len(state) != len(b64url(bytes(NAME_BYTES))):
        return begun
    bundle = await house.store.read(
        FindTicket(digest=digest_of(state), purpose="upstream_trip")
    )
    sealed = bundle.ticket.payload.get("trip", "") if bundle else ""
    return trip.unseal(str(sealed), house.sealer)


def spent(begun: Trip) -> SpendJti:
    """A trip ends once."""
    return SpendJti(
        key=digest_of(f"upstream trip\x00{begun.nonce}"),
        expires_at=begun.began_at + 2 * trip.LIFETIME,
    )


async def refused(
    house: House,
    exchange: Exchange,
    visit: Visit,
    refusal: UpstreamRefusal,
    *,
    connection_id: str,
    label: str,
) -> Page:
    """Back to the sign-in page, with what the person may know; the rest is logged."""
    line: Write = witness(house, exchange).line(
        "f",
        client_id=visit.request.client.client_id,
        connection_id=connection_id,
        description=refusal.because,
        rule=refusal.rule,
    )
    await house.store.commit((*refusal.writes, line))
    params = {"provider": label, "message": refusal.message or ""}
    error = {"text_id": refusal.says, "params": params}
    return page(house, visit, identifier="", error=error)
