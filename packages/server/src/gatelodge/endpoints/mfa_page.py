"""``/u/mfa``: a second factor, from an app, a mail, a text, or paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.urls import add_query
from gatelodge.endpoints import (
    code_post,
    inside,
    mfa_recovery_page,
    mfa_standing,
    mfa_webauthn,
)
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.login_page import cancelled
from gatelodge.endpoints.mfa_standing import ENROL_PATH, MFA_PATH, Standing
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import state_of
from gatelodge.house import House
from gatelodge.login import factors, masking, recovery_code
from gatelodge.model.factor import Factor

CODE_LIFETIME: Final = 5 * MINUTE
_SENT: Final = ("email", "sms")


async def show(house: House, exchange: Exchange) -> Reply:
    """Ask for the factor that was used last, or the one that was chosen."""
    query = query_of(exchange)
    stand = await mfa_standing.standing(house, exchange, query.get("state"))
    if not isinstance(stand, Standing):
        return stand
    if not stand.usable:
        return mfa_standing.to(house, stand, ENROL_PATH)
    chosen = _chosen(stand, query.get("factor"))
    return page(house, stand, chosen, sent="sent" in query)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Check the answer, or send a code, or go back to the app.

    Raises:
        ReturnedRefusal: the person went back to the app.
    """
    form = form_of(exchange)
    stand = await mfa_standing.standing(house, exchange, form.get("state"))
    if not isinstance(stand, Standing):
        return stand
    if "cancel" in form:
        raise stand.visit.request.way_back.refuse(cancelled())
    if not stand.usable:
        return mfa_standing.to(house, stand, ENROL_PATH)
    if form.get("credential"):
        return await _by_key(house, exchange, stand, form)
    chosen = _chosen(stand, form.get("factor"))
    if "send" in form and chosen.kind in _SENT:
        return await _send(house, exchange, stand, chosen)
    return await _check(house, exchange, stand, chosen, form)


async def _check(
    house: House,
    exchange: Exchange,
    stand: Standing,
    chosen: Factor,
    form: Mapping[str, str],
) -> Reply:
    if not await mfa_standing.try_taken(house, exchange, stand):
        return page(
            house, stand, chosen, sent=True, error="error.too_many_attempts", status=429
        )
    typed = form.get("code", "")
    if chosen.kind == "recovery":
        return await _recover(house, exchange, stand, chosen, typed)
    writes = await _writes(house, stand, chosen, typed)
    if writes is None:
        return await _wrong(house, exchange, stand, chosen)
    return await mfa_standing.proven(
        house,
        exchange,
        stand,
        chosen.kind,
        writes=writes,
        remember="remember" in form,
    )


async def _by_key(
    house: House, exchange: Exchange, stand: Standing, form: Mapping[str, str]
) -> Reply:
    chosen = _chosen(stand, form.get("factor"))
    if not await mfa_standing.try_taken(house, exchange, stand):
        return page(house, stand, chosen, error="error.too_many_attempts", status=429)
    try:
        known, writes = mfa_webauthn.answered(house, stand, form)
    except WebauthnRefusal as refusal:
        await mfa_standing.refused(
            house, exchange, stand, chosen.kind, because=refusal.because
        )
        return page(house, stand, chosen, error=refusal.says)
    return await mfa_standing.proven(
        house,
        exchange,
        stand,
        known.kind,
        writes=writes,
        remember="remember" in form,
    )


async def _writes(
    house: House, stand: Standing, chosen: Factor, typed: str
) -> tuple[Write, ...] | None:
    """What a right answer changes; None for a wrong one."""
    now = house.clock.now()
    if chosen.kind == "totp":
        seed = mfa_standing.seed_of(house, chosen)
        use = factors.by_app(chosen, seed, typed, now) if seed else None
        return None if use is None else (use,)
    if chosen.kind in _SENT:
        return await _by_code(house, stand, chosen, typed, now)
    return None


async def _by_code(
    house: House, stand: Standing, chosen: Factor, typed: str, now: int
) -> tuple[Write, ...] | None:
    name = mfa_standing.name_of_code(stand, chosen.id)
    spent = await code_post.spend_if_right(house, name, typed, lifetime=CODE_LIFETIME)
    if spent is None:
        return None
    return (spent, factors.used(chosen, chosen.counter, now))


