"""One visit to a page of ours in the midst of a sign-in.

Whatever happened to the browser (reload, back, lost cookies, an hour's pause, a
restart of ours), a visit ends at a working form: a state that is not good here is
replaced by a fresh one of the same request, and proofs are never carried over.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url
from gatelodge.base.errors import InteractionRequired, ProtocolRefusal, Refusal
from gatelodge.base.exchange import Cookie, Exchange, Page, Redirect, Reply
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.base.urls import add_query
from gatelodge.endpoints import acting, browser, inside, joining, saml_answer
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.ending import Ending, issued, waiting
from gatelodge.house import House, Snapshot
from gatelodge.login.home_realm import at_home, home_of
from gatelodge.login.joining import Joining
from gatelodge.login.journey import Ask, Step, next_step
from gatelodge.login.passwordless import STRATEGIES
from gatelodge.login.transaction import (
    JTI_BYTES,
    Transaction,
    begin,
    seal,
    unseal,
)
from gatelodge.login.web_view import is_embedded
from gatelodge.model.reads import SignedIn
from gatelodge.oauth.log import failed_actions
from gatelodge.oauth.outcome import (
    NO_RUN,
    Run,
    demands_factor,
    denial,
    scopes_of,
    spoken,
)
from gatelodge.oauth.request import AuthorizationRequest, check, told_first


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A checked request and how far its person has come.

    ``lost`` says that the state or its cookie was not good, so that nothing a form
    brought may be believed. ``embedded`` says that the page is shown inside an app.
    ``came`` is what came back from an action's redirect.
    """

    snapshot: Snapshot
    request: AuthorizationRequest
    transaction: Transaction
    cookies: tuple[Cookie, ...] = ()
    lost: bool = False
    embedded: bool = False
    came: acting.Came | None = None


def open_visit(
    house: House, exchange: Exchange, pairs: Iterable[tuple[str, str]]
) -> Visit:
    """Check an authorization request and begin with it.

    Raises:
        PageRefusal: nothing may be sent to the redirect URI.
        ReturnedRefusal: the app gets an error.
    """
    snapshot, sent = house.snapshot, list(pairs)
    request = saml_answer.taken_up(house, exchange, sent) or check(
        sent,
        snapshot.catalogue,
        issuer=exchange.issuer,
        hint_keys=snapshot.keyring.public_keys,
    )
    cookie, cookies = browser.binding(house, exchange)
    transaction = begin(
        request.params,
        issuer=exchange.issuer,
        cookie=cookie,
        jti=b64url(house.entropy.draw(JTI_BYTES)),
        now=house.clock.now(),
    )
    return Visit(
        snapshot=snapshot,
        request=request,
        transaction=transaction,
        cookies=cookies,
        embedded=is_embedded(exchange.agent),
    )


def enter(house: House, exchange: Exchange, sealed: str | None) -> Visit | Reply:
    """Take up the visit whose state the browser brought."""
    found = unseal(sealed, house.sealer) if sealed else None
    return nowhere(house) if found is None else resume(house, exchange, found)


def resume(house: House, exchange: Exchange, found: Transaction) -> Visit | Reply:
    """Take up a visit from its transaction, in the browser where it began."""
    if found.expired(house.clock.now()):
        return _too_late(house, found)
    fresh = open_visit(house, exchange, found.params.items())
    bound = found.bound_to(exchange.cookies.get(browser.BINDING))
    if not bound or found.issuer != exchange.issuer:
        return msgspec.structs.replace(fresh, lost=True)
    return msgspec.structs.replace(fresh, transaction=found)


def nowhere(house: House) -> Reply:
    """No app is known: the tenant may have named an address for such visitors."""
    onward = house.snapshot.catalogue.settings.default_redirection_uri
    return Page(name="session_expired", context={"restart_url": onward}, status=400)


def _too_late(house: House, found: Transaction) -> Reply:
    """After a day the app no longer waits; starting over is still one tap away.

    At the app's own address for that if it has one: there it makes a new request.
    """
    client = house.snapshot.catalogue.clients.get(found.params.get("client_id", ""))
    own = client.options.initiate_login_uri if client else None
    restart = own or add_query("/authorize", found.params.items())
    return Page(
        name="session_expired",
        context={"restart_url": restart, "client_name": client and client.name},
        status=400,
        ui_locales=found.params.get("ui_locales"),
    )


