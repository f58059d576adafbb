"""The last word of a logout: an answer to who asked, or the person's own way.

A session of ours has ended before any of this, so nothing depends on an answer.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.exchange import Cookie, Exchange, FormPost, Page, Redirect, Reply
from gatelodge.connections.saml import binding, logout
from gatelodge.connections.saml.binding import Kind
from gatelodge.connections.saml.document import alone
from gatelodge.connections.saml.party import SamlParty, saml_party
from gatelodge.connections.saml.request import request_id
from gatelodge.connections.saml.signature import sign
from gatelodge.house import House
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import ListSharing
from gatelodge.model.saml import SamlApp, SamlSession
from gatelodge.model.writes import InsertTicket
from gatelodge.saml_apps.app import app_of
from gatelodge.saml_apps.round import Asker, End, Round

ASKED: Final = "saml_logout"
NAME_BYTES: Final = 24
WAITS: Final = 10 * MINUTE


async def said(
    house: House, exchange: Exchange, done: Round, *, cookies: tuple[Cookie, ...] = ()
) -> Reply:
    """How a round ends."""
    end = done.end
    if end.app is not None:
        return _to_app(house, exchange, end.app, partial=done.partial)
    if end.provider is not None:
        return _to_provider(house, exchange, end.provider, partial=done.partial)
    if end.federated:
        further = await _onward(house, exchange, end, cookies)
        if further is not None:
            return further
    if end.url:
        return Redirect(location=end.url, status=302, cookies=cookies)
    return Page(name="logged_out", context={}, cookies=cookies)


def carried(
    house: House, saml: SamlApp, kind: Kind, root: etree._Element, *, relay_state: str
) -> Redirect | FormPost:
    """A message on its way to an app, signed, as the app takes it."""
    keys, place = house.snapshot.keyring.saml, saml.logout_url or ""
    if saml.logout_binding == "HTTP-POST" and keys.key is not None:
        raw = alone(sign(root, keys.key, keys.certificate))
        state = (("RelayState", relay_state),) if relay_state else ()
        fields = ((kind, binding.posted(raw)), *state)
        return FormPost(action=place, fields=fields)
    location = binding.redirect_url(
        place, kind, alone(root), relay_state=relay_state, key=keys.key
    )
    return Redirect(location=location)


def fresh(house: House) -> str:
    """The id of a new message."""
    return request_id(b64url(house.entropy.draw(NAME_BYTES)))


def _to_app(house: House, exchange: Exchange, asker: Asker, *, partial: bool) -> Reply:
    client = house.snapshot.catalogue.clients.get(asker.party)
    app = app_of(client, exchange.issuer)
    if app is None or app.saml.logout_url is None:
        return Page(name="logged_out", context={})
    answer = logout.response(
        asker.request_id,
        own=app.entity_id,
        destination=app.saml.logout_url,
        message_id=fresh(house),
        now=house.clock.now(),
        partial=partial,
    )
    return carried(
        house, app.saml, "SAMLResponse", answer, relay_state=asker.relay_state
    )


def _to_provider(
    house: House, exchange: Exchange, asker: Asker, *, partial: bool
) -> Reply:
    known = house.snapshot.catalogue.connection_by_id(asker.party)
    party = saml_party(known, exchange.issuer)
    saml = party.saml if party else None
    endpoint = saml and (saml.sign_out_reply_url or saml.sign_out_url)
    if party is None or not endpoint:
        return Page(name="logged_out", context={})
    answer = logout.response(
        asker.request_id,
        own=party.entity_id,
        destination=endpoint,
        message_id=fresh(house),
        now=house.clock.now(),
        partial=partial,
    )
    location = binding.redirect_url(
        endpoint,
        "SAMLResponse",
        alone(answer),
        relay_state=asker.relay_state,
        key=house.snapshot.keyring.saml.key,
    )
    return Redirect(location=location)


async def _onward(
    house: House, exchange: Exchange, end: End, cookies: tuple[Cookie, ...]
) -> Reply | None:
    """The provider of a session of ours that has just ended is asked to end its own.

    None where no provider shares the session, or it has no logout.
    """
    catalogue = house.snapshot.catalogue
    for row in await house.store.read(ListSharing(sid=end.federated)):
        party = saml_party(catalogue.connection_by_id(row.party), exchange.issuer)
        if party is not None and party.saml.sign_out_url is not None:
            location = await _asked(house, party, row, party.saml.sign_out_url, end.url)
            return Redirect(location=location, status=302, cookies=cookies)
    return None


async def _asked(
    house: House, party: SamlParty, row: SamlSession, endpoint: str, url: str
) -> str:
    now = house.clock.now()
    name = b64url(house.entropy.draw(NAME_BYTES))
    ticket = Ticket(
        digest=digest_of(name),
        purpose=ASKED,
        user_id="",
        payload={"url": url},
        created_at=now,
        expires_at=now + WAITS,
    )
    await house.store.commit((InsertTicket(ticket=ticket),))
    asked = logout.request(
        row.name_id,
        (row.session_index,),
        own=party.entity_id,
        destination=endpoint,
        message_id=fresh(house),
        now=now,
    )
    key = house.snapshot.keyring.saml.key
    return binding.redirect_url(
        endpoint, "SAMLRequest", alone(asked), relay_state=name, key=key
    )
