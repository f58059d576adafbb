"""``/samlp/{client_id}``: apps that sign people in by SAML (contract 3.10).

A request becomes a visit of the one hub: checked, sealed, and taken up at
``/authorize``, where the browser brings its cookies however the request came.
"""

from __future__ import annotations

from typing import Final

from gatelodge.base.errors import PageRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply, Text
from gatelodge.base.urls import add_query
from gatelodge.connections.saml import binding, logout
from gatelodge.connections.saml.binding import Kind, Message
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.logout import Farewell
from gatelodge.endpoints import saml_answer, saml_round
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.saml_metadata import MEDIA_TYPE
from gatelodge.endpoints.sent import message_of, query_of
from gatelodge.house import House
from gatelodge.model.reads import ListSharedSessions
from gatelodge.model.saml import SamlSession
from gatelodge.model.writes import EndSession
from gatelodge.saml_apps import metadata, request
from gatelodge.saml_apps.app import App, app_of
from gatelodge.saml_apps.round import Asker, End

PREFIX: Final = "/samlp/"
_METADATA: Final = f"{PREFIX}metadata/"
_LOGOUT: Final = "/logout"


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


def _message(exchange: Exchange, kind: Kind = "SAMLRequest") -> Message:
    posted = exchange.method == "POST"
    params = message_of(exchange) if posted else query_of(exchange)
    text = params.get(kind, "")
    unpack = binding.from_form if posted else binding.from_query
    return Message(
        kind=kind,
        raw=unpack(text) if text else b"",
        relay_state=params.get("RelayState", ""),
        query=None if posted else exchange.query,
    )


async def _sign_out(house: House, exchange: Exchange, app: App) -> Reply:
    """A signed request ends every session that the app knows under that name."""
    posted = exchange.method == "POST"
    params = message_of(exchange) if posted else query_of(exchange)
    if "SAMLResponse" in params:
        said = _message(exchange, "SAMLResponse")
        return await saml_round.answered(house, exchange, app, said)
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
    ended = await _end(house, exchange, app, farewell)
    asker = Asker(
        party=app.client.client_id,
        request_id=farewell.id,
        relay_state=message.relay_state,
    )
    return await saml_round.begin(
        house,
        exchange,
        tuple(row.sid for row in ended),
        user_id=ended[0].user_id if ended else "",
        end=End(app=asker),
        but=app.client.client_id,
    )


async def _end(
    house: House, exchange: Exchange, app: App, farewell: Farewell
) -> list[SamlSession]:
    """The sessions that it meant; they have ended."""
    rows = await house.store.read(
        ListSharedSessions(
            party=app.client.client_id, name_key=logout.name_key(farewell.name_id)
        )
    )
    meant = [row for row in rows if farewell.means(row)]
    if not meant:
        return meant
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
    return meant
