"""``/account/email``, ``/u/change-email``: another address, once it proves itself."""

from __future__ import annotations

from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.endpoints import post_office
from gatelodge.endpoints.account.entry import (
    HOME,
    Present,
    done,
    enter,
    page,
    refused,
    submitted,
)
from gatelodge.endpoints.account.overview import has_own_address
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.house import House
from gatelodge.login import address_change, throttle, ticket
from gatelodge.model.reads import FindAccount, FindTicket, TicketBundle
from gatelodge.model.user import User

_SECTION = "email"
_LONGEST = 100


async def show(house: House, exchange: Exchange) -> Reply:
    """The form for a new address."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    if not has_own_address(present):
        return Redirect(location=HOME)
    return _page(house, exchange, present, "")


async def submit(house: House, exchange: Exchange) -> Reply:
    """Send a link to the new address; the answer is the same whoever has it."""
    found = await submitted(house, exchange, _SECTION)
    if not isinstance(found, tuple):
        return found
    present, form = found
    if not has_own_address(present):
        return Redirect(location=HOME)
    typed = form.get("email", "")
    who = witness(house, exchange)
    try:
        new = address_change.check(typed, present.user)
    except AccountRefusal as refusal:
        await refused(house, exchange, present, refusal)
        return _page(house, exchange, present, typed, wrong=refusal.text_id)
    tried = throttle.take(throttle.NEW_ADDRESS, present.user.user_id, now=who.at)
    if not await house.store.commit((tried,)):
        wrong = "error.too_many_mails"
        return _page(house, exchange, present, typed, wrong=wrong)
    await _send(house, exchange, present, new)
    return done(_SECTION, "email_sent")


async def _send(house: House, exchange: Exchange, present: Present, new: str) -> None:
    user, who = present.user, witness(house, exchange)
    taken = await house.store.read(
        FindAccount(connection_id=user.connection_id, identifier=new)
    )
    asked = address_change.ask(
        user,
        new,
        settings=present.snapshot.catalogue.settings,
        issuer=exchange.issuer,
        witness=who,
        raw=house.entropy.draw(ticket.TICKET_BYTES),
    )
    mails = post_office.queue(house, exchange, asked.letters)
    if taken is None:
        await house.store.commit((*asked.writes, *mails))
        return
    line = who.line(
        "fce",
        user_id=user.user_id,
        connection_id=user.connection_id,
        description="another account has this address",
    )
    await house.store.commit((line,))


async def show_link(house: House, exchange: Exchange) -> Reply:
    """One button: only a person presses it."""
    secret = query_of(exchange).get("ticket", "")
    found = await _find(house, secret)
    if found is None:
        return _expired()
    context = {
        "action": "/u/change-email",
        "ticket": secret,
        "email": str(found[0].ticket.payload.get("new", "")),
    }
    return Page(name="change_email", context=context)


async def submit_link(house: House, exchange: Exchange) -> Reply:
    """The new address is theirs."""
    found = await _find(house, form_of(exchange).get("ticket", ""))
    if found is None:
        return _expired()
    changed = address_change.change(*found, witness=witness(house, exchange))
    mails = post_office.queue(house, exchange, changed.letters)
    if await house.store.commit((*changed.writes, *mails)):
        return Page(name="change_email_done", context={})
    line = witness(house, exchange).line(
        "fce",
        user_id=found[1].user_id,
        connection_id=found[1].connection_id,
        description="the link is used, or another account has the address",
    )
    await house.store.commit((line,))
    return _expired()


async def _find(house: House, secret: str) -> tuple[TicketBundle, User] | None:
    if not secret or len(secret) > _LONGEST:
        return None
    question = FindTicket(digest=digest_of(secret), purpose="change_email")
    bundle = await house.store.read(question)
    person = ticket.holder(bundle, house.clock.now())
    return None if bundle is None or person is None else (bundle, person.user)


def _expired() -> Page:
    return Page(name="change_email_failed", context={}, status=400)


def _page(
    house: House,
    exchange: Exchange,
    present: Present,
    typed: str,
    *,
    wrong: str | None = None,
) -> Page:
    context = {
        "email": present.user.email,
        "verified": present.user.email_verified_at is not None,
        "typed": typed,
        "errors": {"email": wrong} if wrong else {},
        "mailbox_url": "/mailbox" if house.mailbox else None,
    }
    return page(exchange, present, _SECTION, context)
