"""``/u/mfa-enroll``: set up a second factor on the way to an app.

Nothing is stored before it is proven: what is being set up travels sealed in the form,
bound to the session that asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import AccessDenied
from gatelodge.base.exchange import Exchange, Page, Reply
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.base.urls import add_query
from gatelodge.endpoints import code_post, mfa_standing
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.login_page import cancelled, open_as
from gatelodge.endpoints.mfa_standing import DONE_PATH, ENROL_PATH, MFA_PATH, Standing
from gatelodge.endpoints.sent import form_of, query_of
from gatelodge.endpoints.visit import Visit, enter, go_on, person_of, state_of
from gatelodge.house import House
from gatelodge.login import factors, masking, one_time_code, recovery_code, totp
from gatelodge.model.factor import Factor, FactorKind
from gatelodge.model.reads import FindTicket
from gatelodge.model.user import User

_ENROLMENT: Final = "factor enrolment"
_PATIENCE: Final = 15 * MINUTE
_CODE_TRIES: Final = 5
_KINDS: Final[Mapping[str, FactorKind]] = {"otp": "totp", "email": "email"}


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A factor that is being set up, as it travels sealed."""

    sid: str
    began_at: int
    factor: Factor


async def show(house: House, exchange: Exchange) -> Reply:
    """Which factor shall it be? Or, where one was chosen, how to set it up.

    Raises:
        ReturnedRefusal: there is none that this person could set up.
    """
    query = query_of(exchange)
    stand = await mfa_standing.standing(house, exchange, query.get("state"))
    if not isinstance(stand, Standing):
        return stand
    if stand.usable:
        return mfa_standing.to(house, stand, MFA_PATH)
    kinds = _offered(stand)
    if not kinds:
        raise stand.visit.request.way_back.refuse(_nothing_to_offer())
    named = query.get("kind") or (kinds[0] if len(kinds) == 1 else None)
    if named not in kinds:
        return _choice(house, stand, kinds)
    return _page(house, stand, _begin(house, stand, _KINDS[named]))


async def submit(house: House, exchange: Exchange) -> Reply:
    """Send the code, or check the first answer: then the factor counts.

    Raises:
        ReturnedRefusal: the person went back to the app.
    """
    form = form_of(exchange)
    stand = await mfa_standing.standing(house, exchange, form.get("state"))
    if not isinstance(stand, Standing):
        return stand
    if "cancel" in form:
        raise stand.visit.request.way_back.refuse(cancelled())
    enrolment = _unsealed(house, stand, form.get("enrolment", ""))
    if stand.usable or enrolment is None:
        return mfa_standing.to(house, stand, ENROL_PATH)
    if "send" in form:
        return await _send(house, exchange, stand, enrolment)
    return await _check(house, exchange, stand, enrolment, form.get("code", ""))


async def done(house: House, exchange: Exchange) -> Reply:
    """The recovery code is written down: on to what the hub wants."""
    visit = enter(house, exchange, form_of(exchange).get("state"))
    if not isinstance(visit, Visit):
        return visit
    signed_in = await person_of(house, exchange, visit)
    return await go_on(house, exchange, visit, signed_in, carried=True)


async def _check(
    house: House,
    exchange: Exchange,
    stand: Standing,
    enrolment: Enrolment,
    typed: str,
) -> Reply:
    if not await mfa_standing.try_taken(house, exchange, stand):
        return _page(house, stand, enrolment, error="error.too_many_tries", status=429)
    proof = await _proof(house, stand, enrolment, typed)
    if proof is None:
        await mfa_standing.refused(house, exchange, stand, enrolment.factor.kind)
        return _page(house, stand, enrolment, error="error.wrong_code")
    counter, spent = proof
    factor = msgspec.structs.replace(enrolment.factor, counter=counter)
    return await _enrol(house, exchange, stand, factor, spent)


