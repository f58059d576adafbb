"""``/u/login``: e-mail address and password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import (
    AccessDenied,
    ReturnedRefusal,
    TooManyAttempts,
    TooManyRequests,
)
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.text import email_key
from gatelodge.base.urls import add_query
from gatelodge.connections.face import face_of
from gatelodge.endpoints import browser, inside, passkeys, password_check
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, enter, go_on, state_of
from gatelodge.house import House
from gatelodge.login import password, passwordless, remembered
from gatelodge.login.home_realm import at_home, home_of, homes
from gatelodge.login.joining import Joining
from gatelodge.login.opening import SESSION_BYTES, SID_BYTES, Opened, open_session
from gatelodge.model.connection import DATABASE, SMS, Connection, ConnectionOptions
from gatelodge.model.reads import Account, FindAccount, FindTicket, SignedIn
from gatelodge.model.writes import CloseSession
from gatelodge.oauth import second_factor

_BY: Final = {"code": "way.by_code", "link": "way.by_link", "sms": "way.by_sms"}


async def show(house: House, exchange: Exchange) -> Reply:
    """The sign-in form; any state of the browser leads to one that works."""
    visit = enter(house, exchange, query_of(exchange).get("state"))
    if not isinstance(visit, Visit):
        return visit
    only = only_way(visit)
    if only is not None:
        query = [("state", state_of(house, visit)), ("connection", only.name)]
        location = add_query("/u/passwordless", query)
        return Redirect(location=location, cookies=visit.cookies)
    return page(house, visit, identifier=visit.request.wishes.login_hint or "")


async def submit(house: House, exchange: Exchange) -> Reply:
    """Check the password and go on.

    Raises:
        ReturnedRefusal: the person went back to the app, or is blocked.
    """
    form = form_of(exchange)
    visit = enter(house, exchange, form.get("state"))
    if not isinstance(visit, Visit):
        return visit
    identifier = form.get("username", "")
    if visit.lost:
        return page(house, visit, identifier=identifier, error="error.session_lost")
    if "cancel" in form:
        raise visit.request.way_back.refuse(cancelled())
    home = leads_home(house, visit, identifier)
    if home is not None:
        return home
    connection = connection_of(visit)
    if connection is None:
        return page(house, visit, identifier=identifier, error="error.no_home")
    return await _sign_in(house, exchange, visit, connection, form)


async def _sign_in(
    house: House,
    exchange: Exchange,
    visit: Visit,
    connection: Connection,
    form: Mapping[str, str],
) -> Reply:
    identifier, typed = form.get("username", ""), form.get("password", "")
    try:
        verdict = await prove(
            house, exchange, visit, connection, identifier=identifier, typed=typed
        )
    except TooManyRequests:
        return page(house, visit, identifier=identifier, error="error.busy", status=503)
    except TooManyAttempts as refusal:
        error = password_check.TEXTS[refusal.says]
        return page(house, visit, identifier=identifier, error=error, status=429)
    if verdict.account is None:
        await house.store.commit(verdict.writes)
        return page(
            house, visit, identifier=identifier, error="error.wrong_credentials"
        )
    offered = await passkeys.offering(house, visit, form, verdict.account)
    writes = (*verdict.writes, *verdict.forgiven)
    try:
        return await enter_as(house, exchange, offered, verdict.account, writes=writes)
    except ReturnedRefusal:  # for another reason: the password was right
        await house.store.commit(verdict.forgiven)
        raise


async def prove(
    house: House,
    exchange: Exchange,
    visit: Visit,
    connection: Connection,
    *,
    identifier: str,
    typed: str,
) -> password.Verdict:
    """Check a password against the account it is meant for.

    Raises:
        TooManyAttempts: no more are looked at.
        TooManyRequests: the hashers are busy.
    """
    account = await find_account(house, visit, connection, identifier)
    attempt = password_check.Attempt(
        exchange=exchange,
        account=account,
        connection=connection,
        client_id=visit.request.client.client_id,
        identifier=email_key(identifier),
    )
    return await password_check.check(house, attempt, typed)


async def find_account(
    house: House, visit: Visit, connection: Connection, identifier: str
) -> Account | None:
    """Who answers to this identifier, with their consent for this request."""
    return await house.store.read(
        FindAccount(
            connection_id=connection.id,
            identifier=email_key(identifier),
            client_id=visit.request.client.client_id,
            audience=visit.request.audience,
        )
    )


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A session about to open: the visit with its cookie, and what makes it so."""

    visit: Visit
    signed_in: SignedIn
    writes: tuple[Write, ...]


