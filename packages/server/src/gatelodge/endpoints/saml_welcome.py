"""Who a SAML identity provider vouches for comes in (SAML Profiles §4.1.4.3, 4.1.5)."""

from __future__ import annotations

from gatelodge.base.change import Write
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import PageRefusal, UpstreamRefusal
from gatelodge.base.exchange import Exchange, Redirect, Reply
from gatelodge.base.params import parse_form
from gatelodge.base.urls import add_query
from gatelodge.connections.saml import attributes, binding, response
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.logout import name_key
from gatelodge.connections.saml.party import SamlParty, saml_party
from gatelodge.connections.saml.response import Vouching
from gatelodge.endpoints import browser, joining, registering
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.login_page import open_as
from gatelodge.endpoints.visit import Visit, go_on, open_visit
from gatelodge.house import House
from gatelodge.login.opening import SESSION_BYTES, SID_BYTES, Opened, open_session
from gatelodge.login.upstream import Welcome, welcome
from gatelodge.model.client import Client
from gatelodge.model.reads import FindIdentity
from gatelodge.model.saml import SamlSession
from gatelodge.model.session import Session
from gatelodge.model.user import User
from gatelodge.model.writes import CloseSession, ShareSession, SpendJti
from gatelodge.oauth import second_factor


async def welcomed(
    house: House,
    exchange: Exchange,
    visit: Visit,
    party: SamlParty,
    vouching: Vouching,
    *,
    writes: tuple[Write, ...],
) -> Reply:
    """Open a session for the person, in the visit that asked for them.

    Raises:
        UpstreamRefusal: nobody is named, or nobody new is let in.
    """
    client = visit.request.client
    known = await _known(
        house, exchange, party, vouching, client, audience=visit.request.audience
    )
    ends_by = vouching.session_ends
    opening = await open_as(
        house, exchange, visit, known.account, amr=(), ends_by=ends_by
    )
    session = opening.signed_in.session
    sharing = shared(session, party, vouching) if opening.writes else ()
    writes = (spent(party, vouching), *writes, *known.writes, *opening.writes, *sharing)
    person = opening.signed_in
    try:
        return await go_on(
            house,
            exchange,
            opening.visit,
            person,
            writes=writes,
            joining=known.joining,
        )
    finally:
        registering.after_newcomer(house, exchange, client, party.connection, known)


async def unasked(
    house: House,
    exchange: Exchange,
    posted: str,
    *,
    connection_id: str,
    drop: Write,
) -> Reply:
    """An answer to no request leads to the one app that its connection names.

    An app that can begin a sign-in of its own is asked to (OpenID Connect Core §4):
    the session is there, so nobody notices, and its answer is one it asked for.

    Raises:
        PageRefusal: it is not believed, or there is no such app.
    """
    catalogue = house.snapshot.catalogue
    connection = catalogue.connection_by_id(connection_id)
    party = saml_party(connection, exchange.issuer)
    initiated = party.saml.idp_initiated if party else None
    client = catalogue.clients.get(initiated.client_id) if initiated else None
    if party is None or initiated is None or client is None:
        raise _not_here("the connection or its app is gone")
    if not party.connection.serves(client.client_id):
        raise _not_here("the connection does not serve its app")
    try:
        vouching = response.believe(
            binding.from_form(posted),
            party,
            request_id=None,
            keys=house.snapshot.keyring.saml.opening,
            now=house.clock.now(),
        )
        if client.options.initiate_login_uri and not initiated.query:
            return await _land(house, exchange, party, vouching, client, drop)
        pairs = _pairs(client, party, initiated.query)
        visit = open_visit(house, exchange, pairs)
        return await welcomed(house, exchange, visit, party, vouching, writes=(drop,))
    except UpstreamRefusal as refusal:
        raise _denied(house, exchange, party, client, refusal) from refusal


def spent(party: SamlParty, vouching: Vouching) -> SpendJti:
    """An assertion is shown once."""
    own = f"saml assertion\x00{party.connection.id}\x00{vouching.assertion_id}"
    return SpendJti(key=digest_of(own), expires_at=vouching.until)


