"""Setting up a factor through My Account: begun, then proven (contract 3.9)."""

from __future__ import annotations

from typing import Final

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Reply
from gatelodge.endpoints import own_enrolment
from gatelodge.endpoints.me.caller import (
    answer,
    body_of,
    caller,
    failed,
    last_part,
    only,
    problem,
    text_of,
)
from gatelodge.endpoints.me.methods import CREATE, get_fresh
from gatelodge.house import House
from gatelodge.login import totp

_PATH: Final = "/me/v1/authentication-methods"


async def create_method(house: House, exchange: Exchange) -> Reply:
    """Begin to set up an authenticator app.

    Raises:
        AccountRefusal: another type, or one that is not offered here.
    """
    who = await caller(house, exchange, CREATE, recent=True)
    body = body_of(exchange)
    kind = text_of(body, "type")
    only(body, "type")
    if kind != "totp" or "otp" not in who.snapshot.catalogue.settings.mfa.factors:
        refusal = problem(
            "This type of authentication method cannot be set up here",
            rule="Auth0-me-type",
        )
        await failed(house, exchange, who, refusal)
    seed = house.entropy.draw(totp.SEED_BYTES)
    enrolment = own_enrolment.begin(house, who.user.user_id, seed)
    tenant = who.snapshot.catalogue.settings.friendly_name
    shown = {
        "id": enrolment.factor.id,
        "auth_session": own_enrolment.seal(house, enrolment),
        "barcode_uri": totp.address(seed, tenant=tenant, account=who.user.label),
        "manual_input_code": totp.spelled(seed),
    }
    location = f"{_PATH}/{enrolment.factor.id}"
    return answer(shown, status=202, location=location)


async def verify_method(house: House, exchange: Exchange) -> Reply:
    """The first code is right: from now on the app counts.

    Raises:
        AccountRefusal: the session or the code is not good, or tries are used up.
    """
    who = await caller(house, exchange, CREATE, recent=True)
    body = body_of(exchange)
    only(body, "auth_session", "otp_code")
    typed = text_of(body, "otp_code")
    sealed = text_of(body, "auth_session")
    enrolment = own_enrolment.unseal(house, who.user.user_id, sealed)
    if enrolment is None or enrolment.factor.id != last_part(exchange, of=2):
        refusal = problem("The auth_session is not valid", rule="House-me-session")
        await failed(house, exchange, who, refusal)
    try:
        await own_enrolment.enrol(
            house, exchange, who.user, enrolment, typed, client_id=who.client_id
        )
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    return await get_fresh(house, who, enrolment.factor.id, status=201)