async def enter_as(
    house: House,
    exchange: Exchange,
    visit: Visit,
    account: Account,
    *,
    writes: tuple[Write, ...],
    amr: tuple[str, ...] = ("pwd",),
    joining: Joining | None = None,
    further: bool = False,
) -> Reply:
    """Open a session for a person who has just proven themselves, and go on.

    ``amr`` says how (RFC 8176). Somebody blocked is refused by the hub, and nothing
    opens. ``joining`` as for ``go_on``, ``further`` as for ``open_as``.
    """
    opening = await open_as(house, exchange, visit, account, amr=amr, further=further)
    return await go_on(
        house,
        exchange,
        opening.visit,
        opening.signed_in,
        writes=(*writes, *opening.writes),
        joining=joining,
    )


async def open_as(
    house: House,
    exchange: Exchange,
    visit: Visit,
    account: Account,
    *,
    amr: tuple[str, ...],
    ends_by: int | None = None,
    further: bool = False,
) -> Opening:
    """What opens a session for this person in this browser, until ``ends_by``.

    A session this browser had before ends: a privilege change makes a new one.
    ``further`` is one more proof of the person before: who joins them still may.
    """
    amr = await _with_memory(house, exchange, account, amr)
    signed_in, opened = _signed_in(
        house, exchange, visit, account, amr, ends_by=ends_by
    )
    proven = _proven(visit, signed_in, further=further)
    if account.person.user.blocked_at is not None:
        return Opening(visit=proven, signed_in=signed_in, writes=())
    cookie = browser.session_cookie(opened.secret, visit.snapshot.catalogue.settings)
    onward = msgspec.structs.replace(proven, cookies=(*visit.cookies, cookie))
    before = browser.session_digest(exchange)
    at = signed_in.session.created_at
    closed = (CloseSession(digest=before, at=at),) if before else ()
    return Opening(visit=onward, signed_in=signed_in, writes=(*opened.writes, *closed))


async def _with_memory(
    house: House, exchange: Exchange, account: Account, amr: tuple[str, ...]
) -> tuple[str, ...]:
    """A browser that is remembered for this person vouches a little too (RFC 8176)."""
    digest = browser.remembered_digest(exchange)
    if digest is None or second_factor.MULTIPLE in amr:
        return amr
    question = FindTicket(digest=digest, purpose="remembered_browser")
    bundle = await house.store.read(question)
    user_id = account.person.user.user_id
    known = remembered.knows(bundle, user_id, house.clock.now())
    return (*amr, second_factor.REMEMBERED) if known else amr


def _proven(visit: Visit, signed_in: SignedIn, *, further: bool) -> Visit:
    """The visit of somebody who has just proven themselves."""
    proven = msgspec.structs.replace(
        visit.transaction,
        sid=signed_in.session.sid,
        proven_at=signed_in.session.auth_time,
        # What was answered before was somebody else's word, or too old to count.
        chosen=False,
        confirmed=False,
        consented=False,
        joining=visit.transaction.joining if further else None,
    )
    return msgspec.structs.replace(visit, transaction=proven)


def _signed_in(
    house: House,
    exchange: Exchange,
    visit: Visit,
    account: Account,
    amr: tuple[str, ...],
    *,
    ends_by: int | None,
) -> tuple[SignedIn, Opened]:
    settings, user = visit.snapshot.catalogue.settings, account.person.user
    half = second_factor.missing(
        user,
        amr,
        client=visit.request.client,
        settings=settings,
        demanded=visit.request.wishes.two_factors or visit.transaction.mfa_demanded,
    )
    opened = open_session(
        user,
        client_id=visit.request.client.client_id,
        amr=amr,
        settings=settings,
        witness=witness(house, exchange),
        raw=house.entropy.draw(SESSION_BYTES + SID_BYTES),
        half=half,
        ends_by=ends_by,
    )
    signed_in = SignedIn(
        session=opened.session, person=account.person, consented=account.consented
    )
    return signed_in, opened


