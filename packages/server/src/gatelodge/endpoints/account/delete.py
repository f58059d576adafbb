"""``/account/delete``: asking for the account to be deleted."""

from __future__ import annotations

from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints import browser, post_office
from gatelodge.endpoints.account.entry import (
    Present,
    enter,
    page,
    refused,
    submitted,
)
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import departure

_SECTION = "delete"


async def show(house: House, exchange: Exchange) -> Reply:
    """What goes, when, and the field to confirm it in."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    return _page(exchange, present)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Sign everything out, and say when the account goes."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    try:
        departure.check_typed(present.user, form.get("confirm", ""))
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return _page(exchange, present, wrong=refusal.text_id)
    settings = present.snapshot.catalogue.settings
    leaving = departure.leave(
        present.user, settings=settings, witness=witness(house, exchange)
    )
    mails = post_office.queue(house, exchange, leaving.letters)
    await house.store.commit((*leaving.writes, *mails))  # lost: said before
    return Page(
        name="account_leaving",
        context={"days": settings.account_deletion_grace_days},
        cookies=(browser.no_session_cookie(),),
    )


def _page(exchange: Exchange, present: Present, *, wrong: str | None = None) -> Page:
    context = {
        "days": present.snapshot.catalogue.settings.account_deletion_grace_days,
        "errors": {"confirm": wrong} if wrong else {},
    }
    return page(exchange, present, _SECTION, context)