def shared(session: Session, party: SamlParty, vouching: Vouching) -> tuple[Write, ...]:
    """What single logout has to know of the new session."""
    if vouching.name_id is None:
        return ()
    row = SamlSession(
        sid=session.sid,
        party=party.connection.id,
        user_id=session.user_id,
        name_key=name_key(vouching.name_id),
        name_id=vouching.name_id,
        session_index=vouching.session_index,
        ends_at=session.ends_at,
    )
    return (ShareSession(session=row),)


async def _known(
    house: House,
    exchange: Exchange,
    party: SamlParty,
    vouching: Vouching,
    client: Client,
    *,
    audience: str = "",
) -> Welcome:
    profile = attributes.read(vouching, party)
    found = await house.store.read(
        FindIdentity(
            connection_id=party.connection.id,
            external_id=profile.external_id,
            client_id=client.client_id,
            audience=audience,
        )
    )
    known = welcome(
        found,
        profile,
        connection=party.connection,
        client_id=client.client_id,
        sealed=None,
        witness=witness(house, exchange),
        owner=None
        if found
        else await joining.owner_of(house, party.connection, profile, client.client_id),
    )
    return await registering.wanted_newcomer(
        house, exchange, client, party.connection, known
    )


async def _land(
    house: House,
    exchange: Exchange,
    party: SamlParty,
    vouching: Vouching,
    client: Client,
    drop: Write,
) -> Reply:
    """Open a session, and have the app ask for what it needs."""
    known = await _known(house, exchange, party, vouching, client)
    user = known.account.person.user
    if user.blocked_at is not None:
        raise SamlRefusal("the account is blocked", rule="SAML-unsolicited")
    settings = house.snapshot.catalogue.settings
    opened = _opened(house, exchange, user, client, vouching)
    before = browser.session_digest(exchange)
    now = opened.session.created_at
    closed = (CloseSession(digest=before, at=now),) if before else ()
    writes = (
        spent(party, vouching),
        drop,
        *known.writes,
        *_joined(house, exchange, known, client, opened),
        *opened.writes,
        *shared(opened.session, party, vouching),
        *closed,
    )
    if not await house.store.commit(writes):
        raise SamlRefusal("the answer was used before", rule="SAML-replay")
    registering.after_newcomer(house, exchange, client, party.connection, known)
    there = client.options.initiate_login_uri or ""
    location = add_query(there, [("iss", exchange.issuer)])
    cookie = browser.session_cookie(opened.secret, settings)
    return Redirect(location=location, cookies=(cookie,))


def _joined(
    house: House, exchange: Exchange, known: Welcome, client: Client, opened: Opened
) -> tuple[Write, ...]:
    """Who has a second factor left to show is joined by a sign-in that asks for it."""
    if opened.half:
        return ()
    owner = known.account.person.user
    return joining.at_once(
        house, exchange, known.joining, owner, client_id=client.client_id
    )


def _opened(
    house: House, exchange: Exchange, user: User, client: Client, vouching: Vouching
) -> Opened:
    settings = house.snapshot.catalogue.settings
    return open_session(
        user,
        client_id=client.client_id,
        amr=(),
        settings=settings,
        witness=witness(house, exchange),
        raw=house.entropy.draw(SESSION_BYTES + SID_BYTES),
        half=second_factor.missing(user, (), client=client, settings=settings),
        ends_by=vouching.session_ends,
    )


def _pairs(client: Client, party: SamlParty, query: str) -> list[tuple[str, str]]:
    """The authorization request that stands in the connection (contract 1.9)."""
    asked = dict(parse_form(query))
    fixed = {"client_id": client.client_id, "connection": party.connection.name}
    return list({"response_type": "code", **asked, **fixed}.items())


def _denied(
    house: House,
    exchange: Exchange,
    party: SamlParty,
    client: Client,
    refusal: UpstreamRefusal,
) -> PageRefusal:
    """The page, with the words of an action if it had some; the log has the rest."""
    said = _not_here(refusal.because, rule=refusal.rule)
    said.says = refusal.message or said.says
    line = witness(house, exchange).line(
        "f",
        client_id=client.client_id,
        connection_id=party.connection.id,
        description=refusal.because,
        rule=refusal.rule,
    )
    said.writes = (*refusal.writes, line)
    return said


def _not_here(because: str, *, rule: str = "SAML-unsolicited") -> PageRefusal:
    return PageRefusal(
        "The identity provider could not confirm who you are.",
        error="access_denied",
        rule=rule,
        because=because,
    )
