"""``/u/signup``: a new account, signed in at once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.errors import TooManyAttempts, TooManyRequests
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.base.ids import USER_ID_BYTES
from gatelodge.base.text import email_key
from gatelodge.base.urls import add_query
from gatelodge.endpoints import bounds, login_page, passkeys, post_office, registering
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, enter, state_of
from gatelodge.house import House
from gatelodge.login import password, password_policy, signup
from gatelodge.login.ticket import TICKET_BYTES
from gatelodge.model.connection import Connection
from gatelodge.model.reads import Account
from gatelodge.model.user import Person
from gatelodge.oauth.log import failed_actions, noted
from gatelodge.oauth.outcome import Run


async def show(house: House, exchange: Exchange) -> Reply:
    """The form for a new account."""
    visit = enter(house, exchange, query_of(exchange).get("state"))
    if not isinstance(visit, Visit):
        return visit
    hint = visit.request.wishes.login_hint or ""
    connection = login_page.connection_of(visit)
    if connection is None or connection.options.disable_signup:
        return login_page.page(
            house, visit, identifier=hint, error="error.signup_disabled"
        )
    return _page(house, visit, {"email": hint})


async def submit(house: House, exchange: Exchange) -> Reply:
    """Create the account, owe it a verification mail, and go on signed in.

    Raises:
        ReturnedRefusal: the person went back to the app.
    """
    typed = form_of(exchange)
    visit = enter(house, exchange, typed.get("state"))
    if not isinstance(visit, Visit):
        return visit
    if visit.lost:
        return _page(house, visit, typed, error="error.session_lost")
    if "cancel" in typed:
        raise visit.request.way_back.refuse(login_page.cancelled())
    home = login_page.leads_home(house, visit, typed.get("email", ""))
    if home is not None:
        return home
    connection = login_page.connection_of(visit)
    if connection is None or connection.options.disable_signup:
        return _page(house, visit, typed, error="error.signup_disabled")
    form = signup.read(typed, connection)
    if not form.good:
        return _page(house, visit, typed, form=form)
    return await _create(house, exchange, visit, connection, form, typed)


async def _create(
    house: House,
    exchange: Exchange,
    visit: Visit,
    connection: Connection,
    form: signup.Form,
    typed: Mapping[str, str],
) -> Reply:
    client = visit.request.client
    try:
        await bounds.check_sign_up(house, exchange, client.client_id)
    except TooManyRequests:
        return _page(house, visit, typed, error="error.too_many_accounts", status=429)
    form, run = await registering.fill_in(house, exchange, client, connection, form)
    if run.outcome.denied is not None:
        lines = registering.refused(run, house, exchange, client, connection)
        await house.store.commit(lines)
        refused = registering.alert(run.outcome.denied)
        return _page(house, visit, typed, error=refused)
    try:
        phc = await house.hashing.hash(form.password)
    except TooManyRequests:
        return _page(house, visit, typed, error="error.busy")
    return await _insert(house, exchange, visit, connection, form, typed, phc, run)


async def _insert(
    house: House,
    exchange: Exchange,
    visit: Visit,
    connection: Connection,
    form: signup.Form,
    typed: Mapping[str, str],
    phc: str,
    run: Run,
) -> Reply:
    client, who = visit.request.client, witness(house, exchange)
    made = signup.create(
        form,
        phc=phc,
        connection=connection,
        client_id=client.client_id,
        settings=visit.snapshot.catalogue.settings,
        issuer=exchange.issuer,
        witness=who,
        raw=house.entropy.draw(USER_ID_BYTES + TICKET_BYTES),
        restart=visit.request.params,
    )
    mails = post_office.queue(house, exchange, made.letters)
    lines = (*mails, *failed_actions(run, who, client_id=client.client_id))
    if not await house.store.commit((*noted(made.writes, run), *lines)):
        return await _taken(house, exchange, visit, connection, typed)
    registering.after(house, exchange, client, connection, made.user.user_id)
    account = Account(person=Person(user=made.user), password=made.password)
    verdict = password.judge(  # counted and logged as any sign-in
        account,
        fits=True,
        new_phc=None,
        connection=connection,
        client_id=client.client_id,
        identifier=form.key,
        witness=witness(house, exchange),
    )
    visit = await passkeys.offering(house, visit, typed, account)
    writes = verdict.writes
    return await login_page.enter_as(house, exchange, visit, account, writes=writes)


async def _taken(
    house: House,
    exchange: Exchange,
    visit: Visit,
    connection: Connection,
    typed: Mapping[str, str],
) -> Reply:
    """Somebody was here before: this very person (a second submit), or another.

    Who knows the account's password is signed in, judged and logged as at the sign-in.
    """
    email = email_key(typed.get("email", ""))
    try:
        verdict = await login_page.prove(
            house,
            exchange,
            visit,
            connection,
            identifier=email,
            typed=typed.get("password", ""),
        )
    except TooManyRequests:
        return _page(house, visit, typed, error="error.busy")
    except TooManyAttempts:
        return _page(house, visit, typed, error="error.signup_failed")
    if verdict.account is not None:
        writes = (*verdict.writes, *verdict.forgiven)
        return await login_page.enter_as(
            house, exchange, visit, verdict.account, writes=writes
        )
    log = witness(house, exchange).line(
        "fs",
        client_id=visit.request.client.client_id,
        connection_id=connection.id,
        description="the e-mail address or user name is taken",
        user_name=email,
        nth=1,
    )
    await house.store.commit((*verdict.writes, log))
    return _page(house, visit, typed, error="error.signup_failed")


def _page(
    house: House,
    visit: Visit,
    typed: Mapping[str, str],
    *,
    error: str | Mapping[str, object] | None = None,
    form: signup.Form | None = None,
    status: int = 200,
) -> Page:
    """The form again; what was typed stays, the password does not."""
    state = state_of(house, visit)
    connection = login_page.connection_of(visit)
    rules = password_policy.rules(connection.options) if connection else ()
    return Page(
        name="signup",
        status=status,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": "/u/signup",
            "state": state,
            "client_name": visit.request.client.name,
            "client_logo": logo_of(visit.request.client),
            "email": typed.get("email", ""),
            "given": {
                name: typed[name] for name in ("username", "name") if name in typed
            },
            "asks_username": bool(connection and connection.options.requires_username),
            "asks_name": True,
            "passkey": passkeys.able(visit, connection),
            "error": error,
            "errors": _errors(form),
            "password_rules": [msgspec.to_builtins(rule) for rule in rules],
            "login_url": add_query("/u/login", [("state", state)]),
            "back_url": "/u/signup",
        },
    )


def _errors(form: signup.Form | None) -> dict[str, str]:
    """What is wrong, field by field."""
    errors = dict(form.errors) if form else {}
    if form and form.broken:
        first = form.broken[0]
        own = first.startswith("error.")
        errors["password"] = first if own else "error.password_weak"
    return errors
