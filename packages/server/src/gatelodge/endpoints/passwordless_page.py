"""``/u/passwordless`` and ``/u/passwordless/code``: whom to send it to, and the code.

Whoever is unknown, blocked or may not sign up sees what everybody sees. Between the two
pages the address travels sealed, so that it stands in no history and no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from gatelodge.base.clock import SECOND
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.base.urls import add_query
from gatelodge.endpoints import login_page, passwordless, registering
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, enter, state_of
from gatelodge.house import House
from gatelodge.login import passwordless as rules
from gatelodge.login.phone import spoken
from gatelodge.model.connection import SMS, Connection

PAUSE: Final = 30 * SECOND
_ASKED: Final = "passwordless page"
_LONGEST: Final = 1_000


class Asked(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """To whom something was sent; ``again``: not for the first time."""

    connection_id: str
    address: str
    kind: rules.Kind
    at: int
    again: bool = False


async def show(house: House, exchange: Exchange) -> Reply:
    """Ask for the address or number."""
    query = query_of(exchange)
    visit = enter(house, exchange, query.get("state"))
    if not isinstance(visit, Visit):
        return visit
    connection = _named(visit, query.get("connection"))
    hint = visit.request.wishes.login_hint or ""
    if connection is None:
        return login_page.page(house, visit, identifier=hint)
    return _page(house, visit, connection, typed=hint)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Send a code or link, and go on to where it is asked for.

    Raises:
        ReturnedRefusal: the person went back to the app.
    """
    form = form_of(exchange)
    visit = enter(house, exchange, form.get("state"))
    if not isinstance(visit, Visit):
        return visit
    connection = _named(visit, form.get("connection"))
    typed = form.get("username", "")
    if connection is None:
        return login_page.page(house, visit, identifier=typed)
    if visit.lost:
        return _page(house, visit, connection, typed=typed, error="error.session_lost")
    if "cancel" in form:
        raise visit.request.way_back.refuse(login_page.cancelled())
    region = visit.snapshot.catalogue.settings.phone_region
    address = rules.address_of(connection, typed, region)
    if address is None:
        sms = connection.strategy == SMS
        wrong = "error.phone_invalid" if sms else "error.email_invalid"
        return _page(house, visit, connection, typed=typed, wrong=wrong)
    asked = await _send(house, exchange, visit, connection, address)
    if asked is None:
        error = "error.too_many_messages"
        return _page(house, visit, connection, typed=typed, error=error, status=429)
    return _onward(house, visit, asked)


async def show_code(house: House, exchange: Exchange) -> Reply:
    """Ask for the code, or tell where the link is."""
    query = query_of(exchange)
    visit = enter(house, exchange, query.get("state"))
    if not isinstance(visit, Visit):
        return visit
    found = _asked(house, visit, query.get("asked"))
    if found is None:
        return login_page.page(house, visit, identifier="")
    return _code_page(house, visit, *found)


async def submit_code(house: House, exchange: Exchange) -> Reply:
    """Check the code and go on, or send another one.

    Raises:
        ReturnedRefusal: the app gets an error.
    """
    form = form_of(exchange)
    visit = enter(house, exchange, form.get("state"))
    if not isinstance(visit, Visit):
        return visit
    found = _asked(house, visit, form.get("asked"))
    if found is None:
        return login_page.page(house, visit, identifier="", error="error.form_expired")
    if visit.lost:
        return _code_page(house, visit, *found, error="error.session_lost")
    if "again" in form:
        return await _again(house, exchange, visit, *found)
    return await _sign_in(house, exchange, visit, *found, form)


async def _sign_in(
    house: House,
    exchange: Exchange,
    visit: Visit,
    asked: Asked,
    connection: Connection,
    form: Mapping[str, str],
) -> Reply:
    known = await passwordless.prove(
        house,
        exchange,
        connection,
        asked.address,
        form.get("code", ""),
        way=_way(visit),
        audience=visit.request.audience,
    )
    if known is None:
        log = witness(house, exchange).line(
            "f",
            client_id=visit.request.client.client_id,
            connection_id=connection.id,
            description="wrong or old code",
            user_name=asked.address,
        )
        await house.store.commit((log,))
        return _code_page(house, visit, asked, connection, wrong="error.code_wrong")
    amr = rules.amr_of(connection)
    return await registering.let_in(house, exchange, visit, connection, known, amr=amr)


