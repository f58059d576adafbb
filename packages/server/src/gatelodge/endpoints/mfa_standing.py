"""What the pages of a second factor share: where a person stands, and the way on."""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import ProtocolRefusal
from gatelodge.base.exchange import Exchange, Redirect, Reply
from gatelodge.base.seal import SealBroken
from gatelodge.base.urls import add_query
from gatelodge.endpoints import browser
from gatelodge.endpoints.corridor import witness
from gatelodge.endpoints.login_page import enter_as
from gatelodge.endpoints.visit import Visit, enter, go_on, person_of, state_of
from gatelodge.house import House
from gatelodge.login import factors, remembered, throttle
from gatelodge.login.journey import Ask, next_step
from gatelodge.model.factor import TOTP_SEED, Factor, FactorKind
from gatelodge.model.reads import Account, ListFactors, SignedIn
from gatelodge.model.settings import MfaFactor

MFA_PATH: Final = "/u/mfa"
ENROL_PATH: Final = "/u/mfa-enroll"
DONE_PATH: Final = "/u/mfa-done"
SEED: Final = TOTP_SEED


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom the hub asks for a second factor, and what they have."""

    visit: Visit
    signed_in: SignedIn
    held: tuple[Factor, ...]
    allowed: tuple[MfaFactor, ...]
    usable: tuple[Factor, ...]

    @property
    def user_id(self) -> str:
        """Whose factors these are."""
        return self.signed_in.session.user_id


async def standing(
    house: House, exchange: Exchange, state: str | None
) -> Standing | Reply:
    """Where the person stands; where else they have to go if not here."""
    visit = enter(house, exchange, state)
    if not isinstance(visit, Visit):
        return visit
    signed_in = await person_of(house, exchange, visit)
    if visit.lost or signed_in is None or not _asked(house, visit, signed_in):
        carried = visit.transaction.acted
        return await go_on(house, exchange, visit, signed_in, carried=carried)
    held = await house.store.read(ListFactors(user_id=signed_in.session.user_id))
    allowed = factors.beside(
        visit.snapshot.catalogue.settings.mfa.factors, signed_in.session.amr
    )
    return Standing(
        visit=visit,
        signed_in=signed_in,
        held=held,
        allowed=allowed,
        usable=factors.usable(held, allowed),
    )


def _asked(house: House, visit: Visit, signed_in: SignedIn) -> bool:
    try:
        step = next_step(
            visit.request,
            signed_in,
            visit.transaction,
            catalogue=visit.snapshot.catalogue,
            now=house.clock.now(),
        )
    except ProtocolRefusal:
        return False  # go_on meets the same refusal and sends it to the app
    return isinstance(step, Ask) and step.screen == "mfa"


async def proven(
    house: House,
    exchange: Exchange,
    stand: Standing,
    kind: FactorKind,
    *,
    writes: tuple[Write, ...],
    remember: bool,
) -> Reply:
    """A second factor is proven: a session that says so, and on to the hub."""
    amr = factors.amr_of(stand.signed_in.session.amr, kind)
    visit, kept = _remembering(house, stand, remember=remember)
    told = line(house, exchange, stand, "gd_auth_succeed", kind)
    forgiven = throttle.forgive(throttle.SECOND_FACTOR, stand.user_id)
    return await enter_as(
        house,
        exchange,
        visit,
        account(stand),
        writes=(*writes, *kept, forgiven, told),
        amr=amr,
        further=True,
    )


async def try_taken(house: House, exchange: Exchange, stand: Standing) -> bool:
    """Take one of the person's tries; False, and a log line, when there is none."""
    taken = throttle.take(throttle.SECOND_FACTOR, stand.user_id, now=house.clock.now())
    if await house.store.commit((taken,)):
        return True
    told = line(house, exchange, stand, "gd_otp_rate_limit_exceed", None)
    await house.store.commit((told,))
    return False


async def refused(
    house: House,
    exchange: Exchange,
    stand: Standing,
    kind: FactorKind,
    *,
    because: str | None = None,
) -> None:
    """A wrong answer is in the log."""
    told = line(house, exchange, stand, "gd_auth_failed", kind, because=because)
    await house.store.commit((told,))


def _remembering(
    house: House, stand: Standing, *, remember: bool
) -> tuple[Visit, tuple[Write, ...]]:
    """Where the policy is ``adaptive`` this is what it adapts to."""
    mfa = stand.visit.snapshot.catalogue.settings.mfa
    policy = stand.visit.request.client.options.mfa_policy or mfa.policy
    wanted = mfa.remember_days > 0 and (remember or policy == "adaptive")
    if not wanted:
        return stand.visit, ()
    kept = remembered.remember(
        stand.user_id,
        days=mfa.remember_days,
        raw=house.entropy.draw(remembered.SECRET_BYTES),
        now=house.clock.now(),
    )
    cookie = browser.remembered_cookie(kept.secret, mfa.remember_days)
    cookies = (*stand.visit.cookies, cookie)
    return msgspec.structs.replace(stand.visit, cookies=cookies), (kept.write,)


def line(
    house: House,
    exchange: Exchange,
    stand: Standing,
    log_type: str,
    kind: FactorKind | None,
    *,
    because: str | None = None,
) -> Write:
    """A line of the log about this person's factors."""
    return witness(house, exchange).line(
        log_type,
        client_id=stand.visit.request.client.client_id,
        user_id=stand.user_id,
        connection_id=stand.signed_in.person.user.connection_id,
        factor=kind,
        because=because,
    )


def account(stand: Standing) -> Account:
    """The person, as a step that has proven them hands them on."""
    return Account(person=stand.signed_in.person, consented=stand.signed_in.consented)


def to(house: House, stand: Standing, path: str) -> Redirect:
    """To another page of the second factor, with a fresh state."""
    location = add_query(path, [("state", state_of(house, stand.visit))])
    return Redirect(location=location, cookies=stand.visit.cookies)


def seed_of(house: House, known: Factor) -> bytes | None:
    """The seed of an authenticator app; None where it cannot be opened any more."""
    try:
        return house.sealer.unseal(known.sealed or b"", purpose=SEED)
    except SealBroken:
        return None


def name_of_code(stand: Standing, factor_id: str) -> str:
    """Under which name a code for this person, in this browser, is kept."""
    return digest_of(f"{stand.signed_in.session.sid}\x00{factor_id}")
