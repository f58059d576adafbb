"""``/u/mfa-done``: a recovery code is shown once, to be written down."""

from __future__ import annotations

from gatelodge.base.change import Write
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints import mfa_standing
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.login_page import open_as
from gatelodge.endpoints.mfa_standing import DONE_PATH, MFA_PATH, Standing
from gatelodge.endpoints.sent import form_of
from gatelodge.endpoints.visit import Visit, enter, go_on, person_of, state_of
from gatelodge.house import House
from gatelodge.login import factors, throttle
from gatelodge.model.factor import FactorKind


async def show(
    house: House,
    exchange: Exchange,
    stand: Standing,
    kind: FactorKind,
    *,
    code: str,
    writes: tuple[Write, ...],
) -> Reply:
    """Signed in, and a new recovery code to write down: it is shown this once."""
    opening = await open_as(
        house,
        exchange,
        stand.visit,
        mfa_standing.account(stand),
        amr=factors.amr_of(stand.signed_in.session.amr, kind),
        further=True,
    )
    forgiven = throttle.forgive(throttle.SECOND_FACTOR, stand.user_id)
    log = mfa_standing.line(house, exchange, stand, "gd_auth_succeed", kind)
    if not await house.store.commit((*writes, *opening.writes, forgiven, log)):
        return mfa_standing.to(house, stand, MFA_PATH)
    visit = opening.visit
    return Page(
        name="mfa_recovery",
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": DONE_PATH,
            "state": state_of(house, visit),
            "client_name": visit.request.client.name,
            "client_logo": logo_of(visit.request.client),
            "code": " ".join(code[at : at + 4] for at in range(0, len(code), 4)),
            "used": kind == "recovery",
        },
    )


async def done(house: House, exchange: Exchange) -> Reply:
    """The recovery code is written down: on to what the hub wants."""
    visit = enter(house, exchange, form_of(exchange).get("state"))
    if not isinstance(visit, Visit):
        return visit
    signed_in = await person_of(house, exchange, visit)
    return await go_on(house, exchange, visit, signed_in, carried=True)
