"""The grants of the second factor: ``mfa-otp``, ``mfa-oob``, ``mfa-recovery-code``.

Each takes a try before it looks, spends the ``mfa_token`` with the tokens it gives, and
confirms a factor that was being set up (contract 3.4, 3.8).
"""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.errors import InvalidGrant, TooManyAttempts
from gatelodge.endpoints import (
    code_post,
    direct,
    joining,
    mfa_holder,
    mfa_oob,
    mfa_standing,
)
from gatelodge.endpoints.calling import Calling
from gatelodge.endpoints.mfa_holder import Holder, required
from gatelodge.house import House
from gatelodge.login import (
    factors,
    mfa_token,
    recovery_code,
    throttle,
    totp,
)
from gatelodge.login.mfa_token import MfaToken
from gatelodge.model.factor import Factor, FactorKind
from gatelodge.model.reads import FindPerson
from gatelodge.model.writes import ConfirmFactor
from gatelodge.oauth.direct import Asked, Proof
from gatelodge.oauth.issuance import Issuance


async def by_otp(house: House, calling: Calling) -> Issuance:
    """Tokens for the code of an authenticator app.

    Raises:
        InvalidGrant: the code or the token is not right.
        TooManyAttempts: ten wrong answers in a quarter of an hour.
    """
    typed = required(calling.params, "otp")
    holder = await _holder(house, calling)
    now = calling.witness.at
    for known in _candidates(holder, "totp"):
        seed = mfa_standing.seed_of(house, known)
        step = seed and totp.step_of(seed, typed, now=now, after=known.counter)
        if step:
            writes = _counted(holder, known, step, now)
            return await _give(house, calling, holder, "totp", "seotpft", writes)
    raise InvalidGrant("Invalid otp_code.", rule="Auth0-mfa-otp", because="wrong code")


async def by_oob(house: House, calling: Calling) -> Issuance:
    """Tokens for a code that was sent by mail or text.

    Raises:
        InvalidGrant: the code, its name or the token is not right.
        TooManyAttempts: ten wrong answers in a quarter of an hour.
    """
    factor_id = mfa_oob.factor_of(house, required(calling.params, "oob_code"))
    typed = required(calling.params, "binding_code")
    holder = await _holder(house, calling)
    sent = [
        one
        for kind in ("email", "sms")
        for one in _candidates(holder, kind)
        if one.id == factor_id
    ]
    name = mfa_oob.name_of(holder.token, factor_id or "")
    spent = sent and await code_post.spend_if_right(
        house, name, typed, lifetime=mfa_oob.LIFETIME
    )
    if not spent:
        raise InvalidGrant(
            "Invalid binding_code.", rule="Auth0-mfa-oob", because="wrong or old code"
        )
    (known, *_) = sent
    counted = _counted(holder, known, known.counter, calling.witness.at)
    writes = (spent, *counted)
    return await _give(house, calling, holder, known.kind, "seoobft", writes)


async def by_recovery(house: House, calling: Calling) -> Issuance:
    """Tokens for the recovery code; the answer brings the next one.

    Raises:
        InvalidGrant: the code or the token is not right.
        TooManyAttempts: ten wrong answers in a quarter of an hour.
    """
    typed = required(calling.params, "recovery_code")
    holder = await _holder(house, calling)
    raw = house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES)
    for known in holder.usable:
        if known.kind != "recovery":
            continue
        found = factors.by_recovery(known, typed, raw=raw, now=calling.witness.at)
        if found is not None:
            given = await _give(
                house, calling, holder, "recovery", "sercft", found.writes
            )
            return msgspec.structs.replace(given, more={"recovery_code": found.code})
    raise InvalidGrant(
        "MFA Authorization rejected.", rule="Auth0-mfa-recovery", because="wrong code"
    )


async def _holder(house: House, calling: Calling) -> Holder:
    """Who answers; a try is taken."""
    holder = await mfa_holder.by_params(house, calling)
    taken = throttle.take(
        throttle.SECOND_FACTOR, holder.user.user_id, now=calling.witness.at
    )
    if not await house.store.commit((taken,)):
        raise TooManyAttempts(
            "Too many wrong codes. Try again later.", rule="House-factor-tries"
        )
    return holder


def _candidates(holder: Holder, kind: FactorKind) -> list[Factor]:
    """The factors in force; where there is none, the newest that is being set up."""
    if holder.usable and not holder.signed_in:
        return [one for one in holder.usable if one.kind == kind]
    pending = [one for one in holder.held if one.kind == kind and not one.active]
    return pending[-1:]


def _counted(
    holder: Holder, known: Factor, counter: int, now: int
) -> tuple[Write, ...]:
    """The factor was used; one that was being set up counts from now on."""
    if known.active:
        return (factors.used(known, counter, now),)
    own = holder.user.user_id
    spare = [
        ConfirmFactor(id=one.id, user_id=own, counter=0, at=now)
        for one in holder.held
        if one.kind == "recovery" and one.details.get(factors.WITH) == known.id
    ]
    confirmed = ConfirmFactor(id=known.id, user_id=own, counter=counter, at=now)
    return (confirmed, *spare, *factors.changed(own, now))


async def _give(
    house: House,
    calling: Calling,
    holder: Holder,
    kind: FactorKind,
    log: str,
    writes: tuple[Write, ...],
) -> Issuance:
    """The answer was right: it is spent, with the token, before anything is given.

    Nothing is spent or set up for somebody who would be refused all the same.
    """
    token, own = holder.token, holder.user.user_id
    proof = Proof(
        amr=factors.amr_of(token.amr, kind), log=log, says="Malformed mfa_token"
    )
    wanted = Asked(audience=token.audience, scope=token.scope)
    run = await direct.rehearse(house, calling, own, proof, wanted=wanted)
    forgiven = throttle.forgive(throttle.SECOND_FACTOR, own)
    if not await house.store.commit((mfa_token.spend(token), *writes, forgiven)):
        raise InvalidGrant(
            "Malformed mfa_token", rule="Auth0-mfa-token", because="used before"
        )
    joins = await _joined(house, calling, token)
    proof = msgspec.structs.replace(proof, writes=joins)
    return await direct.give(house, calling, own, proof, wanted=wanted, run=run)


async def _joined(house: House, calling: Calling, token: MfaToken) -> tuple[Write, ...]:
    """Who waited for the second factor becomes part of the account with the tokens."""
    if token.joining is None:
        return ()
    person = await house.store.read(FindPerson(user_id=token.user_id))
    if person is None:
        return ()
    client_id = calling.client.client_id
    return await joining.called(
        house, calling.exchange, token.joining, person.user, client_id=client_id
    )
