"""``/logout``: single logout with identity providers, both ways (SAML Profiles §4.4).

A provider's signed request ends every session of ours that it knows under that name;
cookies are not needed, for its request may come in a frame. Ours goes out after our
own session has ended, so that nothing depends on the provider's answer.
"""

from __future__ import annotations

from typing import Final

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import PageRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.connections.saml import binding, logout
from gatelodge.connections.saml.binding import Message
from gatelodge.connections.saml.document import SamlRefusal, alone
from gatelodge.connections.saml.logout import Farewell
from gatelodge.connections.saml.party import SamlParty, saml_party
from gatelodge.connections.saml.request import request_id
from gatelodge.endpoints import browser
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import message_of, query_of
from gatelodge.house import House
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import FindTicket, ListSharedSessions, ListSharing
from gatelodge.model.saml import SamlSession
from gatelodge.model.writes import EndSession, InsertTicket

_PURPOSE: Final = "saml_logout"
_WAITS: Final = 10 * MINUTE
_NAME_BYTES: Final = 24


async def landing(house: House, exchange: Exchange) -> Reply:
    """A provider asks for a logout, or answers ours.

    Raises:
        PageRefusal: a request that is not to be believed.
    """
    posted = exchange.method == "POST"
    params = message_of(exchange) if posted else query_of(exchange)
    if "SAMLRequest" not in params:
        return await _answered(house, exchange, params.get("RelayState", ""))
    try:
        message = _message(exchange, params["SAMLRequest"], posted=posted)
        parties = _parties(house, exchange, message)
        farewell = logout.believe(
            message,
            issuer=parties[0].saml.entity_id,
            pinned=tuple(one for party in parties for one in party.saml.certificates),
            destination=parties[0].logout,
            now=house.clock.now(),
        )
    except UpstreamRefusal as refusal:
        raise PageRefusal(
            "The sign-out request cannot be believed.",
            error="invalid_request",
            rule=refusal.rule,
            because=refusal.because,
        ) from refusal
    for party in parties:
        await _end(house, exchange, party, farewell)
    relay_state = params.get("RelayState", "")
    return _reply(house, parties[0], farewell, relay_state=relay_state)


async def onward(
    house: House, exchange: Exchange, sid: str, *, url: str | None
) -> Reply | None:
    """The provider of a session of ours that has just ended is asked to end its own.

    ``url`` is where the person wants to go after that. None where no provider shares
    the session, or it has no logout.
    """
    catalogue = house.snapshot.catalogue
    for row in await house.store.read(ListSharing(sid=sid)):
        party = saml_party(catalogue.connection_by_id(row.party), exchange.issuer)
        if party is not None and party.saml.sign_out_url is not None:
            return await _asked(house, party, row, party.saml.sign_out_url, url)
    return None


async def _asked(
    house: House, party: SamlParty, row: SamlSession, endpoint: str, url: str | None
) -> Reply:
    now = house.clock.now()
    name = b64url(house.entropy.draw(_NAME_BYTES))
    ticket = Ticket(
        digest=digest_of(name),
        purpose=_PURPOSE,
        user_id="",
        payload={"url": url or ""},
        created_at=now,
        expires_at=now + _WAITS,
    )
    await house.store.commit((InsertTicket(ticket=ticket),))
    asked = logout.request(
        row,
        own=party.entity_id,
        destination=endpoint,
        message_id=_fresh(house),
        now=now,
    )
    key = house.snapshot.keyring.saml.key
    location = binding.redirect_url(
        endpoint, "SAMLRequest", alone(asked), relay_state=name, key=key
    )
    cookies = (browser.no_session_cookie(),)
    return Redirect(location=location, status=302, cookies=cookies)


async def _answered(house: House, exchange: Exchange, name: str) -> Reply:
    """The provider is done, whatever it says: our own word tells where to go."""
    found = await house.store.read(FindTicket(digest=digest_of(name), purpose=_PURPOSE))
    live = found is not None and found.ticket.expires_at > house.clock.now()
    url = str(found.ticket.payload.get("url", "")) if found and live else ""
    return Redirect(location=url) if url else Page(name="logged_out", context={})


def _message(exchange: Exchange, text: str, *, posted: bool) -> Message:
    if posted:
        return Message(kind="SAMLRequest", raw=binding.from_form(text))
    raw = binding.from_query(text)
    return Message(kind="SAMLRequest", raw=raw, query=exchange.query)


def _parties(
    house: House, exchange: Exchange, message: Message
) -> tuple[SamlParty, ...]:
    """The provider that the message claims to be of, in each of its connections."""
    issuer = logout.issuer_of(message.raw)
    known = house.snapshot.catalogue.connections
    parties = (saml_party(one, exchange.issuer) for one in known)
    found = tuple(one for one in parties if one and one.saml.entity_id == issuer)
    if not found or not issuer:
        raise SamlRefusal("of a provider we do not know", rule="SAML-issuer")
    return found


async def _end(
    house: House, exchange: Exchange, party: SamlParty, farewell: Farewell
) -> None:
    rows = await house.store.read(
        ListSharedSessions(
            party=party.connection.id, name_key=logout.name_key(farewell.name_id)
        )
    )
    who = witness(house, exchange)
    meant = [row for row in rows if farewell.means(row)]
    ends = tuple(EndSession(sid=row.sid, at=who.at) for row in meant)
    if not meant:
        return
    line = who.line(
        "slo",
        user_id=meant[0].user_id,
        connection_id=party.connection.id,
        session_id=meant[0].sid,
        description=f"the identity provider ended {len(meant)} sessions",
    )
    await house.store.commit((*ends, line))


def _reply(
    house: House, party: SamlParty, farewell: Farewell, *, relay_state: str
) -> Reply:
    saml, keys = party.saml, house.snapshot.keyring.saml
    endpoint = saml.sign_out_reply_url or saml.sign_out_url
    if endpoint is None:
        return Page(name="logged_out", context={})
    answer = logout.response(
        farewell.id,
        own=party.entity_id,
        destination=endpoint,
        message_id=_fresh(house),
        now=house.clock.now(),
    )
    location = binding.redirect_url(
        endpoint,
        "SAMLResponse",
        alone(answer),
        relay_state=relay_state,
        key=keys.key,
    )
    return Redirect(location=location)


def _fresh(house: House) -> str:
    return request_id(b64url(house.entropy.draw(_NAME_BYTES)))