async def _enrol(
    house: House,
    exchange: Exchange,
    stand: Standing,
    factor: Factor,
    spent: tuple[Write, ...],
) -> Reply:
    enrolled = factors.enrol(
        factor,
        stand.signed_in.person.user,
        allowed=stand.visit.snapshot.catalogue.settings.mfa.factors,
        raw=house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES),
        now=house.clock.now(),
    )
    line = mfa_standing.line(
        house, exchange, stand, "gd_enrollment_complete", factor.kind
    )
    writes = (*spent, *enrolled.writes, line)
    if enrolled.code is None:
        return await mfa_standing.proven(
            house, exchange, stand, factor.kind, writes=writes, remember=False
        )
    return await recovery_page(
        house, exchange, stand, factor.kind, code=enrolled.code, writes=writes
    )


async def recovery_page(
    house: House,
    exchange: Exchange,
    stand: Standing,
    kind: FactorKind,
    *,
    code: str,
    writes: tuple[Write, ...],
) -> Reply:
    """Signed in, and a new recovery code to write down: it is shown this once."""
    opening = await open_as(
        house,
        exchange,
        stand.visit,
        mfa_standing.account(stand),
        amr=factors.amr_of(stand.signed_in.session.amr, kind),
    )
    forgiven = factors.forgive(stand.user_id)
    log = mfa_standing.line(house, exchange, stand, "gd_auth_succeed", kind)
    if not await house.store.commit((*writes, *opening.writes, forgiven, log)):
        return mfa_standing.to(house, stand, MFA_PATH)
    visit = opening.visit
    return Page(
        name="mfa_recovery",
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": DONE_PATH,
            "state": state_of(house, visit),
            "client_name": visit.request.client.name,
            "client_logo": logo_of(visit.request.client),
            "code": " ".join(code[at : at + 4] for at in range(0, len(code), 4)),
            "used": kind == "recovery",
        },
    )


async def _proof(
    house: House, stand: Standing, enrolment: Enrolment, typed: str
) -> tuple[int, tuple[Write, ...]] | None:
    """The factor's counter after a right answer, and what that answer spends."""
    now, factor = house.clock.now(), enrolment.factor
    if factor.kind == "totp":
        seed = mfa_standing.seed_of(house, factor)
        step = totp.step_of(seed, typed, now=now) if seed else None
        return None if step is None else (step, ())
    name = mfa_standing.name_of_code(stand, factor.id)
    taken = one_time_code.take_try(name, most=_CODE_TRIES, lifetime=_PATIENCE, now=now)
    if not await house.store.commit((taken,)):
        return None
    question = FindTicket(digest=one_time_code.digest(name), purpose="one_time_code")
    bundle = await house.store.read(question)
    keys = house.sealer.mac_keys(one_time_code.MAC_PURPOSE)
    if not one_time_code.fits(bundle, name, typed, keys=keys, now=now):
        return None
    return 0, (one_time_code.spend(name, now),)


async def _send(
    house: House, exchange: Exchange, stand: Standing, enrolment: Enrolment
) -> Page:
    factor = enrolment.factor
    sent = await code_post.send(
        house,
        exchange,
        name=mfa_standing.name_of_code(stand, factor.id),
        user_id=stand.user_id,
        kind=factor.kind,
        to=str(factor.details.get("to", "")),
        lifetime=_PATIENCE,
    )
    error = None if sent else "error.just_sent"
    return _page(house, stand, enrolment, sent=True, error=error)


def _offered(stand: Standing) -> list[str]:
    """What this person can set up: mail goes to an address known to be theirs."""
    user = stand.signed_in.person.user
    allowed = stand.visit.snapshot.catalogue.settings.mfa.factors
    kinds = [kind for kind in factors.offered(allowed) if kind in _KINDS]
    if user.email_verified_at is None and "email" in kinds:
        kinds.remove("email")
    return [str(kind) for kind in kinds]


