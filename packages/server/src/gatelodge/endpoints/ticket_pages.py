"""``/u/reset`` and ``/u/verify-email``: where the links in our mails lead.

A GET only shows a page, because mail scanners follow links; a POST uses the ticket.
"""

from __future__ import annotations

import msgspec

from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import TooManyRequests
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.base.urls import add_query
from gatelodge.endpoints import post_office
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.house import House
from gatelodge.login import password_policy, reset, ticket
from gatelodge.model.connection import ConnectionOptions
from gatelodge.model.grant import TicketPurpose
from gatelodge.model.reads import FindTicket, TicketBundle
from gatelodge.model.user import User
from gatelodge.model.writes import SpendJti, UseTicket, VerifyEmail

_LONGEST = 100
_JUST_SENT = "one was sent less than a minute ago"
_NO_LONGER_GOOD = "the link is used or too old"
_TRIES = 3


async def show_reset(house: House, exchange: Exchange) -> Reply:
    """The form for a new password, if the link is good."""
    secret = query_of(exchange).get("ticket", "")
    found = await find(house, secret, "reset_password")
    if found is None:
        return await expired(house, secret)
    return _reset_page(house, found, secret)


async def submit_reset(house: House, exchange: Exchange) -> Reply:
    """Set the new password, once; sessions end."""
    form = form_of(exchange)
    secret, typed = form.get("ticket", ""), form.get("password", "")
    found = await find(house, secret, "reset_password")
    if found is None:
        await _log_stale(house, exchange, "fcp", secret, "reset_password")
        return await expired(house, secret)
    user = found[1]
    broken = password_policy.broken(
        typed, _options(house, user), personal=(user.email_key, user.username or "")
    )
    if broken:
        await _log(house, exchange, "fcp", user, "the password breaks a rule")
        first = broken[0]
        text = first if first.startswith("error.") else "error.password_weak"
        return _reset_page(house, found, secret, errors={"password": text})
    try:
        phc = await house.hashing.hash(typed)
    except TooManyRequests:
        return _reset_page(house, found, secret, errors={"password": "error.busy"})
    return await _change(house, exchange, found, secret, phc)


async def _change(
    house: House,
    exchange: Exchange,
    found: tuple[TicketBundle, User],
    secret: str,
    phc: str,
) -> Reply:
    """Once more where the account was changed meanwhile: the link is good still."""
    bundle, user = found
    for _ in range(_TRIES):
        changed = reset.change(
            bundle,
            user,
            phc=phc,
            settings=house.snapshot.catalogue.settings,
            witness=witness(house, exchange),
        )
        mails = post_office.queue(house, exchange, changed.letters)
        if await house.store.commit((*changed.writes, *mails)):
            return _done("reset_done", bundle, onward(house, bundle, "login_url"))
        again = await find(house, secret, "reset_password")
        if again is None:
            break
        bundle, user = again
    await _log(house, exchange, "fcp", user, _NO_LONGER_GOOD)
    return await expired(house, bundle=bundle)


async def show_verify(house: House, exchange: Exchange) -> Reply:
    """One button: only a person presses it."""
    secret = query_of(exchange).get("ticket", "")
    found = await find(house, secret, "verify_email")
    if found is None:
        return await _verify_failed(house, secret)
    return Page(
        name="verify_email",
        ui_locales=locales(found[0]),
        context={
            "action": "/u/verify-email",
            "ticket": secret,
            "email": found[1].email,
        },
    )


async def submit_verify(house: House, exchange: Exchange) -> Reply:
    """The address is this person's."""
    secret = form_of(exchange).get("ticket", "")
    found = await find(house, secret, "verify_email")
    if found is None:
        await _log_stale(house, exchange, "fv", secret, "verify_email")
        return await _verify_failed(house, secret)
    bundle, user = found
    who = witness(house, exchange)
    log = who.line("sv", user_id=user.user_id, connection_id=user.connection_id)
    writes = (
        UseTicket(digest=bundle.ticket.digest, used_at=who.at),
        VerifyEmail(user_id=user.user_id, email_key=user.email_key, at=who.at),
        log,
    )
    if not await house.store.commit(writes):
        await _log(house, exchange, "fv", user, _NO_LONGER_GOOD)
        return await _verify_failed(house, secret)
    return _done("verify_email_done", bundle, onward(house, bundle, None))


async def resend_verify(house: House, exchange: Exchange) -> Reply:
    """A new link to the address of an old one, used or expired."""
    secret = form_of(exchange).get("ticket", "")
    bundle = await _bundle(house, secret, "verify_email")
    person = bundle.person if bundle else None
    if bundle and person:
        await _send_again(house, exchange, bundle, person.user)
    return Page(
        name="verify_email_failed",
        ui_locales=locales(bundle) if bundle else None,
        context={
            "action": "/u/verify-email/resend",
            "ticket": secret[:_LONGEST],
            "sent": True,
            "mailbox_url": "/mailbox" if house.mailbox else None,
        },
    )


