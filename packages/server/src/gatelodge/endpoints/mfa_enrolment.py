"""A factor that is being set up: how it travels, and the pages that show it.

Nothing is stored before it is proven: it travels sealed in the form, bound to the
session that asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.exchange import Page
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.base.urls import add_query
from gatelodge.endpoints import inside, mfa_standing, mfa_webauthn, passkeys
from gatelodge.endpoints.branding import logo_of
from gatelodge.endpoints.mfa_standing import ENROL_PATH, Standing
from gatelodge.endpoints.visit import state_of
from gatelodge.house import House
from gatelodge.login import factors, masking, totp
from gatelodge.model.factor import Factor, FactorKind
from gatelodge.model.user import User

PATIENCE: Final = 15 * MINUTE
_PURPOSE: Final = "factor enrolment"
KINDS: Final[Mapping[str, FactorKind]] = {
    "otp": "totp",
    "email": "email",
    "sms": "sms",
    "webauthn": "webauthn",
}


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A factor that is being set up, as it travels sealed."""

    sid: str
    began_at: int
    factor: Factor


def offered(stand: Standing) -> list[str]:
    """What this person can set up: mail goes to an address known to be theirs."""
    user = stand.signed_in.person.user
    kinds = [kind for kind in factors.offered(stand.allowed) if kind in KINDS]
    if user.email_verified_at is None and "email" in kinds:
        kinds.remove("email")
    if "webauthn" in kinds and passkeys.party_of(stand.visit) is None:
        kinds.remove("webauthn")
    if stand.visit.embedded and len(kinds) > 1 and "webauthn" in kinds:
        kinds.remove("webauthn")
    return [str(kind) for kind in kinds]


def begin(
    house: House, stand: Standing, kind: FactorKind, *, to: str | None = None
) -> Enrolment:
    """A factor of this kind, not yet proven; mail goes to the account's address."""
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
        details = {"to": to or user.email}
    factor = Factor(
        id=factors.factor_id(kind, house.entropy.draw(factors.ID_BYTES)),
        user_id=user.user_id,
        kind=kind,
        details=details,
        sealed=sealed,
        created_at=now,
    )
    return Enrolment(sid=stand.signed_in.session.sid, began_at=now, factor=factor)


def unsealed(house: House, stand: Standing, sealed: str) -> Enrolment | None:
    """What this very session began to set up, not too long ago."""
    try:
        plain = house.sealer.unseal_text(sealed, purpose=_PURPOSE)
        found = msgspec.json.decode(plain, type=Enrolment)
    except (SealBroken, msgspec.DecodeError):
        return None
    session = stand.signed_in.session
    mine = found.sid == session.sid and found.factor.user_id == session.user_id
    fresh = house.clock.now() - found.began_at <= PATIENCE
    return found if mine and fresh else None


def choice(house: House, stand: Standing, kinds: list[str]) -> Page:
    """Which kind shall it be?"""
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


def key_page(house: House, stand: Standing, *, error: str | None = None) -> Page:
    """Make a key; the one way that takes a script."""
    state = state_of(house, stand.visit)
    several = len(offered(stand)) > 1
    context: dict[str, object] = {
        "state": state,
        "lead": "factor.enroll_lead_webauthn",
        "passkey": mfa_webauthn.offer(house, stand),
        "choose_url": add_query(ENROL_PATH, [("state", state)]) if several else None,
        "error": error,
    }
    return _shown(house, stand, context)


def number_page(
    house: House, stand: Standing, *, typed: str = "", error: str | None = None
) -> Page:
    """Which number may codes go to?"""
    state = state_of(house, stand.visit)
    several = len(offered(stand)) > 1
    context: dict[str, object] = {
        "state": state,
        "lead": "factor.enroll_lead_number",
        "asks_number": True,
        "phone": typed[:40],
        "errors": {"phone": error} if error else {},
        "choose_url": add_query(ENROL_PATH, [("state", state)]) if several else None,
    }
    return _shown(house, stand, context)


def page(
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
    several = len(offered(stand)) > 1
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
            # The answer shows the recovery code: its address has to lead on too.
            "action": add_query(ENROL_PATH, [("state", str(context["state"]))]),
            "client_name": client.name,
            "client_logo": logo_of(client),
            "user_email": stand.signed_in.person.user.label,
            **inside.way_out(stand.visit.transaction, embedded=stand.visit.embedded),
            **context,
        },
    )


def _sealed(house: House, enrolment: Enrolment) -> str:
    return house.sealer.seal_text(
        msgspec.json.encode(enrolment),
        purpose=_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
