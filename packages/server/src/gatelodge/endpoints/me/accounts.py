"""``/me/v1/connected-accounts``, ``/consents``, ``/sessions`` and ``/profile``."""

from __future__ import annotations

from typing import Any, Final

from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Empty, Exchange, Reply
from gatelodge.base.moment import iso
from gatelodge.connections.provider import party_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.me.caller import (
    Caller,
    answer,
    caller,
    failed,
    last_part,
    problem,
)
from gatelodge.house import House
from gatelodge.login import allowance, devices, linking
from gatelodge.login.device_name import device_name
from gatelodge.login.devices import Place
from gatelodge.model.grant import Consent
from gatelodge.model.reads import (
    ListConsents,
    ListFactors,
    ListFamilies,
    ListSessions,
    ListWays,
    Way,
)
from gatelodge.oauth import claims

_YEAR: Final = 365 * 86_400_000


async def list_accounts(house: House, exchange: Exchange) -> Reply:
    """Accounts elsewhere that lead to this one."""
    who = await caller(house, exchange, "read:me:connected_accounts")
    ways = await house.store.read(ListWays(user_id=who.user.user_id))
    return answer({"accounts": [_account(way, who) for way in ways if way.identity]})


async def list_connections(house: House, exchange: Exchange) -> Reply:
    """Where else a person can have an account."""
    who = await caller(house, exchange, "read:me:connected_accounts")
    found = (party_of(one) for one in who.snapshot.catalogue.connections)
    shown = [
        {
            "name": party.connection.name,
            "strategy": party.connection.strategy,
            "scopes": list(party.scopes),
        }
        for party in found
        if party and party.connection.options.show_as_button
    ]
    return answer({"connections": shown})


async def delete_account(house: House, exchange: Exchange) -> Reply:
    """Disconnect one.

    Raises:
        AccountRefusal: they have none of this id, or it is their last way to sign in.
    """
    who = await caller(house, exchange, "delete:me:connected_accounts", recent=True)
    user_id, wanted = who.user.user_id, last_part(exchange)
    ways = await house.store.read(ListWays(user_id=user_id))
    part = next((one for one in ways if _name_of(one) == wanted), None)
    try:
        writes = linking.unlink(
            ways,
            part.user.user_id if part else "",
            factors=await house.store.read(ListFactors(user_id=user_id)),
            catalogue=who.snapshot.catalogue,
            witness=witness(house, exchange),
        )
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    if not await house.store.commit(writes):
        raise problem("Something has changed meanwhile", rule="House-link", status=409)
    return Empty(status=204)


async def list_consents(house: House, exchange: Exchange) -> Reply:
    """What was allowed."""
    who = await caller(house, exchange, "read:me:consents")
    consents = await house.store.read(ListConsents(user_id=who.user.user_id))
    return answer({"consents": [_consent(one) for one in consents]})


async def get_consent(house: House, exchange: Exchange) -> Reply:
    """One of them.

    Raises:
        AccountRefusal: they have none of this id.
    """
    who = await caller(house, exchange, "read:me:consents")
    consents = await house.store.read(ListConsents(user_id=who.user.user_id))
    return answer(_consent(allowance.mine(consents, last_part(exchange))))


async def delete_consent(house: House, exchange: Exchange) -> Reply:
    """Withdraw one.

    Raises:
        AccountRefusal: they have none of this id.
    """
    who = await caller(house, exchange, "delete:me:consents")
    consents = await house.store.read(ListConsents(user_id=who.user.user_id))
    try:
        consent = allowance.mine(consents, last_part(exchange))
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    writes = allowance.withdraw(consent, witness=witness(house, exchange))
    await house.store.commit(writes)
    return Empty(status=204)


async def list_sessions(house: House, exchange: Exchange) -> Reply:
    """Where the person is signed in: browsers and apps in one list."""
    who = await caller(house, exchange, "read:me:sessions")
    found = await _places(house, who)
    return answer({"sessions": [_place(one) for one in found]})


async def delete_session(house: House, exchange: Exchange) -> Reply:
    """Sign one of them out.

    Raises:
        AccountRefusal: it is not in the person's list.
    """
    who = await caller(house, exchange, "delete:me:sessions")
    found = await _places(house, who)
    try:
        writes = devices.end(
            found,
            last_part(exchange),
            user_id=who.user.user_id,
            witness=witness(house, exchange),
        )
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    await house.store.commit(writes)
    return Empty(status=204)


async def get_profile(house: House, exchange: Exchange) -> Reply:
    """The person's claims, as ``/userinfo`` tells them."""
    who = await caller(house, exchange, "read:me:profile")
    numeric = who.snapshot.catalogue.settings.numeric_updated_at
    told = claims.profile(who.user, numeric_updated_at=numeric)
    return answer({"user_id": who.user.user_id, **told})


async def _places(house: House, who: Caller) -> tuple[Place, ...]:
    user_id = who.user.user_id
    return devices.places(
        await house.store.read(ListSessions(user_id=user_id)),
        await house.store.read(ListFamilies(user_id=user_id)),
        sid="",
        catalogue=who.snapshot.catalogue,
        now=house.clock.now(),
    )


def _name_of(way: Way) -> str:
    """An id without the party's own name for the person, which may hold anything."""
    return f"cac_{digest_of(way.user.user_id)[:22]}"


def _account(way: Way, who: Caller) -> dict[str, Any]:
    connection = who.snapshot.catalogue.connection_by_id(way.user.connection_id)
    party = party_of(connection)
    identity = way.identity
    return {
        "id": _name_of(way),
        "connection": connection.name if connection else "",
        "access_type": "offline" if identity and identity.sealed else "online",
        "scopes": list(party.scopes) if party else [],
        "created_at": iso(identity.created_at if identity else way.user.created_at),
    }


def _consent(consent: Consent) -> dict[str, Any]:
    """Ours does not end by itself; the contract wants a date all the same."""
    return {
        "id": allowance.name_of(consent),
        "client_id": consent.client_id,
        "requested_details": {
            "audience": consent.audience,
            "scope": list(consent.scopes),
        },
        "created_at": iso(consent.given_at),
        "expires_at": iso(consent.given_at + 100 * _YEAR),
    }


def _place(place: Place) -> dict[str, Any]:
    name = device_name(place.agent)
    return {
        "id": place.key,
        "kind": "app" if place.session is None else "browser",
        "browser": name.browser,
        "system": name.system,
        "clients": list(place.client_ids),
        "ip": place.ip,
        "created_at": iso(place.since),
        "last_used_at": iso(place.seen_at),
    }