async def _recover(
    house: House, exchange: Exchange, stand: Standing, chosen: Factor, typed: str
) -> Reply:
    """A recovery code opens the door once; the next one is shown behind it."""
    recovered = factors.by_recovery(
        chosen,
        typed,
        raw=house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES),
        now=house.clock.now(),
    )
    if recovered is None:
        return await _wrong(house, exchange, stand, chosen)
    return await mfa_recovery_page.show(
        house,
        exchange,
        stand,
        "recovery",
        code=recovered.code,
        writes=recovered.writes,
    )


async def _wrong(
    house: House, exchange: Exchange, stand: Standing, chosen: Factor
) -> Page:
    await mfa_standing.refused(house, exchange, stand, chosen.kind)
    return page(house, stand, chosen, sent=True, error="error.code_wrong")


async def _send(
    house: House, exchange: Exchange, stand: Standing, chosen: Factor
) -> Reply:
    """A code to the address or number that we hold, never to one just typed."""
    sent = await code_post.send(
        house,
        exchange,
        name=mfa_standing.name_of_code(stand, chosen.id),
        user_id=stand.user_id,
        kind=chosen.kind,
        to=str(chosen.details.get("to", "")),
        lifetime=CODE_LIFETIME,
    )
    if not sent:
        return page(
            house, stand, chosen, sent=True, error="error.just_sent", status=429
        )
    state = ("state", state_of(house, stand.visit))
    location = add_query(MFA_PATH, [state, ("factor", chosen.id), ("sent", "1")])
    return Redirect(location=location, cookies=stand.visit.cookies)


def _chosen(stand: Standing, factor_id: str | None) -> Factor:
    """The one that was named, or the best; inside an app one that works there."""
    for one in stand.usable:
        if one.id == factor_id:
            return one
    best = stand.usable[0]
    if stand.visit.embedded:
        away = (*mfa_webauthn.KEYS, "recovery")
        return next((one for one in stand.usable if one.kind not in away), best)
    return best


def page(
    house: House,
    stand: Standing,
    chosen: Factor,
    *,
    sent: bool = False,
    error: str | None = None,
    status: int = 200,
) -> Page:
    """The question for one factor, and the ways to the others."""
    state = state_of(house, stand.visit)
    by_key = chosen.kind in mfa_webauthn.KEYS
    asks_code = not by_key and (sent or chosen.kind not in _SENT)
    visit, client = stand.visit, stand.visit.request.client
    mfa = visit.snapshot.catalogue.settings.mfa
    policy = client.options.mfa_policy or mfa.policy
    return Page(
        name="mfa",
        status=status,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": add_query(MFA_PATH, [("state", state)]),
            "state": state,
            "client_name": client.name,
            "client_logo": logo_of(client),
            "user_email": stand.signed_in.person.user.label,
            "factor": chosen.id,
            "lead": _lead(chosen, asks_code=asks_code),
            "asks_code": asks_code,
            "recovery": chosen.kind == "recovery",
            "passkey": mfa_webauthn.question(house, stand) if by_key else None,
            "can_send": chosen.kind in _SENT,
            "remember_days": 0 if policy == "adaptive" else mfa.remember_days,
            "others": _others(stand, chosen, state),
            **inside.way_out(stand.visit.transaction, embedded=stand.visit.embedded),
            "error": error,
        },
    )


def _lead(chosen: Factor, *, asks_code: bool) -> dict[str, object]:
    text = "send_lead" if chosen.kind in _SENT and not asks_code else "lead"
    params = {"to": masking.masked(chosen)}
    return {"text_id": f"factor.{text}_{chosen.kind}", "params": params}


def _choice(factor: Factor) -> str:
    """All keys are one choice: the browser asks which."""
    return "key" if factor.kind in mfa_webauthn.KEYS else factor.id


def _others(stand: Standing, chosen: Factor, state: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    shown = {_choice(chosen)}
    for one in stand.usable:
        if _choice(one) in shown:
            continue
        shown.add(_choice(one))
        href = add_query(MFA_PATH, [("state", state), ("factor", one.id)])
        params = {"to": masking.masked(one)}
        label = {"text_id": f"factor.with_{one.kind}", "params": params}
        found.append({"label": label, "href": href})
    return found
