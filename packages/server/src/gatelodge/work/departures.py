"""Accounts whose people have left go away, once their grace period is over.

What another party gave us for them is given back first, where it wants that (Apple
does); a party that does not answer holds nobody up: the account goes all the same, and
the log says so.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.seal import SealBroken
from gatelodge.connections.provider import party_of
from gatelodge.connections.secret import opened
from gatelodge.house import House
from gatelodge.model.connection import UPSTREAM_TOKENS
from gatelodge.model.reads import DueDepartures, ListWays, Way
from gatelodge.model.user import User
from gatelodge.model.writes import HoldLeaving
from gatelodge.oauth.log import LOG_BYTES, Witness
from gatelodge.tenantfile.person_writes import deletion

_AGENT: Final = "gatelodge duty"


async def depart_due(house: House) -> None:
    """Delete what is due; one that was kept in the last moment stays."""
    now = house.clock.now()
    for user in await house.store.read(DueDepartures(now=now)):
        await _depart(house, user)


async def _depart(house: House, user: User) -> None:
    leaving_at = user.leaving_at or 0
    held = HoldLeaving(user_id=user.user_id, leaving_at=leaving_at)
    if not await house.store.commit((held,)):
        return
    ways = await house.store.read(ListWays(user_id=user.user_id))
    given_back = [await _give_back(house, way) for way in ways if way.identity]
    witness = Witness(
        at=house.clock.now(), ip="", agent=_AGENT, raw=house.entropy.draw(LOG_BYTES)
    )
    log = witness.line(
        "sdu",
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="deleted as its person asked",
        given_back=[one for one in given_back if one] or None,
    )
    await house.store.commit((held, *deletion(user.user_id), log))


async def _give_back(house: House, way: Way) -> str | None:
    """What became of the tokens another party gave; None where there are none."""
    identity = way.identity
    party = party_of(house.snapshot.catalogue.connection_by_id(way.user.connection_id))
    if identity is None or identity.sealed is None or party is None:
        return None
    said = _unsealed(house, identity.sealed)
    token = said.get("refresh_token") or said.get("access_token")
    if not isinstance(token, str):
        return None
    kind = "refresh_token" if said.get("refresh_token") else "access_token"
    try:
        places = await house.gate.endpoints(party)
        if places.revocation is None:
            return None
        secret = opened(party.upstream, house.sealer)
        await house.gate.revoke(
            party, places.revocation, token, kind=kind, secret=secret
        )
    except UpstreamRefusal as refusal:
        return f"{party.connection.name}: {refusal.because}"
    return f"{party.connection.name}: done"


def _unsealed(house: House, sealed: bytes) -> dict[str, Any]:
    try:
        plain = house.sealer.unseal(sealed, purpose=UPSTREAM_TOKENS)
        return msgspec.json.decode(plain, type=dict[str, Any])
    except (SealBroken, msgspec.DecodeError):
        return {}