async def _again(
    house: House,
    exchange: Exchange,
    visit: Visit,
    asked: Asked,
    connection: Connection,
) -> Reply:
    """Another one, but not at once: the first may still be on its way."""
    if house.clock.now() - asked.at < PAUSE:
        error = "error.wait_a_moment"
        return _code_page(house, visit, asked, connection, error=error)
    sent = await _send(house, exchange, visit, connection, asked.address)
    if sent is None:
        error = "error.too_many_messages"
        return _code_page(house, visit, asked, connection, error=error, status=429)
    return _onward(house, visit, msgspec.structs.replace(sent, again=True))


async def _send(
    house: House, exchange: Exchange, visit: Visit, connection: Connection, address: str
) -> Asked | None:
    """None where too many were asked for."""
    link = connection.strategy != SMS and rules.options_of(connection).send == "link"
    kind: rules.Kind = "link" if link else "code"
    way = _way(visit)
    if link:
        way = msgspec.structs.replace(way, state=state_of(house, visit))
    else:
        host = urlsplit(exchange.issuer).hostname
        way = msgspec.structs.replace(way, host=host)
    sent = await passwordless.send(
        house,
        exchange,
        connection,
        address,
        kind=kind,
        way=way,
        ui_locales=visit.request.wishes.ui_locales,
    )
    now = house.clock.now()
    asked = Asked(connection_id=connection.id, address=address, kind=kind, at=now)
    return asked if sent else None


def _way(visit: Visit) -> rules.Way:
    """A code of our pages counts in the browser that asked for it, and nowhere else."""
    return rules.Way(
        client_id=visit.request.client.client_id, binding=visit.transaction.binding
    )


def _named(visit: Visit, name: str | None) -> Connection | None:
    """The connection asked for; one that the app named stands before another."""
    return rules.named(
        visit.snapshot.catalogue,
        visit.request.connection or name,
        visit.request.client.client_id,
    )


def _onward(house: House, visit: Visit, asked: Asked) -> Redirect:
    sealed = house.sealer.seal_text(
        msgspec.json.encode(asked),
        purpose=_ASKED,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    query = [("state", state_of(house, visit)), ("asked", sealed)]
    return Redirect(
        location=add_query("/u/passwordless/code", query), cookies=visit.cookies
    )


def _asked(
    house: House, visit: Visit, sealed: str | None
) -> tuple[Asked, Connection] | None:
    """To whom something was sent, while their connection still serves this app."""
    if not sealed or len(sealed) > _LONGEST:
        return None
    try:
        plain = house.sealer.unseal_text(sealed, purpose=_ASKED)
        asked = msgspec.json.decode(plain, type=Asked)
    except (SealBroken, msgspec.DecodeError):
        return None
    served = rules.for_client(visit.snapshot.catalogue, visit.request.client.client_id)
    connection = next((one for one in served if one.id == asked.connection_id), None)
    return (asked, connection) if connection else None


def _page(
    house: House,
    visit: Visit,
    connection: Connection,
    *,
    typed: str,
    wrong: str | None = None,
    error: str | None = None,
    status: int = 200,
) -> Page:
    state = state_of(house, visit)
    mail = rules.options_of(connection).send
    by = "sms" if connection.strategy == SMS else "link" if mail == "link" else "code"
    other = visit.request.connection is None and not login_page.only_way(visit)
    client = visit.request.client
    return Page(
        name="passwordless",
        status=status,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": "/u/passwordless",
            "state": state,
            "connection": connection.name,
            "by": by,
            "address": typed,
            "client_name": client.name,
            "client_logo": logo_of(client),
            "error": error,
            "errors": {"username": wrong} if wrong else {},
            "login_url": add_query("/u/login", [("state", state)]) if other else None,
            "cancels": True,
        },
    )


def _code_page(
    house: House,
    visit: Visit,
    asked: Asked,
    connection: Connection,
    *,
    wrong: str | None = None,
    error: str | None = None,
    status: int = 200,
) -> Page:
    state = state_of(house, visit)
    sms = connection.strategy == SMS
    sealed = house.sealer.seal_text(
        msgspec.json.encode(asked),
        purpose=_ASKED,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    again = [("state", state), ("connection", connection.name)]
    return Page(
        name="passwordless_code",
        status=status,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": "/u/passwordless/code",
            "state": state,
            "asked": sealed,
            "address": spoken(asked.address) if sms else asked.address,
            "by": connection.strategy,
            "by_link": asked.kind == "link",
            "sent_again": asked.again and not (wrong or error),
            "error": error,
            "errors": {"code": wrong} if wrong else {},
            "again_url": add_query("/u/passwordless", again),
            "mailbox_url": "/mailbox" if house.mailbox else None,
        },
    )
