"""``/u/forgot``: ask for a link to choose a new password."""

from __future__ import annotations

import contextlib

from gatelodge.base.errors import TooManyRequests
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.text import email_key, is_email
from gatelodge.base.urls import add_query
from gatelodge.endpoints import bounds, post_office
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.house import House
from gatelodge.login import reset
from gatelodge.login.ticket import TICKET_BYTES
from gatelodge.login.transaction import Transaction, unseal
from gatelodge.model.client import Client
from gatelodge.model.connection import ACCOUNT_CLIENT, Connection
from gatelodge.model.reads import FindAccount


async def show(house: House, exchange: Exchange) -> Reply:
    """The form; it works with and without a sign-in on the way."""
    params = query_of(exchange)
    state = params.get("state")
    locales = _locales(unseal(state, house.sealer) if state else None)
    if is_email(params.get("sent", "")):
        return _sent(house, params, locales)
    return _page(state, locales, email="", error=None)


async def submit(house: House, exchange: Exchange) -> Reply:
    """The same answer whether or not there is such an account (decisions 23)."""
    form = form_of(exchange)
    state, email = form.get("state"), email_key(form.get("email", ""))
    transaction = unseal(state, house.sealer) if state else None
    if not is_email(email):
        locales = _locales(transaction)
        return _page(state, locales, email=email, error="error.email_invalid")
    client, connection = _where(house, transaction)
    if connection and not connection.options.disable_self_service_change_password:
        with contextlib.suppress(TooManyRequests):  # they have had ten, and are told so
            client_id = client.client_id if client else ""
            await bounds.check_reset(house, exchange, email, client_id)
            await send_link(
                house,
                exchange,
                connection,
                email=email,
                client=client,
                restart=transaction.params if transaction else None,
            )
    query = [("sent", email), *([("state", state)] if state else [])]
    return Redirect(location=add_query("/u/forgot", query))


async def send_link(
    house: House,
    exchange: Exchange,
    connection: Connection,
    *,
    email: str,
    client: Client | None,
    restart: dict[str, str] | None,
) -> None:
    """Queue the mail, if there is somebody to send it to; log it either way.

    A mailbox that was sent many already is left in peace.
    """
    if not await bounds.may_mail(house, connection.id, email):
        return
    account = await house.store.read(
        FindAccount(connection_id=connection.id, identifier=email)
    )
    asked = reset.ask(
        account,
        connection=connection,
        client_id=client.client_id if client else "",
        identifier=email,
        settings=house.snapshot.catalogue.settings,
        issuer=exchange.issuer,
        witness=witness(house, exchange),
        raw=house.entropy.draw(TICKET_BYTES),
        restart=restart,
    )
    mails = post_office.queue(house, exchange, asked.letters)
    post_office.queue(house, exchange, asked.unsent)
    await house.store.commit((*asked.writes, *mails))


def _where(
    house: House, transaction: Transaction | None
) -> tuple[Client | None, Connection | None]:
    catalogue = house.snapshot.catalogue
    client_id = transaction.params.get("client_id", "") if transaction else ""
    client = catalogue.clients.get(client_id)
    named = transaction.params.get("connection") if transaction else None
    connection = catalogue.connection(named) if named else None
    return client, connection or catalogue.database_for(client_id or ACCOUNT_CLIENT)


def _locales(transaction: Transaction | None) -> str | None:
    """The languages that the app asked for."""
    return transaction.params.get("ui_locales") if transaction else None


def _sent(house: House, params: dict[str, str], ui_locales: str | None) -> Page:
    state = params.get("state")
    return Page(
        name="forgot_sent",
        ui_locales=ui_locales,
        context={
            "email": params["sent"],
            "forgot_url": _with_state("/u/forgot", state),
            "login_url": _with_state("/u/login", state) if state else None,
            "mailbox_url": "/mailbox" if house.mailbox else None,
        },
    )


def _page(
    state: str | None, ui_locales: str | None, *, email: str, error: str | None
) -> Page:
    return Page(
        name="forgot",
        ui_locales=ui_locales,
        context={
            "action": "/u/forgot",
            "state": state,
            "email": email,
            "errors": {"email": error} if error else {},
            "login_url": _with_state("/u/login", state) if state else None,
        },
    )


def _with_state(path: str, state: str | None) -> str:
    return add_query(path, [("state", state)] if state else [])
