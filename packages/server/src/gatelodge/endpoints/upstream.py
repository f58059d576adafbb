"""``/u/upstream`` and ``/login/callback``: to another party and back (contract 1.9).

Leaving writes nothing; what must be known at the return travels sealed in ``state``.
Whatever comes back, the person ends in the app or at a sign-in page that works.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.base.urls import add_query
from gatelodge.connections import answer, request, trip
from gatelodge.connections.gate import Vouched
from gatelodge.connections.provider import Party, party_of
from gatelodge.connections.secret import opened
from gatelodge.connections.trip import Trip
from gatelodge.endpoints import joining, registering, saml_login, trips
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.login_page import page
from gatelodge.endpoints.sent import message_of, query_of
from gatelodge.endpoints.visit import Visit, enter, nowhere, resume
from gatelodge.house import House
from gatelodge.login.upstream import Welcome, welcome
from gatelodge.model.connection import UPSTREAM_TOKENS
from gatelodge.model.reads import FindIdentity

CALLBACK = "/login/callback"
_CARRIED = ("code", "state", "iss", "error", "error_description", "user")
_LONGEST_CARRIED = 6_000


async def leave(house: House, exchange: Exchange) -> Reply:
    """Send the person to the party they chose."""
    query = query_of(exchange)
    visit = enter(house, exchange, query.get("state"))
    if not isinstance(visit, Visit):
        return visit
    known = saml_login.party_of(visit, exchange.issuer, query.get("connection", ""))
    if known is not None:
        return await saml_login.leave(house, exchange, visit, known)
    party = _party(visit, name=query.get("connection", ""))
    if party is None:
        return page(house, visit, identifier="")
    try:
        return await depart(house, exchange, visit, party)
    except UpstreamRefusal as refusal:
        return await _refused(house, exchange, visit, party, refusal)


async def depart(
    house: House,
    exchange: Exchange,
    visit: Visit,
    party: Party,
    *,
    linking_sid: str | None = None,
) -> Redirect:
    """Send the browser to the party; ``linking_sid`` as in ``Trip``.

    Raises:
        UpstreamRefusal: the party does not say where.
    """
    places = await house.gate.endpoints(party)
    begun = trip.begin(
        visit.transaction,
        party.connection.id,
        raw=house.entropy.draw(trip.DRAWN_BYTES),
        now=house.clock.now(),
        linking_sid=linking_sid,
    )
    location = request.authorization_url(
        party,
        places.authorization,
        issuer=exchange.issuer,
        state=await trips.named(house, begun)
        if party.provider.short_state
        else trips.carried(house, begun),
        trip=begun,
        asked=visit.request.params,
    )
    return Redirect(location=location, cookies=visit.cookies)


async def come_back(house: House, exchange: Exchange) -> Reply:
    """The party has answered, by a form or by an address."""
    if exchange.method == "POST":
        form = message_of(exchange)
        if saml_login.FIELD in form:
            return await saml_login.receive(house, exchange, form)
        return _by_get(exchange, form)
    params = query_of(exchange)
    if saml_login.KEPT in params:
        return await saml_login.come_back(house, exchange, params[saml_login.KEPT])
    return await _come_back(house, exchange, params)


async def _come_back(
    house: House, exchange: Exchange, params: Mapping[str, str]
) -> Reply:
    """Believe it or not, and go on."""
    found = await trips.found(house, params.get("state", ""))
    if found is None or found.linking_sid is not None:
        return nowhere(house)
    visit = resume(house, exchange, found.transaction)
    if not isinstance(visit, Visit):
        return visit
    party = _party(visit, connection_id=found.connection_id)
    if visit.lost or party is None or found.expired(house.clock.now()):
        return page(house, visit, identifier="", error="error.session_lost")
    try:
        known = await _vouched(house, exchange, visit, party, found, params)
    except UpstreamRefusal as refusal:
        return await _refused(house, exchange, visit, party, refusal)
    return await registering.let_in(
        house,
        exchange,
        visit,
        party.connection,
        known,
        amr=(),
        writes=(trips.spent(found),),
    )


async def _vouched(
    house: House,
    exchange: Exchange,
    visit: Visit,
    party: Party,
    found: Trip,
    params: Mapping[str, str],
) -> Welcome:
    """Who the party says it is, and the account that is or becomes theirs."""
    vouched = await ask(house, exchange, party, found, params)
    client_id = visit.request.client.client_id
    known = await house.store.read(
        FindIdentity(
            connection_id=party.connection.id,
            external_id=vouched.profile.external_id,
            client_id=client_id,
            audience=visit.request.audience,
        )
    )
    return welcome(
        known,
        vouched.profile,
        connection=party.connection,
        client_id=client_id,
        sealed=kept(house, party, vouched.tokens.said),
        witness=witness(house, exchange),
        owner=None
        if known
        else await joining.owner_of(
            house, party.connection, vouched.profile, client_id
        ),
    )


async def ask(
    house: House,
    exchange: Exchange,
    party: Party,
    found: Trip,
    params: Mapping[str, str],
) -> Vouched:
    """Check the answer, and ask the party who it is.

    Raises:
        UpstreamRefusal: it does not say, or not in a way to be believed.
    """
    places = await house.gate.endpoints(party)
    came = answer.read(
        params,
        party,
        place=exchange.path.removeprefix("/"),
        expected_issuer=places.issuer if places.names_itself else None,
    )
    return await house.gate.vouch(
        party,
        places,
        came,
        trip=found,
        issuer=exchange.issuer,
        secret=_secret(house, party),
    )


def _by_get(exchange: Exchange, form: Mapping[str, str]) -> Reply:
    """A form from another site brings no cookies: the same answer, asked for anew."""
    carried = [(name, form[name]) for name in _CARRIED if name in form]
    if sum(len(value) for _, value in carried) > _LONGEST_CARRIED:
        carried = [pair for pair in carried if pair[0] in ("state", "error")]
    return Redirect(location=add_query(exchange.path, carried))


def _party(visit: Visit, *, name: str = "", connection_id: str = "") -> Party | None:
    """The party of a connection that serves this app."""
    catalogue = visit.snapshot.catalogue
    connection = (
        catalogue.connection(name)
        if name
        else catalogue.connection_by_id(connection_id)
    )
    if connection is None or not connection.serves(visit.request.client.client_id):
        return None
    return party_of(connection)


def _secret(house: House, party: Party) -> str | None:
    secret = opened(party.upstream, house.sealer)
    if secret is None and party.upstream.sealed_secret is not None:
        raise UpstreamRefusal(
            "error.upstream_failed",
            rule="House-upstream-secret",
            because="the connection's secret is sealed with a key that is not here",
        )
    return secret


def kept(house: House, party: Party, said: Mapping[str, object]) -> bytes | None:
    """The party's tokens, sealed, where the connection keeps them.

    Or where the party asks us to revoke them when the account is deleted.
    """
    if not party.upstream.keep_tokens and not party.provider.revocation_required:
        return None
    return house.sealer.seal(
        msgspec.json.encode(said),
        purpose=UPSTREAM_TOKENS,
        nonce=house.entropy.draw(NONCE_BYTES),
    )


async def _refused(
    house: House,
    exchange: Exchange,
    visit: Visit,
    party: Party,
    refusal: UpstreamRefusal,
) -> Page:
    return await trips.refused(
        house,
        exchange,
        visit,
        refusal,
        connection_id=party.connection.id,
        label=party.label,
    )
