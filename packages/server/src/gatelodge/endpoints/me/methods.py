"""``/me/v1/authentication-methods`` and ``/me/v1/factors`` (contract 2.3, 3.9)."""

from __future__ import annotations

from typing import Any, Final

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Empty, Exchange, Reply
from gatelodge.base.moment import iso
from gatelodge.base.params import parse_form, single
from gatelodge.endpoints import passkeys
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.me.caller import (
    Caller,
    answer,
    body_of,
    caller,
    failed,
    last_part,
    only,
    problem,
    text_of,
)
from gatelodge.house import House
from gatelodge.login import factor_change
from gatelodge.login.passkey import takes_passkeys
from gatelodge.model.factor import Factor
from gatelodge.model.reads import ListFactors, ListWays, Way

READ: Final = "read:me:authentication_methods"
CREATE: Final = "create:me:authentication_methods"
UPDATE: Final = "update:me:authentication_methods"
DELETE: Final = "delete:me:authentication_methods"
TYPES: Final = {
    "totp": "totp",
    "webauthn": "webauthn-roaming",
    "passkey": "passkey",
    "email": "email",
    "sms": "phone",
    "recovery": "recovery-code",
}
_SWITCHES: Final = {
    "otp": "totp",
    "webauthn": "webauthn-roaming",
    "email": "email",
    "sms": "phone",
    "recovery-code": "recovery-code",
}
_PASSWORD: Final = "password|"
PATH: Final = "/me/v1/authentication-methods"


async def list_methods(house: House, exchange: Exchange) -> Reply:
    """All of the person's ways to prove themselves; ``type`` narrows the list."""
    who = await caller(house, exchange, READ)
    wanted = single(parse_form(exchange.query)).get("type")
    found = await _all(house, who)
    shown = [one for one in found if wanted is None or one["type"] == wanted]
    return answer({"authentication_methods": shown})


async def get_method(house: House, exchange: Exchange) -> Reply:
    """One of them.

    Raises:
        AccountRefusal: they have none of this id.
    """
    who = await caller(house, exchange, READ)
    method_id = last_part(exchange)
    for one in await _all(house, who):
        if one["id"] == method_id:
            return answer(one)
    raise _none()


async def rename_method(house: House, exchange: Exchange) -> Reply:
    """Another name for one of them.

    Raises:
        AccountRefusal: they have none of this id, or that is no name.
    """
    who = await caller(house, exchange, UPDATE)
    body = body_of(exchange)
    only(body, "name")
    name = text_of(body, "name")
    factors = await house.store.read(ListFactors(user_id=who.user.user_id))
    try:
        factor = factor_change.mine(factors, last_part(exchange))
        writes = factor_change.rename(factor, name, witness=witness(house, exchange))
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    if not await house.store.commit(writes):
        raise _none()
    return await get_fresh(house, who, factor.id)


async def delete_method(house: House, exchange: Exchange) -> Reply:
    """Take one of them away.

    Raises:
        AccountRefusal: they have none of this id, or it is their last way to sign in.
    """
    who = await caller(house, exchange, DELETE, recent=True)
    user_id = who.user.user_id
    factors = await house.store.read(ListFactors(user_id=user_id))
    try:
        going = factor_change.mine(factors, last_part(exchange))
        writes = factor_change.remove(
            going,
            factors,
            await house.store.read(ListWays(user_id=user_id)),
            catalogue=who.snapshot.catalogue,
            witness=witness(house, exchange),
        )
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    if going.kind == "passkey":
        told = passkeys.told(house, exchange, who.user, "passkey_removed")
        writes = (*writes, *told)
    if not await house.store.commit(writes):
        raise _none()
    return Empty(status=204)


async def list_factors(house: House, exchange: Exchange) -> Reply:
    """What can be set up here."""
    who = await caller(house, exchange, "read:me:factors")
    allowed = who.snapshot.catalogue.settings.mfa.factors
    own = who.snapshot.catalogue.connection_by_id(who.user.connection_id)
    shown = [{"type": "password", "usage": ["primary"]}]
    if takes_passkeys(own):
        shown.append({"type": "passkey", "usage": ["primary"]})
    shown += [
        {"type": _SWITCHES[one], "usage": ["secondary"]}
        for one in allowed
        if one in _SWITCHES
    ]
    return answer({"factors": shown})


async def get_fresh(
    house: House, who: Caller, method_id: str, *, status: int = 200
) -> Reply:
    """One method as it is now.

    Raises:
        AccountRefusal: it has gone meanwhile.
    """
    for one in await _all(house, who):
        if one["id"] == method_id:
            return answer(one, status=status)
    raise _none()


async def _all(house: House, who: Caller) -> list[dict[str, Any]]:
    user_id = who.user.user_id
    ways = await house.store.read(ListWays(user_id=user_id))
    factors = await house.store.read(ListFactors(user_id=user_id))
    passwords = [_password(way) for way in ways if way.password_at is not None]
    return passwords + [_factor(one) for one in factors if one.active]


def _password(way: Way) -> dict[str, Any]:
    return {
        "id": f"{_PASSWORD}{way.user.user_id}",
        "type": "password",
        "created_at": iso(way.user.created_at),
        "usage": ["primary"],
        "identity_user_id": way.user.user_id,
        "last_password_reset": iso(way.password_at or 0),
    }


def _factor(factor: Factor) -> dict[str, Any]:
    """Only what its person may know; no address of theirs is hidden from themselves."""
    shown: dict[str, Any] = {
        "id": factor.id,
        "type": TYPES[factor.kind],
        "created_at": iso(factor.created_at),
        "usage": ["primary" if factor.kind == "passkey" else "secondary"],
        "confirmed": True,
    }
    if factor.name:
        shown["name"] = factor.name
    if factor.used_at is not None:
        shown["last_auth_at"] = iso(factor.used_at)
    if factor.kind == "passkey":
        shown |= _passkey(factor)
    if factor.kind == "email":
        shown["email"] = str(factor.details.get("to", ""))
    if factor.kind == "sms":
        shown["phone_number"] = str(factor.details.get("to", ""))
        shown["preferred_authentication_method"] = "sms"
    return shown


def _passkey(factor: Factor) -> dict[str, Any]:
    details = factor.details
    known = {
        name: details[name] for name in ("transports", "aaguid") if details.get(name)
    }
    synced = bool(details.get("synced"))
    return {
        **known,
        "identity_user_id": factor.user_id,
        "key_id": factor.credential or "",
        "public_key": str(details.get("public_key", "")),
        "user_handle": str(details.get("handle", "")),
        "credential_backed_up": bool(details.get("backed_up")),
        "credential_device_type": "multi_device" if synced else "single_device",
    }


def _none() -> AccountRefusal:
    return problem(
        "There is no such authentication method", rule="House-own-factor", status=404
    )
