"""A second factor that its person sets up by themselves: on a page, or by an app.

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
from gatelodge.endpoints import code_post, mfa_standing
from gatelodge.endpoints.corridor import witness
from gatelodge.house import House
from gatelodge.login import factor_change, factors, recovery_code, throttle, totp
from gatelodge.model.factor import Factor, FactorKind
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


def begin_to(house: House, user_id: str, kind: FactorKind, to: str) -> Enrolment:
    """An address or number that is not proven yet; ``send`` sends it a code."""
    now = house.clock.now()
    factor = Factor(
        id=factors.factor_id(kind, house.entropy.draw(factors.ID_BYTES)),
        user_id=user_id,
        kind=kind,
        details={"to": to},
        created_at=now,
    )
    return Enrolment(began_at=now, factor=factor)


async def send(house: House, exchange: Exchange, enrolment: Enrolment) -> bool:
    """Send the code that proves it; False when too many were sent lately."""
    factor = enrolment.factor
    return await code_post.send(
        house,
        exchange,
        name=_name(factor),
        user_id=factor.user_id,
        kind=factor.kind,
        to=str(factor.details["to"]),
        lifetime=_PATIENCE,
    )


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
    with_recovery: bool = True,
) -> str | None:
    """Check the first code and store the factor; a recovery code, if one is due.

    ``with_recovery``: whether there is somebody to show one to.

    Raises:
        AccountRefusal: a wrong code, too many, or the enrolment was used before.
    """
    now = house.clock.now()
    taken = throttle.take(throttle.SECOND_FACTOR, user.user_id, now=now)
    if not await house.store.commit((taken,)):
        raise _wrong("Too many tries", "error.too_many_attempts", 429)
    proof = await _proof(house, enrolment.factor, typed, now)
    if proof is None:
        raise _wrong("The code is not valid", "error.code_wrong", 400)
    counter, spent = proof
    allowed = house.snapshot.catalogue.settings.mfa.factors
    enrolled = factors.enrol(
        msgspec.structs.replace(enrolment.factor, counter=counter),
        user,
        allowed=allowed if with_recovery else (),
        raw=house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES),
        now=now,
    )
    writes = (*spent, *enrolled.writes)
    await keep(house, exchange, enrolment, writes, client_id=client_id)
    return enrolled.code


async def keep(
    house: House,
    exchange: Exchange,
    enrolment: Enrolment,
    writes: tuple[Write, ...],
    *,
    client_id: str,
) -> None:
    """Store what was proven, once.

    Raises:
        AccountRefusal: the enrolment was used before.
    """
    told = _told(house, exchange, enrolment.factor, client_id)
    once = _once(enrolment, house.clock.now())
    if not await house.store.commit((*once, *writes, told)):
        raise _wrong("The auth_session was used before", "error.form_expired", 409)


async def _proof(
    house: House, factor: Factor, typed: str, now: int
) -> tuple[int, tuple[Write, ...]] | None:
    """The factor's counter after a right answer, and what that answer spends."""
    if factor.kind == "totp":
        seed = mfa_standing.seed_of(house, factor)
        step = totp.step_of(seed, typed, now=now) if seed else None
        return None if step is None else (step, ())
    spent = await code_post.spend_if_right(
        house, _name(factor), typed, lifetime=_PATIENCE
    )
    return None if spent is None else (0, (spent,))


def _name(factor: Factor) -> str:
    return digest_of(f"own enrolment\x00{factor.id}")


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
