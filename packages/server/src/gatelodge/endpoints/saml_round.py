"""``/u/logout/apps``: the apps of a session that ended are told (SAML Profiles §4.4).

They are told in the person's browser, one at a time: only there do they have cookies.
An app that never answers is no dead end: who comes back, or signs out once more, finds
a page that asks again or goes on. In a frame, where our pages do not show, the round
goes by redirects alone.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.exchange import Cookie, Exchange, FormPost, Page, Redirect, Reply
from gatelodge.base.urls import add_query
from gatelodge.connections.saml import logout
from gatelodge.connections.saml.binding import Message
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.endpoints import browser, saml_goodbye
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.saml_goodbye import WAITS
from gatelodge.endpoints.sent import query_of
from gatelodge.house import House
from gatelodge.login.transaction import BINDING_BYTES
from gatelodge.model.grant import Ticket
from gatelodge.model.reads import FindTicket, ListSharing
from gatelodge.model.saml import SamlSession
from gatelodge.model.writes import AppendLog, PutTicket
from gatelodge.saml_apps import round as rounds
from gatelodge.saml_apps.app import App, app_of
from gatelodge.saml_apps.round import End, Round, Stop

PATH: Final = "/u/logout/apps"
_PURPOSE: Final = "saml_round"
_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object", "image"})


async def begin(
    house: House,
    exchange: Exchange,
    sids: tuple[str, ...],
    *,
    user_id: str,
    end: End,
    but: str = "",
) -> Reply:
    """Tell the apps of these sessions, and end where ``end`` says.

    ``but`` is the app that knows already.
    """
    asked = end.app is not None or end.provider is not None
    gone = () if asked else (browser.no_session_cookie(),)
    stops = await _stops(house, sids, but)
    if not stops:
        return await saml_goodbye.said(house, exchange, Round(end=end), cookies=gone)
    framed = exchange.headers.get("sec-fetch-dest", "") in _FRAMES
    known = "" if framed else browser.round_of(exchange)
    secret = known or b64url(house.entropy.draw(BINDING_BYTES))
    name = rounds.name_of(secret)
    before = await _found(house, name) if known else None
    begun = Round(
        end=end,
        stops=rounds.resumed(stops, before),
        user_id=user_id,
        framed=framed,
    )
    await house.store.commit((_kept(house, name, begun),))
    cookie = browser.round_cookie(secret, seconds=WAITS // 1000)
    return _back(name, cookies=gone if framed else (*gone, cookie))


async def unfinished(house: House, exchange: Exchange, *, url: str) -> Reply | None:
    """Where somebody goes on who left a round and wants to sign out again."""
    secret = browser.round_of(exchange)
    name = rounds.name_of(secret)
    found = await _found(house, name) if secret else None
    if found is None or found.here is None:
        return None
    onward = msgspec.structs.replace(found, end=End(url=url))
    await house.store.commit((_kept(house, name, onward),))
    return _back(name)


async def go_on(house: House, exchange: Exchange) -> Reply:
    """The next app, or the one that has not answered; in the end, the end."""
    query = query_of(exchange)
    name = query.get("state", "")
    found = await _found(house, name)
    if found is None or not _same_browser(exchange, found, name):
        return Page(name="logged_out", context={})
    here = found.here
    if here is not None and here.asked and here.asked == query.get("skip"):
        found = found.with_here(passed=True)
        line = _unconfirmed(house, exchange, found, here, "the app has not answered")
        await house.store.commit((_kept(house, name, found), line))
        return _back(name)
    if here is None:
        await house.store.commit((_over(house, name),))
        return await saml_goodbye.said(house, exchange, found)
    app = _app(house, exchange, here)
    if app is None:  # it went away meanwhile
        await house.store.commit((_kept(house, name, found.with_here(passed=True)),))
        return _back(name)
    again = bool(here.asked) and here.asked == query.get("again")
    if here.asked and not again:
        return _page(name, app, here)
    return await _ask(house, name, found, app)


async def answered(house: House, exchange: Exchange, app: App, said: Message) -> Reply:
    """An app says that it is done, or not: the browser goes on with its cookies."""
    name = said.relay_state
    found = await _found(house, name)
    here = found.here if found else None
    if found is None or here is None or here.client_id != app.client.client_id:
        return Page(name="logged_out", context={})
    pinned = (app.saml.certificate,) if app.saml.certificate else ()
    try:
        ended = logout.confirmed(
            said,
            in_response_to=here.asked,
            issuer=app.saml.audience,
            pinned=pinned,
            destination=app.sign_out,
            now=house.clock.now(),
        )
    except SamlRefusal as refusal:
        line = _unconfirmed(
            house, exchange, found, here, refusal.because, rule=refusal.rule
        )
        await house.store.commit((line,))
        return _back(name)
    kept = _kept(house, name, found.with_here(ended=ended))
    why = "the app says that not all of its sessions ended"
    lines = () if ended else (_unconfirmed(house, exchange, found, here, why),)
    await house.store.commit((kept, *lines))
    return _back(name)


async def _stops(house: House, sids: tuple[str, ...], but: str) -> tuple[Stop, ...]:
    """No question to storage where no app wants to be told."""
    clients = house.snapshot.catalogue.clients
    if not any(rounds.told_of_logout(client) for client in clients.values()):
        return ()
    rows: list[SamlSession] = []
    for sid in sids:
        rows.extend(await house.store.read(ListSharing(sid=sid)))
    return rounds.stops(rows, clients, but=but)


async def _ask(house: House, name: str, found: Round, app: App) -> Reply:
    """Our request to the app of now; who comes back finds that it was asked."""
    asked = found.with_here(asked=saml_goodbye.fresh(house))
    here = asked.here
    if here is None:
        raise RuntimeError("nobody to ask")  # ``go_on`` has looked
    request = logout.request(
        here.name_id,
        here.indexes,
        own=app.entity_id,
        destination=app.saml.logout_url or "",
        message_id=here.asked,
        now=house.clock.now(),
    )
    await house.store.commit((_kept(house, name, asked),))
    reply = saml_goodbye.carried(
        house, app.saml, "SAMLRequest", request, relay_state=name
    )
    if isinstance(reply, FormPost) or found.framed:
        return reply
    return _page(name, app, here, forward=reply.location)


def _page(name: str, app: App, here: Stop, *, forward: str | None = None) -> Page:
    def link(word: str) -> str:
        return add_query(PATH, [("state", name), (word, here.asked)])

    context = {
        "client_name": app.client.name,
        "forward_url": forward,
        "again_url": link("again"),
        "skip_url": link("skip"),
    }
    return Page(name="logout_apps", context=context)


def _back(name: str, *, cookies: tuple[Cookie, ...] = ()) -> Redirect:
    return Redirect(location=add_query(PATH, [("state", name)]), cookies=cookies)


def _same_browser(exchange: Exchange, found: Round, name: str) -> bool:
    """An app on the way knows the round's name; what comes next is not its business."""
    return found.framed or rounds.name_of(browser.round_of(exchange)) == name


