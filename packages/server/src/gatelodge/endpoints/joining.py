"""Whose a newcomer is by their verified address, and when they become part of it.

Asked only where the connection's option allows it (security defaults 31); kept while
the sign-in has something left to ask.
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.ending import Ending
from gatelodge.house import House
from gatelodge.login import joining, linking, set_aside
from gatelodge.login.joining import Joining
from gatelodge.model.connection import Connection
from gatelodge.model.profile import Profile
from gatelodge.model.reads import FindByEmail
from gatelodge.model.user import Person, User


async def owner_of(
    house: House, connection: Connection, profile: Profile, client_id: str
) -> Person | None:
    """Whose the newcomer is by their address; None where it may not say so."""
    if profile.email is None or not linking.may_own(profile, connection):
        return None
    return linking.owner_of(
        profile,
        await house.store.read(FindByEmail(email_key=profile.email)),
        connection=connection,
        client_id=client_id,
        catalogue=house.snapshot.catalogue,
    )


async def with_joins(house: House, exchange: Exchange, ending: Ending) -> Ending:
    """The end of a sign-in, with what joins whoever becomes part of the account."""
    owner, client_id = ending.signed_in.person.user, ending.request.client.client_id
    joins = at_once(
        house, exchange, ending.joining, owner, client_id=client_id
    ) or await called(
        house, exchange, ending.transaction.joining, owner, client_id=client_id
    )
    return msgspec.structs.replace(ending, joins=joins)


def waiting(house: House, ending: Ending) -> Ending:
    """The same where the sign-in has to wait: who joins waits too."""
    if ending.joining is None:
        return ending
    name, keeps = kept(house, ending.joining)
    return msgspec.structs.replace(
        ending,
        transaction=msgspec.structs.replace(ending.transaction, joining=name),
        writes=(*ending.writes, keeps),
        joining=None,
    )


def kept(house: House, waits: Joining) -> tuple[str, Write]:
    """A name for who joins, and the change that keeps it."""
    name = b64url(house.entropy.draw(set_aside.NAME_BYTES))
    nonce, now = house.entropy.draw(NONCE_BYTES), house.clock.now()
    return name, joining.keep(waits, name, sealer=house.sealer, nonce=nonce, now=now)


async def called(
    house: House, exchange: Exchange, name: str | None, owner: User, *, client_id: str
) -> tuple[Write, ...]:
    """What joins who was kept under this name, now that the sign-in is through."""
    if name is None:
        return ()
    now = house.clock.now()
    bundle = await house.store.read(joining.question(name))
    found = joining.read(bundle, house.sealer, now)
    writes = at_once(house, exchange, found, owner, client_id=client_id)
    return (*writes, set_aside.spend(name, now)) if writes else ()


def at_once(
    house: House,
    exchange: Exchange,
    waits: Joining | None,
    owner: User,
    *,
    client_id: str,
) -> tuple[Write, ...]:
    """What joins them, in the commit that gives the app what it asked for."""
    if waits is None:
        return ()
    return joining.joined(
        waits,
        owner,
        client_id=client_id,
        catalogue=house.snapshot.catalogue,
        witness=witness(house, exchange),
    )
