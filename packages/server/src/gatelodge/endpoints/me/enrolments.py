"""Setting up a factor through My Account: begun, then proven (contract 3.9).

Nothing is stored in between: what is being set up travels sealed as ``auth_session``,
bound to the person, and is used once.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Reply
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.endpoints import mfa_standing
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
from gatelodge.endpoints.me.methods import CREATE, get_fresh
from gatelodge.house import House
from gatelodge.login import factor_change, factors, recovery_code, totp
from gatelodge.model.factor import Factor
from gatelodge.model.writes import SpendJti

_PURPOSE: Final = "my account enrolment"
_PATIENCE: Final = 15 * MINUTE
_PATH: Final = "/me/v1/authentication-methods"


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A factor that is being set up, as it travels sealed."""

    began_at: int
    factor: Factor


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
    enrolment = begin(house, who.user.user_id, seed)
    tenant = who.snapshot.catalogue.settings.friendly_name
    shown = {
        "id": enrolment.factor.id,
        "auth_session": seal(house, enrolment),
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
    enrolment = unseal(house, who.user.user_id, text_of(body, "auth_session"))
    if enrolment is None or enrolment.factor.id != last_part(exchange, of=2):
        refusal = problem("The auth_session is not valid", rule="House-me-session")
        await failed(house, exchange, who, refusal)
    try:
        await enrol(house, exchange, who, enrolment, typed)
    except AccountRefusal as refusal:
        await failed(house, exchange, who, refusal)
    return await get_fresh(house, who, enrolment.factor.id, status=201)


async def enrol(
    house: House, exchange: Exchange, who: Caller, enrolment: Enrolment, typed: str
) -> str | None:
    """Check the first code and store the factor; a recovery code, if one is due.

    Raises:
        AccountRefusal: a wrong code, too many, or the enrolment was used before.
    """
    now, user_id = house.clock.now(), who.user.user_id
    if not await house.store.commit((factors.take_try(user_id, now),)):
        raise _wrong("Too many tries", "error.too_many_tries", 429)
    seed = mfa_standing.seed_of(house, enrolment.factor)
    step = totp.step_of(seed, typed, now=now) if seed else None
    if step is None:
        raise _wrong("The code is not valid", "error.wrong_code", 400)
    enrolled = factors.enrol(
        msgspec.structs.replace(enrolment.factor, counter=step),
        who.user,
        allowed=who.snapshot.catalogue.settings.mfa.factors,
        raw=house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES),
        now=now,
    )
    once = SpendJti(
        key=digest_of(f"enrolment\x00{enrolment.factor.id}"),
        expires_at=now + 2 * _PATIENCE,
    )
    line = witness(house, exchange).line(
        factor_change.SUCCEEDED,
        client_id=who.client_id,
        user_id=user_id,
        description="Add an authentication method",
        factor="totp",
        factor_id=enrolment.factor.id,
    )
    writes = (once, *enrolled.writes, factors.forgive(user_id), line)
    if not await house.store.commit(writes):
        raise _wrong("The auth_session was used before", "error.form_expired", 409)
    return enrolled.code


def begin(house: House, user_id: str, seed: bytes) -> Enrolment:
    """An authenticator app that is not proven yet."""
    now = house.clock.now()
    factor = Factor(
        id=factors.factor_id("totp", house.entropy.draw(factors.ID_BYTES)),
        user_id=user_id,
        kind="totp",
        sealed=house.sealer.seal(
            seed,
            purpose=mfa_standing.SEED,
            nonce=house.entropy.draw(NONCE_BYTES),
        ),
        created_at=now,
    )
    return Enrolment(began_at=now, factor=factor)


def seal(house: House, enrolment: Enrolment) -> str:
    """For the way to the person and back."""
    return house.sealer.seal_text(
        msgspec.json.encode(enrolment),
        purpose=_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )


def unseal(house: House, user_id: str, sealed: str) -> Enrolment | None:
    """What this very person began to set up, not too long ago."""
    try:
        plain = house.sealer.unseal_text(sealed, purpose=_PURPOSE)
        found = msgspec.json.decode(plain, type=Enrolment)
    except (SealBroken, msgspec.DecodeError):
        return None
    fresh = house.clock.now() - found.began_at <= _PATIENCE
    return found if fresh and found.factor.user_id == user_id else None


def _wrong(says: str, text_id: str, status: int) -> AccountRefusal:
    return AccountRefusal(says, text_id=text_id, rule="House-me-code", status=status)