def _app(house: House, exchange: Exchange, here: Stop) -> App | None:
    client = house.snapshot.catalogue.clients.get(here.client_id)
    if rounds.told_of_logout(client) is None:
        return None
    return app_of(client, exchange.issuer)


async def _found(house: House, name: str) -> Round | None:
    if not name:
        return None
    question = FindTicket(digest=digest_of(name), purpose=_PURPOSE)
    bundle = await house.store.read(question)
    ticket = bundle.ticket if bundle else None
    if ticket is None or ticket.used_at or ticket.expires_at <= house.clock.now():
        return None
    return msgspec.convert(ticket.payload, Round)


def _kept(house: House, name: str, state: Round) -> PutTicket:
    now = house.clock.now()
    ticket = Ticket(
        digest=digest_of(name),
        purpose=_PURPOSE,
        user_id=state.user_id,
        payload=msgspec.to_builtins(state),
        created_at=now,
        expires_at=now + WAITS,
    )
    return PutTicket(ticket=ticket)


def _over(house: House, name: str) -> PutTicket:
    """Nothing of a round stays once it is over."""
    now = house.clock.now()
    ticket = Ticket(
        digest=digest_of(name),
        purpose=_PURPOSE,
        user_id="",
        payload={},
        created_at=now,
        expires_at=now,
        used_at=now,
    )
    return PutTicket(ticket=ticket)


def _unconfirmed(
    house: House,
    exchange: Exchange,
    found: Round,
    here: Stop,
    why: str,
    *,
    rule: str | None = None,
) -> AppendLog:
    return witness(house, exchange).line(
        "flo",
        client_id=here.client_id,
        user_id=found.user_id,
        description=why,
        rule=rule,
    )
