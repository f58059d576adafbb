"""An authenticator app that its person sets up by themselves: on a page, or by an app.

Nothing is stored before it is proven: what is being set up travels sealed, bound to the
person, for a quarter of an hour, and is used once.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import AccountRefusal
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES, SealBroken
from gatelodge.endpoints import mfa_standing
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import factor_change, factors, recovery_code, throttle, totp
from gatelodge.model.factor import Factor
from gatelodge.model.user import User
from gatelodge.model.writes import SpendJti

_PURPOSE: Final = "own enrolment"
_PATIENCE: Final = 15 * MINUTE


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A factor that is being set up, as it travels sealed."""

    began_at: int
    factor: Factor


def begin(house: House, user_id: str, seed: bytes) -> Enrolment:
    """An authenticator app that is not proven yet."""
    now = house.clock.now()
    factor = Factor(
        id=factors.factor_id("totp", house.entropy.draw(factors.ID_BYTES)),
        user_id=user_id,
        kind="totp",
        sealed=house.sealer.seal(
            seed,
            purpose=mfa_standing.SEED,
            nonce=house.entropy.draw(NONCE_BYTES),
        ),
        created_at=now,
    )
    return Enrolment(began_at=now, factor=factor)


def seal(house: House, enrolment: Enrolment) -> str:
    """For the way to the person and back."""
    return house.sealer.seal_text(
        msgspec.json.encode(enrolment),
        purpose=_PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )


def unseal(house: House, user_id: str, sealed: str) -> Enrolment | None:
    """What this very person began to set up, not too long ago."""
    try:
        plain = house.sealer.unseal_text(sealed, purpose=_PURPOSE)
        found = msgspec.json.decode(plain, type=Enrolment)
    except (SealBroken, msgspec.DecodeError):
        return None
    fresh = house.clock.now() - found.began_at <= _PATIENCE
    return found if fresh and found.factor.user_id == user_id else None


async def enrol(
    house: House,
    exchange: Exchange,
    user: User,
    enrolment: Enrolment,
    typed: str,
    *,
    client_id: str,
) -> str | None:
    """Check the first code and store the factor; a recovery code, if one is due.

    Raises:
        AccountRefusal: a wrong code, too many, or the enrolment was used before.
    """
    now = house.clock.now()
    taken = throttle.take(throttle.SECOND_FACTOR, user.user_id, now=now)
    if not await house.store.commit((taken,)):
        raise _wrong("Too many tries", "error.too_many_attempts", 429)
    seed = mfa_standing.seed_of(house, enrolment.factor)
    step = totp.step_of(seed, typed, now=now) if seed else None
    if step is None:
        raise _wrong("The code is not valid", "error.code_wrong", 400)
    enrolled = factors.enrol(
        msgspec.structs.replace(enrolment.factor, counter=step),
        user,
        allowed=house.snapshot.catalogue.settings.mfa.factors,
        raw=house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES),
        now=now,
    )
    told = _told(house, exchange, enrolment.factor, client_id)
    if not await house.store.commit((*_once(enrolment, now), *enrolled.writes, told)):
        raise _wrong("The auth_session was used before", "error.form_expired", 409)
    return enrolled.code


def _once(enrolment: Enrolment, now: int) -> tuple[Write, ...]:
    key = digest_of(f"enrolment\x00{enrolment.factor.id}")
    return (
        SpendJti(key=key, expires_at=now + 2 * _PATIENCE),
        throttle.forgive(throttle.SECOND_FACTOR, enrolment.factor.user_id),
    )


def _told(house: House, exchange: Exchange, factor: Factor, client_id: str) -> Write:
    return witness(house, exchange).line(
        factor_change.SUCCEEDED,
        client_id=client_id,
        user_id=factor.user_id,
        description="Add an authentication method",
        factor=factor.kind,
        factor_id=factor.id,
    )


def _wrong(says: str, text_id: str, status: int) -> AccountRefusal:
    return AccountRefusal(says, text_id=text_id, rule="House-me-code", status=status)