async def person_of(house: House, exchange: Exchange, visit: Visit) -> SignedIn | None:
    """Who is signed in in this browser, with their consent for this request."""
    return await browser.find_signed_in(
        house,
        exchange,
        client_id=visit.request.client.client_id,
        audience=visit.request.audience,
    )


def state_of(house: House, visit: Visit) -> str:
    """The visit's state, sealed for the next form."""
    return seal(visit.transaction, house.sealer, house.entropy.draw(NONCE_BYTES))


async def go_on(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn | None,
    *,
    writes: tuple[Write, ...] = (),
    carried: bool = False,
    run: Run | None = None,
    joining: Joining | None = None,
) -> Reply:
    """Ask the hub what is next, write it, and send the browser there.

    ``carried`` says that an earlier proof in the state is used now: it is spent in
    this commit, and a second use starts the request afresh. ``run`` is what the
    actions have said, where they were asked just now. ``joining`` becomes part of the
    person's account when the app gets its code, and not before.

    Raises:
        ReturnedRefusal: the app gets an error.
    """
    try:
        step = next_step(
            visit.request,
            signed_in,
            visit.transaction,
            catalogue=visit.snapshot.catalogue,
            now=house.clock.now(),
        )
        page, kept = _asking(house, visit, step, joining)
    except ProtocolRefusal as refusal:
        told = await _told(house, exchange, visit, signed_in, refusal, writes=writes)
        raise told from refusal
    if page is not None:
        return await _away(house, exchange, visit, page, (*writes, *kept))
    if signed_in is None or isinstance(step, Ask):  # the hub never issues then
        raise RuntimeError("issue without a person")
    ending = _ending(visit, signed_in, writes, carried, run, joining)
    return await _settle(house, exchange, visit, ending, step.scopes)


def _asking(
    house: House, visit: Visit, step: Step, joins: Joining | None
) -> tuple[str | None, tuple[Write, ...]]:
    """Where the person has something to answer; who joins waits for that."""
    if not isinstance(step, Ask):
        return None, ()
    if joins is None:
        return _page_of(house, visit, step), ()
    name, kept = joining.kept(house, joins)
    transaction = msgspec.structs.replace(visit.transaction, joining=name)
    visit = msgspec.structs.replace(visit, transaction=transaction)
    return _page_of(house, visit, step), (kept,)


def _ending(
    visit: Visit,
    signed_in: SignedIn,
    writes: tuple[Write, ...],
    carried: bool,
    run: Run | None,
    joining: Joining | None,
) -> Ending:
    return Ending(
        snapshot=visit.snapshot,
        request=visit.request,
        transaction=visit.transaction,
        signed_in=signed_in,
        run=run or NO_RUN,
        asked=run is not None,
        writes=writes,
        carried=carried,
        joining=joining,
    )


async def _settle(
    house: House,
    exchange: Exchange,
    visit: Visit,
    ending: Ending,
    scopes: tuple[str, ...],
) -> Reply:
    """Do what the actions want: refuse, wait, or issue with their scopes and claims.

    Raises:
        ReturnedRefusal: an action said no, or nobody may be sent away. Then nothing
            of this sign-in holds, but the log says why.
    """
    if not ending.asked:
        ending = await acting.at_login(
            house, exchange, ending, scopes=scopes, came=visit.came
        )
    outcome = ending.run.outcome
    if outcome.denied is not None:
        raise await _denied(house, exchange, visit, ending, denial(outcome.denied))
    if outcome.redirect is not None and visit.request.wishes.silent:
        never = InteractionRequired(
            "Interaction required", rule="OIDC-3.1.2.6.interaction"
        )
        raise await _denied(house, exchange, visit, ending, never)
    asks = demands_factor(outcome, ending.signed_in.session.amr)
    if outcome.redirect is not None or asks:
        return await _wait(house, exchange, visit, ending)
    client, api = visit.request.client, visit.request.api
    final = scopes_of(scopes, outcome, client=client, api=api)
    return await _issue(house, exchange, visit, ending, final)