def _begin(house: House, stand: Standing, kind: FactorKind) -> Enrolment:
    """A factor of this kind, not yet proven."""
    now, user = house.clock.now(), stand.signed_in.person.user
    sealed = None
    details: dict[str, object] = {}
    if kind == "totp":
        sealed = house.sealer.seal(
            house.entropy.draw(totp.SEED_BYTES),
            purpose=mfa_standing.SEED,
            nonce=house.entropy.draw(NONCE_BYTES),
        )
    else:
        details = {"to": user.email}
    factor = Factor(
        id=factors.factor_id(kind, house.entropy.draw(factors.ID_BYTES)),
        user_id=user.user_id,
        kind=kind,
        details=details,
        sealed=sealed,
        created_at=now,
    )
    return Enrolment(sid=stand.signed_in.session.sid, began_at=now, factor=factor)


def _sealed(house: House, enrolment: Enrolment) -> str:
    return house.sealer.seal_text(
        msgspec.json.encode(enrolment),
        purpose=_ENROLMENT,
        nonce=house.entropy.draw(NONCE_BYTES),
    )


def _unsealed(house: House, stand: Standing, sealed: str) -> Enrolment | None:
    """What this very session began to set up, not too long ago."""
    try:
        plain = house.sealer.unseal_text(sealed, purpose=_ENROLMENT)
        found = msgspec.json.decode(plain, type=Enrolment)
    except (SealBroken, msgspec.DecodeError):
        return None
    session = stand.signed_in.session
    mine = found.sid == session.sid and found.factor.user_id == session.user_id
    fresh = house.clock.now() - found.began_at <= _PATIENCE
    return found if mine and fresh else None


def _choice(house: House, stand: Standing, kinds: list[str]) -> Page:
    state = state_of(house, stand.visit)
    return _shown(
        house,
        stand,
        {
            "state": state,
            "lead": "factor.enroll_lead",
            "kinds": [
                {
                    "text_id": f"factor.choose_{kind}",
                    "href": add_query(ENROL_PATH, [("state", state), ("kind", kind)]),
                }
                for kind in kinds
            ],
        },
    )


def _page(
    house: House,
    stand: Standing,
    enrolment: Enrolment,
    *,
    sent: bool = False,
    error: str | None = None,
    status: int = 200,
) -> Page:
    """How to set this factor up, and the field for its first answer."""
    factor, user = enrolment.factor, stand.signed_in.person.user
    by_app = factor.kind == "totp"
    asks_code = sent or by_app or error is not None
    several = len(_offered(stand)) > 1
    state = state_of(house, stand.visit)
    text = "lead" if asks_code and not by_app else "enroll_lead"
    params = {"to": masking.masked(factor)}
    context: dict[str, object] = {
        "state": state,
        "lead": {"text_id": f"factor.{text}_{factor.kind}", "params": params},
        "enrolment": _sealed(house, enrolment),
        "asks_code": asks_code,
        "can_send": not by_app,
        "error": error,
        "choose_url": add_query(ENROL_PATH, [("state", state)]) if several else None,
        **_secret(house, stand, factor, user),
    }
    return _shown(house, stand, context, status=status)


def _secret(
    house: House, stand: Standing, factor: Factor, user: User
) -> dict[str, object]:
    seed = mfa_standing.seed_of(house, factor) if factor.kind == "totp" else None
    if seed is None:
        return {}
    tenant = stand.visit.snapshot.catalogue.settings.friendly_name
    spelled = totp.spelled(seed)
    return {
        "qr": totp.address(seed, tenant=tenant, account=user.label),
        "secret": " ".join(spelled[at : at + 4] for at in range(0, len(spelled), 4)),
    }


def _shown(
    house: House, stand: Standing, context: dict[str, object], status: int = 200
) -> Page:
    visit, client = stand.visit, stand.visit.request.client
    return Page(
        name="mfa_enroll",
        status=status,
        cookies=visit.cookies,
        ui_locales=visit.request.wishes.ui_locales,
        context={
            "action": ENROL_PATH,
            "client_name": client.name,
            "client_logo": logo_of(client),
            "user_email": stand.signed_in.person.user.label,
            **context,
        },
    )


def _nothing_to_offer() -> AccessDenied:
    return AccessDenied(
        "A second factor is needed, and there is none this person can set up.",
        rule="Auth0-mfa-none",
    )
