"""``/account/authenticator``: an authenticator app, scanned and proven."""

from __future__ import annotations

import msgspec

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Cookie, Exchange, Page, Redirect, Reply
from gatelodge.endpoints import browser, mfa_standing, own_enrolment
from gatelodge.endpoints.account.entry import (
    Present,
    done,
    enter,
    page,
    path_of,
    refused,
    submitted,
)
from gatelodge.endpoints.own_enrolment import Enrolment
from gatelodge.house import House
from gatelodge.login import factors, opening, totp
from gatelodge.login.opening import SESSION_BYTES
from gatelodge.model.connection import ACCOUNT_CLIENT

_SECTION = "authenticator"
_WRONG = "error.code_wrong"


async def show(house: House, exchange: Exchange) -> Reply:
    """A picture to scan, and the field for the first code."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    if not offered(present):
        return Redirect(location=path_of("security"))
    seed = house.entropy.draw(totp.SEED_BYTES)
    enrolment = own_enrolment.begin(house, present.user.user_id, seed)
    return _page(house, exchange, present, enrolment)


async def submit(house: House, exchange: Exchange) -> Reply:
    """The first code is right: from now on the app counts."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    sealed = form.get("enrolment", "")
    enrolment = own_enrolment.unseal(house, present.user.user_id, sealed)
    if enrolment is None or not offered(present):
        return Redirect(location=path_of(_SECTION))
    try:
        code = await own_enrolment.enrol(
            house,
            exchange,
            present.user,
            enrolment,
            form.get("code", ""),
            client_id=ACCOUNT_CLIENT,
        )
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return _page(house, exchange, present, enrolment, said=refusal.text_id)
    cookies = await _two_factors(house, present)
    if code is None:
        return done("security", "factor_added", cookies=cookies)
    spelled = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
    shown = page(exchange, present, "recovery", {"code": spelled})
    return msgspec.structs.replace(shown, cookies=cookies)


async def _two_factors(house: House, present: Present) -> tuple[Cookie, ...]:
    """They have just shown the second: it is not asked for again at once."""
    amr = factors.amr_of(present.session.amr, "totp")
    raw = house.entropy.draw(SESSION_BYTES)
    renewed = opening.renew(present.session, amr, raw=raw)
    if not await house.store.commit((renewed.write,)):
        return ()
    settings = present.snapshot.catalogue.settings
    return (browser.session_cookie(renewed.secret, settings),)


def offered(present: Present) -> bool:
    """Whether the tenant lets people use authenticator apps."""
    return "otp" in present.snapshot.catalogue.settings.mfa.factors


def _page(
    house: House,
    exchange: Exchange,
    present: Present,
    enrolment: Enrolment,
    *,
    said: str | None = None,
) -> Page:
    seed = mfa_standing.seed_of(house, enrolment.factor) or b""
    tenant = present.snapshot.catalogue.settings.friendly_name
    spelled = totp.spelled(seed)
    context = {
        "enrolment": own_enrolment.seal(house, enrolment),
        "qr": totp.address(seed, tenant=tenant, account=present.user.label),
        "secret": " ".join(spelled[at : at + 4] for at in range(0, len(spelled), 4)),
        "errors": {"code": said} if said == _WRONG else {},
    }
    error = None if said == _WRONG else said
    return page(exchange, present, _SECTION, context, error=error)