async def _send_again(
    house: House, exchange: Exchange, bundle: TicketBundle, user: User
) -> None:
    who = witness(house, exchange)
    if user.email_verified_at is not None:
        await _log(house, exchange, "fvr", user, "the address is verified already")
        return
    if not ticket.may_send_again(bundle, who.at):
        await _log(house, exchange, "fvr", user, _JUST_SENT)
        return
    settings = house.snapshot.catalogue.settings
    kept = {
        name: bundle.ticket.payload.get(name, "") for name in ("client_id", "restart")
    }
    issued = ticket.issue(
        user,
        "verify_email",
        payload=kept,
        lifetime=settings.verify_ticket_lifetime,
        raw=house.entropy.draw(ticket.TICKET_BYTES),
        now=who.at,
    )
    letter = ticket.verification(
        user, issued.secret, issuer=exchange.issuer, settings=settings
    )
    mails = post_office.queue(house, exchange, (letter,))
    log = who.line("svr", user_id=user.user_id, connection_id=user.connection_id)
    once = SpendJti(  # of two clicks at once, one sends
        key=digest_of(f"verification mail\x00{user.user_id}\x00{bundle.newest_at}"),
        expires_at=who.at + settings.verify_ticket_lifetime * 1000,
    )
    if not await house.store.commit((once, *issued.writes, *mails, log)):
        await _log(house, exchange, "fvr", user, _JUST_SENT)


async def _log(
    house: House, exchange: Exchange, kind: str, user: User, because: str
) -> None:
    line = witness(house, exchange).line(
        kind,
        user_id=user.user_id,
        connection_id=user.connection_id,
        description=because,
    )
    await house.store.commit((line,))


async def _log_stale(
    house: House, exchange: Exchange, kind: str, secret: str, purpose: TicketPurpose
) -> None:
    """A link of ours that is good no more; what was never ours is no event."""
    bundle = await _bundle(house, secret, purpose)
    if bundle and bundle.person:
        await _log(house, exchange, kind, bundle.person.user, _NO_LONGER_GOOD)


async def _bundle(
    house: House, secret: str, purpose: TicketPurpose
) -> TicketBundle | None:
    if not secret or len(secret) > _LONGEST:
        return None
    question = FindTicket(digest=digest_of(secret), purpose=purpose)
    return await house.store.read(question)


async def find(
    house: House, secret: str, purpose: TicketPurpose
) -> tuple[TicketBundle, User] | None:
    """A link that is good still, and whose it is."""
    bundle = await _bundle(house, secret, purpose)
    person = ticket.holder(bundle, house.clock.now())
    return None if bundle is None or person is None else (bundle, person.user)


def _options(house: House, user: User) -> ConnectionOptions:
    connection = house.snapshot.catalogue.connection_by_id(user.connection_id)
    return connection.options if connection else ConnectionOptions()


def _reset_page(
    house: House,
    found: tuple[TicketBundle, User],
    secret: str,
    *,
    errors: dict[str, str] | None = None,
) -> Page:
    bundle, user = found
    rules = password_policy.rules(_options(house, user))
    return Page(
        name="reset",
        ui_locales=locales(bundle),
        context={
            "action": "/u/reset",
            "ticket": secret,
            "email": user.email,
            "rules": [msgspec.to_builtins(rule) for rule in rules],
            "errors": errors or {},
        },
    )


def locales(bundle: TicketBundle) -> str | None:
    """The languages that the app asked for when the link was written."""
    restart = bundle.ticket.payload.get("restart") or {}
    found = restart.get("ui_locales")
    return str(found) if found else None


def _done(name: str, bundle: TicketBundle, context: dict[str, object]) -> Page:
    return Page(name=name, ui_locales=locales(bundle), context=context)


def onward(
    house: House, bundle: TicketBundle, login_field: str | None
) -> dict[str, object]:
    """The way on: the sign-in that was interrupted, begun afresh."""
    restart = bundle.ticket.payload.get("restart") or {}
    client_id = bundle.ticket.payload.get("client_id", "")
    client = house.snapshot.catalogue.clients.get(client_id)
    context: dict[str, object] = {"client_name": client.name if client else None}
    if restart and client:
        address = add_query("/authorize", restart.items())
        context[login_field or "app_url"] = address
    elif client and client.options.initiate_login_uri:
        context["app_url"] = client.options.initiate_login_uri
    return context


async def expired(
    house: House, secret: str = "", *, bundle: TicketBundle | None = None
) -> Page:
    """A used or old link still knows which sign-in it was part of."""
    known = bundle or await _bundle(house, secret, "reset_password")
    login = onward(house, known, "login_url").get("login_url") if known else None
    return Page(
        name="ticket_expired",
        status=400,
        ui_locales=locales(known) if known else None,
        context={"forgot_url": "/u/forgot", "login_url": login},
    )


async def _verify_failed(house: House, secret: str) -> Page:
    """In the language the app asked for when the link was written."""
    known = await _bundle(house, secret, "verify_email")
    return Page(
        name="verify_email_failed",
        status=400,
        ui_locales=locales(known) if known else None,
        context={"action": "/u/verify-email/resend", "ticket": secret[:_LONGEST]},
    )
