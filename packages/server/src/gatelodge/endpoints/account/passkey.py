"""``/account/passkey``: a passkey of this device, or of a key that is plugged in."""

from __future__ import annotations

from collections.abc import Mapping

from gatelodge.base.change import Write
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.base.exchange import Exchange, Page, Redirect, Reply
from gatelodge.endpoints import passkeys
from gatelodge.endpoints.account.entry import Present, done, enter, page, path_of
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.sent import form_of
from gatelodge.house import House
from gatelodge.login import passkey
from gatelodge.login.relying_party import RelyingParty
from gatelodge.model.connection import ACCOUNT_CLIENT
from gatelodge.model.factor import Factor
from gatelodge.model.reads import ListFactors

_SECTION = "passkey"


async def show(house: House, exchange: Exchange) -> Reply:
    """The question to the browser; it takes the one script that asks authenticators."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    party = passkeys.party_of(present.visit)
    if party is None or not offered(present):
        return Redirect(location=path_of("security"))
    known = await _known(house, present)
    return _page(house, exchange, present, party, known)


async def submit(house: House, exchange: Exchange) -> Reply:
    """Keep the new passkey; the question names the session it was asked in."""
    present = await enter(house, exchange, _SECTION, fresh=True)
    if not isinstance(present, Present):
        return present
    party = passkeys.party_of(present.visit)
    if party is None or not offered(present):
        return Redirect(location=path_of("security"))
    known = await _known(house, present)
    try:
        writes = _made(house, exchange, present, party, known, form_of(exchange))
    except WebauthnRefusal as refusal:
        log = passkey.failure(
            refusal,
            witness(house, exchange),
            client=present.visit.request.client,
            user=present.user,
        )
        await house.store.commit((*refusal.writes, log))
        return _page(house, exchange, present, party, known, error=refusal.says)
    if not await house.store.commit(writes):
        return Redirect(location=path_of(_SECTION))
    return done("security", "factor_added")


def offered(present: Present) -> bool:
    """Whether this person's connection takes passkeys, and this address can."""
    connection = present.snapshot.catalogue.connection_by_id(present.user.connection_id)
    return passkeys.able(present.visit, connection)


def _made(
    house: House,
    exchange: Exchange,
    present: Present,
    party: RelyingParty,
    known: tuple[Factor, ...],
    form: Mapping[str, str],
) -> tuple[Write, ...]:
    challenge, answer = passkeys.answered(
        house, form, subject=passkeys.enrolling(present.session.sid)
    )
    who = witness(house, exchange)
    factor = passkey.new_factor(
        answer,
        present.user,
        party=party,
        challenge=challenge,
        known=known,
        raw=house.entropy.draw(passkey.FACTOR_ID_BYTES),
        now=who.at,
    )
    added = passkey.added(factor, present.user, client_id=ACCOUNT_CLIENT, witness=who)
    told = passkeys.told(house, exchange, present.user, "passkey_added")
    return (challenge.spend(), *added, *told)


async def _known(house: House, present: Present) -> tuple[Factor, ...]:
    return await house.store.read(ListFactors(user_id=present.user.user_id))


def _page(
    house: House,
    exchange: Exchange,
    present: Present,
    party: RelyingParty,
    known: tuple[Factor, ...],
    *,
    error: str | None = None,
) -> Page:
    asked = passkeys.offered(
        house, party, present.user, sid=present.session.sid, known=known
    )
    context = {"passkey": {**asked, "action": path_of(_SECTION)}}
    return page(exchange, present, _SECTION, context, error=error)
