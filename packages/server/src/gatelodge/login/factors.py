"""Which factors a person may answer with, and what an answer changes (contract 2.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url
from gatelodge.login import masking, recovery_code, totp
from gatelodge.model.factor import Factor, FactorKind
from gatelodge.model.settings import MfaFactor
from gatelodge.model.user import User
from gatelodge.model.writes import (
    DeleteFactor,
    DeleteFactors,
    InsertFactor,
    RecountFactors,
    UseFactor,
    VoidTickets,
)
from gatelodge.oauth.second_factor import MULTIPLE, REMEMBERED

ID_BYTES: Final = 12
WITH: Final = "with"
"""Which factor a recovery code came with, until both count."""
_SWITCH: Final[dict[FactorKind, MfaFactor]] = {
    "totp": "otp",
    "webauthn": "webauthn",
    "passkey": "webauthn",
    "email": "email",
    "sms": "sms",
    "recovery": "recovery-code",
}
_AMR: Final[dict[FactorKind, tuple[str, ...]]] = {
    "totp": ("otp",),
    "webauthn": ("hwk", "user"),
    "passkey": ("hwk", "user"),
    "email": ("otp",),
    "sms": ("sms",),
    "recovery": ("kba",),
}
_TYPES: Final[dict[FactorKind, str]] = {
    "totp": "otp",
    "webauthn": "webauthn-roaming",
    "passkey": "webauthn-platform",
    "email": "email",
    "sms": "phone",
    "recovery": "recovery-code",
}
_AUTHENTICATORS: Final[dict[FactorKind, str]] = {
    "totp": "otp",
    "email": "oob",
    "sms": "oob",
    "recovery": "recovery-code",
}
_ORDER: Final = ("webauthn", "passkey", "totp", "sms", "email", "recovery")


def beside(
    allowed: tuple[MfaFactor, ...], amr: tuple[str, ...]
) -> tuple[MfaFactor, ...]:
    """The kinds that prove something which ``amr`` has not proven already.

    A code that came to the mailbox or the telephone is one factor, however often.
    """
    first = tuple(one for one in amr if one not in (MULTIPLE, REMEMBERED))
    same = {("otp", "sms"): "sms", ("otp",): "email"}.get(first)
    return tuple(one for one in allowed if one != same)


def usable(
    factors: Iterable[Factor], allowed: tuple[MfaFactor, ...]
) -> tuple[Factor, ...]:
    """What the person can answer with, best first: what was used last, then by kind.

    A recovery code comes last and is none to begin with: it stands in for another.
    """
    good = [one for one in factors if one.active and _SWITCH[one.kind] in allowed]
    good.sort(
        key=lambda one: (
            one.kind == "recovery",
            -(one.used_at or 0),
            _ORDER.index(one.kind),
        )
    )
    if all(one.kind == "recovery" for one in good):
        return ()
    return tuple(good)


def offered(allowed: tuple[MfaFactor, ...]) -> tuple[MfaFactor, ...]:
    """What the person may set up; a recovery code comes along by itself."""
    return tuple(one for one in allowed if one != "recovery-code")


def requirements(
    factors: Iterable[Factor], allowed: tuple[MfaFactor, ...]
) -> dict[str, list[dict[str, str]]]:
    """What an app does next: ask for one of these, or set one up (contract 3.4)."""
    good = usable(factors, allowed)
    types = dict.fromkeys(_TYPES[one.kind] for one in good)
    if types:
        return {"challenge": [{"type": one} for one in types]}
    words = {"otp": "otp", "email": "email", "sms": "phone"}
    return {
        "enroll": [{"type": words[one]} for one in offered(allowed) if one in words]
    }


def shown(factor: Factor) -> dict[str, Any] | None:
    """A factor as the MFA API lists it; None for a kind that it cannot speak of."""
    word = _AUTHENTICATORS.get(factor.kind)
    if word is None:
        return None
    found: dict[str, Any] = {
        "id": factor.id,
        "authenticator_type": word,
        "active": factor.active,
    }
    if word == "oob":
        found |= {"oob_channel": factor.kind, "name": masking.masked(factor)}
    elif factor.name:
        found["name"] = factor.name
    return found


def factor_id(kind: FactorKind, raw: bytes) -> str:
    """``totp|dev_…``, as the MFA API shows it (contract 3.8)."""
    word = "recovery-code" if kind == "recovery" else kind
    return f"{word}|dev_{b64url(raw[:ID_BYTES])}"


def amr_of(before: tuple[str, ...], kind: FactorKind) -> tuple[str, ...]:
    """How somebody who answered with this kind has proven themselves (RFC 8176)."""
    first = tuple(one for one in before if one not in (MULTIPLE, REMEMBERED))
    return tuple(dict.fromkeys((*first, *_AMR[kind], MULTIPLE)))


def by_app(known: Factor, seed: bytes, typed: str, now: int) -> UseFactor | None:
    """The change that a right code of an authenticator app makes; None for a wrong."""
    step = totp.step_of(seed, typed, now=now, after=known.counter)
    return None if step is None else used(known, step, now)


def used(known: Factor, counter: int, now: int) -> UseFactor:
    """The factor was used; loses against whoever was faster with the same code."""
    return UseFactor(
        id=known.id,
        user_id=known.user_id,
        seen_counter=known.counter,
        counter=counter,
        details=known.details,
        at=now,
    )


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery code was used; here is the next one, to be written down."""

    code: str
    writes: tuple[Write, ...]


def by_recovery(known: Factor, typed: str, *, raw: bytes, now: int) -> Recovered | None:
    """Spend a recovery code and make the next; None for a wrong one.

    ``raw``: ``ID_BYTES`` and then ``recovery_code.CODE_BYTES`` random bytes.
    """
    if not recovery_code.fits(known, typed):
        return None
    code, factor = _next_code(known.user_id, raw, now)
    gone = DeleteFactor(id=known.id, user_id=known.user_id)
    return Recovered(code=code, writes=(gone, InsertFactor(factor=factor)))


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A factor counts from now on; ``code`` is a recovery code to write down."""

    code: str | None
    writes: tuple[Write, ...]


def enrol(
    factor: Factor,
    user: User,
    *,
    allowed: tuple[MfaFactor, ...],
    raw: bytes,
    now: int,
) -> Enrolled:
    """A factor that was just proven becomes one of the person's.

    The first one brings a recovery code. Browsers that were remembered are forgotten:
    they were so by what was there before. ``raw`` as for ``by_recovery``.
    """
    proven = msgspec.structs.replace(factor, confirmed_at=now, used_at=now)
    writes: list[Write] = [InsertFactor(factor=proven), *changed(user.user_id, now)]
    if user.second_factor_at is not None or "recovery-code" not in allowed:
        return Enrolled(code=None, writes=tuple(writes))
    code, spare = _next_code(user.user_id, raw, now)
    old = DeleteFactors(user_id=user.user_id, kind="recovery")
    return Enrolled(code=code, writes=(*writes, old, InsertFactor(factor=spare)))


def changed(user_id: str, now: int) -> tuple[Write, ...]:
    """What follows whenever a person's factors have changed."""
    return (
        RecountFactors(user_id=user_id, at=now),
        VoidTickets(user_id=user_id, purpose="remembered_browser", used_at=now),
    )


def _next_code(user_id: str, raw: bytes, now: int) -> tuple[str, Factor]:
    code = recovery_code.spell(raw[ID_BYTES:])
    id_ = factor_id("recovery", raw)
    return code, recovery_code.factor(code, user_id=user_id, id_=id_, now=now)
