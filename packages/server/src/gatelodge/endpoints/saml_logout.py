"""``/logout``: single logout with identity providers, both ways (SAML Profiles §4.4).

A provider's signed request ends every session of ours that it knows under that name;
cookies are not needed, for its request may come in a frame. Ours goes out after our
own session has ended, so that nothing depends on the provider's answer.
"""

from __future__ import annotations

from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import PageRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.connections.saml import binding, logout
from gatelodge.connections.saml.binding import Message
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.logout import Farewell
from gatelodge.connections.saml.party import SamlParty, saml_party
from gatelodge.endpoints import saml_round
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.saml_goodbye import ASKED
from gatelodge.endpoints.sent import message_of, query_of
from gatelodge.house import House
from gatelodge.model.reads import FindTicket, ListSharedSessions
from gatelodge.model.saml import SamlSession
from gatelodge.model.writes import EndSession
from gatelodge.saml_apps.round import Asker, End


async def landing(house: House, exchange: Exchange) -> Reply:
    """A provider asks for a logout, or answers ours.

    Raises:
        PageRefusal: a request that is not to be believed.
    """
    posted = exchange.method == "POST"
    params = message_of(exchange) if posted else query_of(exchange)
    if "SAMLRequest" not in params:
        return await _answered(house, exchange, params.get("RelayState", ""))
    parties, farewell = _believed(house, exchange, params["SAMLRequest"])
    ended: list[SamlSession] = []
    for party in parties:
        ended.extend(await _end(house, exchange, party, farewell))
    asker = Asker(
        party=parties[0].connection.id,
        request_id=farewell.id,
        relay_state=params.get("RelayState", ""),
    )
    return await saml_round.begin(
        house,
        exchange,
        tuple(row.sid for row in ended),
        user_id=ended[0].user_id if ended else "",
        end=End(provider=asker),
    )


def _believed(
    house: House, exchange: Exchange, text: str
) -> tuple[tuple[SamlParty, ...], Farewell]:
    try:
        message = _message(exchange, text)
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
    return parties, farewell


async def _answered(house: House, exchange: Exchange, name: str) -> Reply:
    """The provider is done, whatever it says: our own word tells where to go."""
    found = await house.store.read(FindTicket(digest=digest_of(name), purpose=ASKED))
    live = found is not None and found.ticket.expires_at > house.clock.now()
    url = str(found.ticket.payload.get("url", "")) if found and live else ""
    return Redirect(location=url) if url else Page(name="logged_out", context={})


def _message(exchange: Exchange, text: str) -> Message:
    if exchange.method == "POST":
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
) -> list[SamlSession]:
    """The sessions that it meant; they have ended."""
    rows = await house.store.read(
        ListSharedSessions(
            party=party.connection.id, name_key=logout.name_key(farewell.name_id)
        )
    )
    who = witness(house, exchange)
    meant = [row for row in rows if farewell.means(row)]
    ends = tuple(EndSession(sid=row.sid, at=who.at) for row in meant)
    if not meant:
        return meant
    line = who.line(
        "slo",
        user_id=meant[0].user_id,
        connection_id=party.connection.id,
        session_id=meant[0].sid,
        description=f"the identity provider ended {len(meant)} sessions",
    )
    await house.store.commit((*ends, line))
    return meant
