"""``/samlp/{client_id}``: apps that sign people in by SAML (contract 3.10).

A request becomes a visit of the one hub: checked, sealed, and taken up at
``/authorize``, where the browser brings its cookies however the request came.
"""

from __future__ import annotations

from typing import Final

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import PageRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply, Text
from gatelodge.base.urls import add_query
from gatelodge.connections.saml import binding, logout
from gatelodge.connections.saml.binding import Message
from gatelodge.connections.saml.document import SamlRefusal, alone
from gatelodge.connections.saml.logout import Farewell
from gatelodge.connections.saml.request import request_id
from gatelodge.endpoints import browser, saml_answer
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.saml_metadata import MEDIA_TYPE
from gatelodge.endpoints.sent import message_of, query_of
from gatelodge.house import House
from gatelodge.model.reads import ListSharedSessions
from gatelodge.model.writes import EndSession
from gatelodge.saml_apps import metadata, request
from gatelodge.saml_apps.app import App, app_of

PREFIX: Final = "/samlp/"
_METADATA: Final = f"{PREFIX}metadata/"
_LOGOUT: Final = "/logout"
_ID_BYTES: Final = 20


async def any_app(house: House, exchange: Exchange) -> Reply:
    """The endpoints of one app: its metadata, its logout, its sign-in.

    Raises:
        PageRefusal: there is no such app, or its message is not to be believed.
    """
    path = exchange.path
    if path.startswith(_METADATA) and exchange.method != "POST":
        app = _app(house, exchange, path.removeprefix(_METADATA))
        text = metadata.ours(app, house.snapshot.keyring.saml).decode()
        return Text(text=text, media_type=MEDIA_TYPE)
    name = path.removeprefix(PREFIX)
    try:
        if name.endswith(_LOGOUT):
            app = _app(house, exchange, name.removesuffix(_LOGOUT))
            return await _sign_out(house, exchange, app)
        return _sign_in(house, exchange, _app(house, exchange, name))
    except UpstreamRefusal as refusal:
        raise PageRefusal(
            "The application's request cannot be believed.",
            error="invalid_request",
            rule=refusal.rule,
            because=refusal.because,
        ) from refusal


def _app(house: House, exchange: Exchange, client_id: str) -> App:
    client = house.snapshot.catalogue.clients.get(client_id)
    found = app_of(client, exchange.issuer)
    if found is None:
        raise PageRefusal(
            "There is nothing here.",
            error="not_found",
            rule="House-not-found",
            status=404,
        )
    return found


def _sign_in(house: House, exchange: Exchange, app: App) -> Reply:
    message, now = _message(exchange), house.clock.now()
    asked = (
        request.read(message, app, now=now)
        if message.raw
        else request.unasked(app, relay_state=message.relay_state, now=now)
    )
    return Redirect(location=add_query("/authorize", saml_answer.sealed(house, asked)))


def _message(exchange: Exchange) -> Message:
    posted = exchange.method == "POST"
    params = message_of(exchange) if posted else query_of(exchange)
    text = params.get("SAMLRequest", "")
    unpack = binding.from_form if posted else binding.from_query
    return Message(
        kind="SAMLRequest",
        raw=unpack(text) if text else b"",
        relay_state=params.get("RelayState", ""),
        query=None if posted else exchange.query,
    )


async def _sign_out(house: House, exchange: Exchange, app: App) -> Reply:
    """A signed request ends every session that the app knows under that name."""
    message = _message(exchange)
    if not message.raw:
        return Page(name="logged_out", context={})
    if app.saml.certificate is None:
        raise SamlRefusal("we know no key of the app", rule="SAML-logout")
    farewell = logout.believe(
        message,
        issuer=app.saml.audience,
        pinned=(app.saml.certificate,),
        destination=app.sign_out,
        now=house.clock.now(),
    )
    await _end(house, exchange, app, farewell)
    if app.saml.logout_url is None:
        return Page(
            name="logged_out", context={}, cookies=(browser.no_session_cookie(),)
        )
    answer = logout.response(
        farewell.id,
        own=app.entity_id,
        destination=app.saml.logout_url,
        message_id=request_id(b64url(house.entropy.draw(_ID_BYTES))),
        now=house.clock.now(),
    )
    location = binding.redirect_url(
        app.saml.logout_url,
        "SAMLResponse",
        alone(answer),
        relay_state=message.relay_state,
        key=house.snapshot.keyring.saml.key,
    )
    return Redirect(location=location)


async def _end(house: House, exchange: Exchange, app: App, farewell: Farewell) -> None:
    rows = await house.store.read(
        ListSharedSessions(
            party=app.client.client_id, name_key=logout.name_key(farewell.name_id)
        )
    )
    meant = [row for row in rows if farewell.means(row)]
    if not meant:
        return
    who = witness(house, exchange)
    line = who.line(
        "slo",
        client_id=app.client.client_id,
        user_id=meant[0].user_id,
        session_id=meant[0].sid,
        description=f"the app ended {len(meant)} sessions by SAML",
    )
    ends = tuple(EndSession(sid=row.sid, at=who.at) for row in meant)
    await house.store.commit((*ends, line))
