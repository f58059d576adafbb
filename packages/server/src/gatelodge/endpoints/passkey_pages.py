"""``/u/passkey/login``: signing in with a passkey. ``/u/passkey``: making one."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import ProtocolRefusal, WebauthnRefusal
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.endpoints import login_page, passkeys
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, enter, go_on, person_of, state_of
from gatelodge.house import House
from gatelodge.login import passkey, webauthn, webauthn_answer
from gatelodge.login.journey import Ask, next_step
from gatelodge.login.relying_party import RelyingParty
from gatelodge.model.factor import Factor
from gatelodge.model.reads import FindCredential, ListFactors, SignedIn


async def sign_in(house: House, exchange: Exchange) -> Reply:
    """Let in whose passkey has signed.

    Raises:
        ReturnedRefusal: the person is blocked.
    """
    form = form_of(exchange)
    visit = enter(house, exchange, form.get("state"))
    if not isinstance(visit, Visit):
        return visit
    party = passkeys.party_of(visit)
    if visit.lost or party is None:
        lost = "error.session_lost" if visit.lost else "error.passkey_failed"
        return _again(house, visit, lost)
    try:
        challenge, answer = passkeys.answered(
            house, form, subject=passkeys.signing_in(visit)
        )
        entry = await _entry(house, exchange, visit, party, challenge, answer)
    except WebauthnRefusal as refusal:
        who, client = witness(house, exchange), visit.request.client
        log = refusal.writes or (passkey.failure(refusal, who, client=client),)
        await house.store.commit(log)
        return _again(house, visit, refusal.says)
    told = form if entry.elsewhere else {}  # a passkey of this device is enough
    onward = await passkeys.offering(house, visit, told, entry.account, elsewhere=True)
    return await login_page.enter_as(
        house,
        exchange,
        onward,
        entry.account,
        writes=(challenge.spend(), *entry.writes),
        amr=entry.amr,
    )


async def _entry(
    house: House,
    exchange: Exchange,
    visit: Visit,
    party: RelyingParty,
    challenge: webauthn.Challenge,
    answer: webauthn_answer.Answer,
) -> passkey.Entry:
    request = visit.request
    catalogue = visit.snapshot.catalogue
    bundle = await house.store.read(
        FindCredential(
            credential=answer.raw_id,
            client_id=request.client.client_id,
            audience=request.audience,
        )
    )
    return passkey.enter(
        bundle,
        answer,
        party=party,
        challenge=challenge,
        client=request.client,
        catalogue=catalogue,
        connection=catalogue.connection(request.connection or ""),
        witness=witness(house, exchange),
    )


def _again(house: House, visit: Visit, error: str) -> Page:
    hint = visit.request.wishes.login_hint or ""
    return login_page.page(house, visit, identifier=hint, error=error)


async def show(house: House, exchange: Exchange) -> Reply:
    """Offer a passkey to somebody who has just signed in without one."""
    visit = enter(house, exchange, query_of(exchange).get("state"))
    if not isinstance(visit, Visit):
        return visit
    signed_in = await person_of(house, exchange, visit)
    party = passkeys.party_of(visit)
    if signed_in is None or party is None or not _due(house, visit, signed_in):
        return await _go_on(house, exchange, visit, signed_in)
    known = await _known(house, signed_in)
    return _page(house, visit, signed_in, party, known)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Make the passkey, or be quiet about it for a while; then go on."""
    form = form_of(exchange)
    visit = enter(house, exchange, form.get("state"))
    if not isinstance(visit, Visit):
        return visit
    signed_in = await person_of(house, exchange, visit)
    party = passkeys.party_of(visit)
    if signed_in is None or party is None or not _due(house, visit, signed_in):
        return await _go_on(house, exchange, visit, signed_in)
    if "credential" not in form:
        quiet = passkey.be_quiet(signed_in.session.user_id, house.clock.now())
        return await _go_on(house, exchange, visit, signed_in, writes=quiet)
    known = await _known(house, signed_in)
    try:
        made = _made(house, exchange, visit, signed_in, party, known, form)
    except WebauthnRefusal as refusal:
        log = passkey.failure(
            refusal,
            witness(house, exchange),
            client=visit.request.client,
            user=signed_in.person.user,
        )
        await house.store.commit((*refusal.writes, log))
        return _page(house, visit, signed_in, party, known, error=refusal.says)
    return await _go_on(house, exchange, visit, signed_in, writes=made)


def _made(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn,
    party: RelyingParty,
    known: tuple[Factor, ...],
    form: Mapping[str, str],
) -> tuple[Write, ...]:
    challenge, answer = passkeys.answered(
        house, form, subject=passkeys.enrolling(signed_in.session.sid)
    )
    who = witness(house, exchange)
    user = signed_in.person.user
    factor = passkey.new_factor(
        answer,
        user,
        party=party,
        challenge=challenge,
        known=known,
        raw=house.entropy.draw(passkey.FACTOR_ID_BYTES),
        now=who.at,
    )
    added = passkey.added(
        factor, user, client_id=visit.request.client.client_id, witness=who
    )
    told = passkeys.told(
        house,
        exchange,
        user,
        "passkey_added",
        ui_locales=visit.request.wishes.ui_locales,
    )
    return (challenge.spend(), *added, *told)


def _due(house: House, visit: Visit, signed_in: SignedIn) -> bool:
    """Whether the hub asks for this page now: a fresh proof of this very session."""
    now = house.clock.now()
    if visit.lost or not signed_in.session.alive(now):
        return False
    try:
        step = next_step(
            visit.request,
            signed_in,
            visit.transaction,
            catalogue=visit.snapshot.catalogue,
            now=now,
        )
    except ProtocolRefusal:
        return False  # go_on meets the same refusal and sends it to the app
    return isinstance(step, Ask) and step.screen == "passkey"


async def _known(house: House, signed_in: SignedIn) -> tuple[Factor, ...]:
    return await house.store.read(ListFactors(user_id=signed_in.session.user_id))


async def _go_on(
    house: House,
    exchange: Exchange,
    visit: Visit,
    signed_in: SignedIn | None,
    *,
    writes: tuple[Write, ...] = (),
) -> Reply:
    """On with the sign-in: it was asked, or there is nothing to ask."""
    carried = visit.transaction.acted
    done = msgspec.structs.replace(visit.transaction, passkey_offer=False)
    onward = msgspec.structs.replace(visit, transaction=done)
    return await go_on(
        house, exchange, onward, signed_in, writes=writes, carried=carried
    )


def _page(
    house: House,
    visit: Visit,
    signed_in: SignedIn,
    party: RelyingParty,
    known: tuple[Factor, ...],
    *,
    error: str | None = None,
) -> Page:
    user = signed_in.person.user
    client = visit.request.client
    return Page(
        name="passkey_offer",
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": "/u/passkey",
            "state": state_of(house, visit),
            "client_name": client.name,
            "client_logo": logo_of(client),
            "user_email": user.label,
            "error": error,
            "passkey": passkeys.offered(
                house, party, user, sid=signed_in.session.sid, known=known
            ),
        },
    )
