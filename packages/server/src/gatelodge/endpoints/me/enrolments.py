"""Setting up a factor through My Account: begun, then proven (contract 3.9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Reply
from gatelodge.endpoints import own_enrolment
from gatelodge.endpoints.me import passkey_enrolments
from gatelodge.endpoints.me.caller import (
    Caller,
    answer,
    body_of,
    caller,
    failed,
    last_part,
    not_offered,
    only,
    problem,
    text_of,
)
from gatelodge.endpoints.me.methods import CREATE, PATH, get_fresh
from gatelodge.endpoints.own_enrolment import Enrolment
from gatelodge.house import House
from gatelodge.login import factors, phone, recovery_code, totp
from gatelodge.model.factor import FactorKind
from gatelodge.model.writes import DeleteFactors, InsertFactor

Begin: TypeAlias = Callable[
    [House, Exchange, Caller, Mapping[str, Any]], Awaitable[Reply]
]
_CHANNELS: Final = ("sms",)


async def create_method(house: House, exchange: Exchange) -> Reply:
    """Begin to set one up: an app, an address, a number, a recovery code, a passkey.

    Raises:
        AccountRefusal: another type, one that is not offered here, or not the person's.
    """
    who = await caller(house, exchange, CREATE, recent=True)
    body = body_of(exchange)
    kind = text_of(body, "type")
    known = _BEGIN.get(kind)
    try:
        if known is None:
            raise not_offered()
        switch, begin = known
        if switch not in (*who.snapshot.catalogue.settings.mfa.factors, None):
            raise not_offered()
        return await begin(house, exchange, who, body)
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)


async def verify_method(house: House, exchange: Exchange) -> Reply:
    """The first answer is right: from now on it counts.

    Raises:
        AccountRefusal: the session or the answer is not good, or tries are used up.
    """
    who = await caller(house, exchange, CREATE, recent=True)
    body = body_of(exchange)
    try:
        if last_part(exchange, of=2) == passkey_enrolments.NEW:
            return await passkey_enrolments.verify(house, exchange, who, body)
        return await _verify(house, exchange, who, body)
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)


async def _verify(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    sealed = text_of(body, "auth_session")
    enrolment = own_enrolment.unseal(house, who.user.user_id, sealed)
    if enrolment is None or enrolment.factor.id != last_part(exchange, of=2):
        raise problem("The auth_session is not valid", rule="House-me-session")
    if enrolment.factor.kind == "recovery":
        only(body, "auth_session")
        await _keep_code(house, exchange, who, enrolment)
    else:
        only(body, "auth_session", "otp_code")
        await own_enrolment.enrol(
            house,
            exchange,
            who.user,
            enrolment,
            text_of(body, "otp_code"),
            client_id=who.client_id,
            with_recovery=False,
        )
    return await get_fresh(house, who, enrolment.factor.id, status=201)


async def _app(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    only(body, "type")
    seed = house.entropy.draw(totp.SEED_BYTES)
    enrolment = own_enrolment.begin(house, who.user.user_id, seed)
    tenant = who.snapshot.catalogue.settings.friendly_name
    return _begun(
        house,
        enrolment,
        barcode_uri=totp.address(seed, tenant=tenant, account=who.user.label),
        manual_input_code=totp.spelled(seed),
    )


async def _mail(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    """Codes go to the account's own address alone, once that is confirmed."""
    only(body, "type", "email")
    own, typed = who.user.email, text_of(body, "email")
    if who.user.email_verified_at is None or typed.casefold() != own.casefold():
        raise problem(
            "Codes go to the account's own, confirmed e-mail address",
            rule="Auth0-mfa-address",
        )
    return await _send(house, exchange, who, "email", own)


async def _number(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    only(body, "type", "phone_number", "preferred_authentication_method")
    if body.get("preferred_authentication_method", "sms") not in _CHANNELS:
        raise problem("Codes go out as texts: sms", rule="Auth0-me-type")
    region = who.snapshot.catalogue.settings.phone_region
    to = phone.number(text_of(body, "phone_number"), region=region)
    if to is None:
        raise problem("'phone_number' is no mobile number", rule="Auth0-mfa-address")
    return await _send(house, exchange, who, "sms", to)


async def _send(
    house: House, exchange: Exchange, who: Caller, kind: FactorKind, to: str
) -> Reply:
    enrolment = own_enrolment.begin_to(house, who.user.user_id, kind, to)
    if not await own_enrolment.send(house, exchange, enrolment):
        raise problem(
            "Too many codes were sent lately", rule="Auth0-mfa-resend", status=429
        )
    return _begun(house, enrolment)


async def _spare(
    house: House, exchange: Exchange, who: Caller, body: Mapping[str, Any]
) -> Reply:
    """A new recovery code; the one before is good until this one is kept."""
    only(body, "type")
    if who.user.second_factor_at is None:
        raise problem(
            "A recovery code stands in for another factor: set one up first",
            rule="Auth0-me-type",
        )
    now, raw = house.clock.now(), house.entropy.draw(_SPARE_BYTES)
    code = recovery_code.spell(raw[factors.ID_BYTES :])
    factor = recovery_code.factor(
        code,
        user_id=who.user.user_id,
        id_=factors.factor_id("recovery", raw),
        now=now,
    )
    return _begun(house, Enrolment(began_at=now, factor=factor), recovery_code=code)


async def _keep_code(
    house: House, exchange: Exchange, who: Caller, enrolment: Enrolment
) -> None:
    old = DeleteFactors(user_id=who.user.user_id, kind="recovery")
    writes = (old, InsertFactor(factor=enrolment.factor))
    await own_enrolment.keep(
        house, exchange, enrolment, writes, client_id=who.client_id
    )


def _begun(house: House, enrolment: Enrolment, **more: str) -> Reply:
    name = enrolment.factor.id
    shown = {"id": name, "auth_session": own_enrolment.seal(house, enrolment), **more}
    return answer(shown, status=202, location=f"{PATH}/{name}")


_SPARE_BYTES: Final = factors.ID_BYTES + recovery_code.CODE_BYTES
_BEGIN: Final[Mapping[str, tuple[str | None, Begin]]] = {
    "totp": ("otp", _app),
    "email": ("email", _mail),
    "phone": ("sms", _number),
    "recovery-code": ("recovery-code", _spare),
    "passkey": (None, passkey_enrolments.begin),
}
"""What begins each type, and by which word of ``mfa.factors`` the tenant offers it."""
