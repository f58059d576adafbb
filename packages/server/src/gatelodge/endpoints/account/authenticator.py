"""``/account/authenticator``: an authenticator app, scanned and proven."""

from __future__ import annotations

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.endpoints import mfa_standing, own_enrolment
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
from gatelodge.login import totp
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
    if code is None:
        return done("security", "factor_added")
    spelled = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
    return page(exchange, present, "recovery", {"code": spelled})


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