def connection_of(visit: Visit) -> Connection | None:
    """The database this visit signs in with: the one asked for, or the client's."""
    catalogue = visit.snapshot.catalogue
    if visit.request.connection is not None:
        named = catalogue.connection(visit.request.connection)
        return named if named and named.strategy == DATABASE else None
    return catalogue.database_for(visit.request.client.client_id)


def page(
    house: House,
    visit: Visit,
    *,
    identifier: str,
    error: str | Mapping[str, object] | None = None,
    status: int = 200,
) -> Page:
    """The sign-in form with a fresh state."""
    state = state_of(house, visit)
    connection = connection_of(visit)
    options = connection.options if connection else None
    client = visit.request.client
    return Page(
        name="login",
        status=status,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": "/u/login",
            "state": state,
            "client_name": client.name,
            "client_logo": logo_of(client),
            "login_hint": identifier,
            "passwords": connection is not None,
            "address_only": connection is None and _homes(visit),
            "connections": _others(visit, state),
            "codes": _codes(visit, state),
            "usernames": options is not None and options.requires_username,
            "error": error,
            "back_url": "/u/login",
            **_ways(options, state),
            **_here(house, visit, connection),
        },
    )


def _here(
    house: House, visit: Visit, connection: Connection | None
) -> dict[str, object]:
    """What depends on the window: inside an app no passkey is kept (RFC 8252 §8.12)."""
    if not visit.embedded:
        return {"passkey": passkeys.asked(house, visit, connection)}
    return inside.way_out(visit.transaction, embedded=True)


def _ways(options: ConnectionOptions | None, state: str) -> dict[str, str]:
    """For those who have no account yet, or no password any more."""
    ways = {}
    if options is not None and not options.disable_signup:
        ways["signup_url"] = add_query("/u/signup", [("state", state)])
    if options is not None and not options.disable_self_service_change_password:
        ways["forgot_url"] = add_query("/u/forgot", [("state", state)])
    return ways


def leads_home(house: House, visit: Visit, identifier: str) -> Redirect | None:
    """The way to the party that this address belongs to, if it belongs to one."""
    home = home_of(identifier, visit.request, visit.snapshot.catalogue)
    if home is None or not inside.works(home, embedded=visit.embedded):
        return None
    location = at_home(state_of(house, visit), home, identifier)
    return Redirect(location=location, cookies=visit.cookies)


def _homes(visit: Visit) -> bool:
    return homes(visit.request, visit.snapshot.catalogue)


def _others(visit: Visit, state: str) -> list[dict[str, str]]:
    """The other parties this app's people may sign in with, as buttons."""
    named, client_id = visit.request.connection, visit.request.client.client_id
    found = []
    for connection in visit.snapshot.catalogue.connections:
        party = face_of(connection)
        if party is None or not connection.serves(client_id):
            continue
        if not inside.works(connection, embedded=visit.embedded):
            continue
        shown = connection.options.show_as_button if named is None else False
        if shown or named == connection.name:
            query = [("state", state), ("connection", connection.name)]
            href = add_query("/u/upstream", query)
            found.append({"name": party.mark, "label": party.label, "href": href})
    return found


def _codes(visit: Visit, state: str) -> list[dict[str, object]]:
    """Ways in by a code or link, as buttons."""
    named = visit.request.connection
    found: list[dict[str, object]] = []
    client_id = visit.request.client.client_id
    for one in passwordless.for_client(visit.snapshot.catalogue, client_id):
        if one.name == named or (named is None and one.options.show_as_button):
            query = [("state", state), ("connection", one.name)]
            sends = passwordless.options_of(one).send
            by = "sms" if one.strategy == SMS else sends
            href = add_query("/u/passwordless", query)
            own = {"provider": one.options.display_name}
            text = {"text_id": "login.with", "params": own}
            usual = one.options.display_name is None
            found.append({"text": _BY[by] if usual else text, "href": href})
    return found


def only_way(visit: Visit) -> Connection | None:
    """The one connection of this app, if people sign in by code or link alone."""
    catalogue, client_id = visit.snapshot.catalogue, visit.request.client.client_id
    serving = [one for one in catalogue.connections if one.serves(client_id)]
    alone = passwordless.for_client(catalogue, client_id)
    return alone[0] if len(serving) == len(alone) == 1 else None


def cancelled() -> AccessDenied:
    """The person went back without signing in."""
    return AccessDenied("User cancelled the sign-in", rule="RFC6749-4.1.2.1.denied")
