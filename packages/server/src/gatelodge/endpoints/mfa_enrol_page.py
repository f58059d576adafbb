"""``/u/mfa-enroll``: set up a second factor on the way to an app."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import AccessDenied, WebauthnRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints import (
    code_post,
    mfa_enrolment,
    mfa_recovery_page,
    mfa_standing,
    mfa_webauthn,
)
from gatelodge.endpoints.login_page import cancelled
from gatelodge.endpoints.mfa_enrolment import Enrolment
from gatelodge.endpoints.mfa_standing import ENROL_PATH, MFA_PATH, Standing
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.house import House
from gatelodge.login import factors, phone, recovery_code, totp
from gatelodge.model.factor import Factor


async def show(house: House, exchange: Exchange) -> Reply:
    """Which factor shall it be? Or, where one was chosen, how to set it up.

    Raises:
        ReturnedRefusal: there is none that this person could set up.
    """
    query = query_of(exchange)
    stand = await mfa_standing.standing(house, exchange, query.get("state"))
    if not isinstance(stand, Standing):
        return stand
    if stand.usable:
        return mfa_standing.to(house, stand, MFA_PATH)
    kinds = mfa_enrolment.offered(stand)
    if not kinds:
        raise stand.visit.request.way_back.refuse(_nothing_to_offer())
    named = query.get("kind") or (kinds[0] if len(kinds) == 1 else None)
    if named not in kinds:
        return mfa_enrolment.choice(house, stand, kinds)
    if named == "webauthn":
        return mfa_enrolment.key_page(house, stand)
    if named == "sms":
        return mfa_enrolment.number_page(house, stand)
    return mfa_enrolment.page(
        house, stand, mfa_enrolment.begin(house, stand, mfa_enrolment.KINDS[named])
    )


async def submit(house: House, exchange: Exchange) -> Reply:
    """Send the code, or check the first answer: then the factor counts.

    Raises:
        ReturnedRefusal: the person went back to the app.
    """
    form = form_of(exchange)
    stand = await mfa_standing.standing(house, exchange, form.get("state"))
    if not isinstance(stand, Standing):
        return stand
    if "cancel" in form:
        raise stand.visit.request.way_back.refuse(cancelled())
    if form.get("credential") and not stand.usable:
        return await _by_key(house, exchange, stand, form)
    if "phone" in form and not stand.usable and "sms" in mfa_enrolment.offered(stand):
        return await _by_number(house, exchange, stand, form["phone"])
    enrolment = mfa_enrolment.unsealed(house, stand, form.get("enrolment", ""))
    if stand.usable or enrolment is None:
        return mfa_standing.to(house, stand, ENROL_PATH)
    if "send" in form:
        return await _send(house, exchange, stand, enrolment)
    return await _check(house, exchange, stand, enrolment, form.get("code", ""))


async def _check(
    house: House,
    exchange: Exchange,
    stand: Standing,
    enrolment: Enrolment,
    typed: str,
) -> Reply:
    if not await mfa_standing.try_taken(house, exchange, stand):
        return mfa_enrolment.page(
            house, stand, enrolment, error="error.too_many_attempts", status=429
        )
    proof = await _proof(house, stand, enrolment, typed)
    if proof is None:
        await mfa_standing.refused(house, exchange, stand, enrolment.factor.kind)
        return mfa_enrolment.page(house, stand, enrolment, error="error.code_wrong")
    counter, spent = proof
    factor = msgspec.structs.replace(enrolment.factor, counter=counter)
    return await _enrol(house, exchange, stand, factor, spent)


async def _enrol(
    house: House,
    exchange: Exchange,
    stand: Standing,
    factor: Factor,
    spent: tuple[Write, ...],
) -> Reply:
    enrolled = factors.enrol(
        factor,
        stand.signed_in.person.user,
        allowed=stand.allowed,
        raw=house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES),
        now=house.clock.now(),
    )
    line = mfa_standing.line(
        house, exchange, stand, "gd_enrollment_complete", factor.kind
    )
    writes = (*spent, *enrolled.writes, line)
    if enrolled.code is None:
        return await mfa_standing.proven(
            house, exchange, stand, factor.kind, writes=writes, remember=False
        )
    return await mfa_recovery_page.show(
        house, exchange, stand, factor.kind, code=enrolled.code, writes=writes
    )


async def _proof(
    house: House, stand: Standing, enrolment: Enrolment, typed: str
) -> tuple[int, tuple[Write, ...]] | None:
    """The factor's counter after a right answer, and what that answer spends."""
    now, factor = house.clock.now(), enrolment.factor
    if factor.kind == "totp":
        seed = mfa_standing.seed_of(house, factor)
        step = totp.step_of(seed, typed, now=now) if seed else None
        return None if step is None else (step, ())
    name = mfa_standing.name_of_code(stand, factor.id)
    spent = await code_post.spend_if_right(
        house, name, typed, lifetime=mfa_enrolment.PATIENCE
    )
    return None if spent is None else (0, (spent,))


async def _send(
    house: House, exchange: Exchange, stand: Standing, enrolment: Enrolment
) -> Page:
    factor = enrolment.factor
    sent = await code_post.send(
        house,
        exchange,
        name=mfa_standing.name_of_code(stand, factor.id),
        user_id=stand.user_id,
        kind=factor.kind,
        to=str(factor.details.get("to", "")),
        lifetime=mfa_enrolment.PATIENCE,
    )
    error = None if sent else "error.just_sent"
    return mfa_enrolment.page(house, stand, enrolment, sent=True, error=error)


async def _by_key(
    house: House, exchange: Exchange, stand: Standing, form: Mapping[str, str]
) -> Reply:
    """A new key is proven by having been made: it has signed the challenge."""
    if "webauthn" not in mfa_enrolment.offered(stand):
        return mfa_standing.to(house, stand, ENROL_PATH)
    try:
        factor, spent = mfa_webauthn.made(house, stand, form)
    except WebauthnRefusal as refusal:
        await mfa_standing.refused(
            house, exchange, stand, "webauthn", because=refusal.because
        )
        return mfa_enrolment.key_page(house, stand, error=refusal.says)
    return await _enrol(house, exchange, stand, factor, spent)


async def _by_number(
    house: House, exchange: Exchange, stand: Standing, typed: str
) -> Page:
    """A number to be proven by the code that goes there."""
    region = stand.visit.snapshot.catalogue.settings.phone_region
    number = phone.number(typed, region=region)
    if number is None:
        return mfa_enrolment.number_page(
            house, stand, typed=typed, error="error.phone_invalid"
        )
    enrolment = mfa_enrolment.begin(house, stand, "sms", to=number)
    return await _send(house, exchange, stand, enrolment)


def _nothing_to_offer() -> AccessDenied:
    return AccessDenied(
        "A second factor is needed, and there is none this person can set up.",
        rule="Auth0-mfa-none",
    )