async def _denied(
    house: House,
    exchange: Exchange,
    visit: Visit,
    ending: Ending,
    said: ProtocolRefusal,
) -> Refusal:
    kept = tuple(one for one in visit.cookies if one.name == browser.BINDING)
    before = msgspec.structs.replace(visit, cookies=kept)
    run, signed_in = ending.run, ending.signed_in
    return await _told(house, exchange, before, signed_in, said, writes=(), run=run)


async def _wait(
    house: House, exchange: Exchange, visit: Visit, ending: Ending
) -> Reply:
    """Keep what was said, and send the person to where the actions want them."""
    target = ending.run.outcome.redirect
    ending = joining.waiting(house, ending)
    transaction, kept = waiting(house, ending)
    writes = (*ending.writes, *kept)
    if target is None:
        return await go_on(
            house,
            exchange,
            msgspec.structs.replace(visit, transaction=transaction),
            ending.signed_in,
            writes=writes,
            carried=ending.carried,
            run=ending.run,
        )
    location = add_query(target, [("state", transaction.actions or "")])
    return await _away(house, exchange, visit, location, writes)


async def _away(
    house: House,
    exchange: Exchange,
    visit: Visit,
    location: str,
    writes: tuple[Write, ...],
) -> Reply:
    if not await house.store.commit(writes):
        return await _afresh(house, exchange, visit, None)
    return Redirect(location=location, cookies=visit.cookies)


def _page_of(house: House, visit: Visit, step: Ask) -> str:
    """Where the person acts; a connection or an address may lead straight there."""
    state = state_of(house, visit)
    request, catalogue = visit.request, visit.snapshot.catalogue
    if step.screen in ("login", "signup"):
        hint = request.wishes.login_hint or ""
        named = catalogue.connection(request.connection or "")
        home = named or home_of(hint, request, catalogue)
        leads = home is not None and inside.works(home, embedded=visit.embedded)
        if home is not None and leads and home.options.elsewhere:
            return at_home(state, home, hint)
        if named is not None and named.strategy in STRATEGIES:
            query = [("state", state), ("connection", named.name)]
            return add_query("/u/passwordless", query)
    return add_query(f"/u/{step.screen}", [("state", state)])


async def _issue(
    house: House,
    exchange: Exchange,
    visit: Visit,
    ending: Ending,
    scopes: tuple[str, ...],
) -> Reply:
    ending = await joining.with_joins(house, exchange, ending)
    reply, changes = issued(house, exchange, ending, scopes, cookies=visit.cookies)
    if not await house.store.commit(changes):
        # Used before (a second submit), the session still is; a sign-in is undone.
        person = ending.signed_in if ending.carried or not ending.writes else None
        return await _afresh(house, exchange, visit, person)
    return reply


async def _afresh(
    house: House, exchange: Exchange, visit: Visit, signed_in: SignedIn | None
) -> Reply:
    """Somebody was faster: the same request from its beginning, with no proof."""
    again = open_visit(house, exchange, visit.request.params.items())
    return await go_on(house, exchange, again, signed_in)


async def _told(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn | None,
    refusal: ProtocolRefusal,
    *,
    writes: tuple[Write, ...],
    run: Run = NO_RUN,
) -> Refusal:
    """What the app is told is logged too: ``fsa`` when silent, ``f`` otherwise.

    Who has proven themselves is signed in here, whatever this app may not do: the
    session opens, and its cookie travels with the error. A stranger's app hears of it
    at once only if a person has acted on our pages.
    """
    held = await house.store.commit(writes)
    silent = visit.request.wishes.silent
    who = witness(house, exchange)
    user_id = signed_in.session.user_id if signed_in else None
    client_id = visit.request.client.client_id
    line = who.line(
        "fsa" if silent else "f",
        client_id=client_id,
        user_id=user_id,
        connection_id=signed_in.person.user.connection_id if signed_in else None,
        description=refusal.says,
        error=refusal.code,
        rule=refusal.rule,
        actions=spoken(run.traces),
    )
    failed = failed_actions(run, who, client_id=client_id, user_id=user_id)
    refusal.writes = (*refusal.writes, line, *failed)
    first = told_first(visit.request.client, silent=silent)
    return visit.request.way_back.refuse(
        refusal,
        shown=first and not visit.transaction.acted,
        cookies=visit.cookies if held else (),  # no cookie of a session undone
    )
