"""``/mfa/*``: second factors for apps with their own sign-in screen (contract 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import (
    AccessDenied,
    AssociationRequired,
    InvalidRequest,
    NotFound,
    TooManyAttempts,
    UnsupportedChallengeType,
)
from gatelodge.base.exchange import Empty, Exchange, Json, Reply
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.endpoints import code_post, corridor, mfa_holder, mfa_oob
from gatelodge.endpoints.calling import client_of, json_body, params_of
from gatelodge.endpoints.mfa_holder import Holder
from gatelodge.endpoints.mfa_standing import SEED
from gatelodge.house import House
from gatelodge.login import (
    factor_change,
    factors,
    masking,
    phone,
    recovery_code,
    totp,
)
from gatelodge.model.factor import Factor, FactorKind
from gatelodge.model.reads import ListWays
from gatelodge.model.writes import DeleteFactors, InsertFactor

AUTHENTICATOR: Final = "/mfa/authenticators/"
_CHANNELS: Final[Mapping[str, FactorKind]] = {"sms": "sms", "email": "email"}
_MOST_PENDING: Final = 20


async def authenticators(house: House, exchange: Exchange) -> Reply:
    """What the person has set up, and what they have begun to.

    Raises:
        ProtocolRefusal: the ``mfa_token`` is missing or not good.
    """
    holder = await mfa_holder.by_header(house, exchange, mfa_holder.READ)
    shown = (factors.shown(one) for one in holder.held)
    return Json(body=[one for one in shown if one is not None])


async def associate(house: House, exchange: Exchange) -> Reply:
    """Begin to set up a factor; the first right answer at the token endpoint ends it.

    Raises:
        AccessDenied: the person has one already, and an ``mfa_token`` is too little.
        InvalidRequest: the type, channel or address is not one of ours.
    """
    holder = await mfa_holder.by_header(house, exchange, mfa_holder.ENROLL)
    body = json_body(exchange)
    asked: Mapping[str, Any] = body if isinstance(body, dict) else {}
    if holder.usable and not holder.signed_in:
        raise AccessDenied("User is already enrolled.", rule="Auth0-mfa-enrolled")
    if len(holder.held) > _MOST_PENDING:
        raise TooManyAttempts("Too many enrollments.", rule="Auth0-mfa-pending")
    if "otp" in _words(asked, "authenticator_types") and "otp" in holder.allowed:
        return await _associate_app(house, exchange, holder)
    if "oob" in _words(asked, "authenticator_types"):
        kind = _channel(asked, holder)
        to = _address(house, asked, holder, kind)
        return await _associate_channel(house, exchange, holder, kind, to)
    raise InvalidRequest(
        "authenticator_types names none that can be set up", rule="Auth0-mfa-types"
    )


async def remove(house: House, exchange: Exchange) -> Reply:
    """Take a factor away from somebody who is signed in.

    Raises:
        NotFound: the person has none of this name.
        ProtocolRefusal: the access token is not good for this.
    """
    holder = await mfa_holder.by_header(house, exchange, mfa_holder.REMOVE)
    if not holder.signed_in:
        raise mfa_holder.insufficient(mfa_holder.REMOVE)
    name = unquote(exchange.path.rpartition("/")[2])
    going = [one for one in holder.held if one.id == name and factors.shown(one)]
    ways = await house.store.read(ListWays(user_id=holder.user.user_id))
    if not going or not ways:
        raise NotFound("There is no such authenticator.", rule="Auth0-mfa-remove")
    writes = factor_change.remove(
        going[0],
        holder.held,
        ways,
        catalogue=house.snapshot.catalogue,
        witness=corridor.witness(house, exchange),
        log="gd_unenroll",
    )
    if not await house.store.commit(writes):
        raise NotFound("There is no such authenticator.", rule="Auth0-mfa-remove")
    return Empty(status=204)


async def challenge(house: House, exchange: Exchange) -> Reply:
    """Choose the factor to answer with; where it takes a message, send it.

    Raises:
        AssociationRequired: the person has none.
        UnsupportedChallengeType: none of those named.
    """
    params, who = params_of(exchange), corridor.witness(house, exchange)
    calling = await client_of(house, exchange, params, who)
    holder = await mfa_holder.by_params(house, calling)
    if not holder.usable:
        raise AssociationRequired(
            "User does not have any factors enrolled.", rule="Auth0-mfa-association"
        )
    types = params.get("challenge_type", "otp oob").split()
    chosen = _chosen(holder, types, params.get("authenticator_id"))
    if chosen.kind == "totp":
        return Json(body={"challenge_type": "otp"})
    return Json(body=await _sent(house, exchange, holder, chosen))


async def _associate_app(house: House, exchange: Exchange, holder: Holder) -> Reply:
    seed = house.entropy.draw(totp.SEED_BYTES)
    factor = _factor(
        house,
        holder,
        "totp",
        sealed=house.sealer.seal(
            seed, purpose=SEED, nonce=house.entropy.draw(NONCE_BYTES)
        ),
    )
    codes, spare = _recovery(house, holder, factor)
    await house.store.commit((InsertFactor(factor=factor), *spare))
    tenant = house.snapshot.catalogue.settings.friendly_name
    body = {
        "authenticator_type": "otp",
        "secret": totp.spelled(seed),
        "barcode_uri": totp.address(seed, tenant=tenant, account=holder.user.label),
    }
    return Json(body={**body, **codes})


async def _associate_channel(
    house: House, exchange: Exchange, holder: Holder, kind: FactorKind, to: str
) -> Reply:
    factor = _factor(house, holder, kind, details={"to": to})
    codes, spare = _recovery(house, holder, factor)
    await house.store.commit((InsertFactor(factor=factor), *spare))
    sent = await _sent(house, exchange, holder, factor)
    sent.pop("challenge_type")
    body = {
        "authenticator_type": "oob",
        "oob_channel": kind,
        "name": masking.masked(factor),
    }
    return Json(body={**body, **sent, **codes})


async def _sent(
    house: House, exchange: Exchange, holder: Holder, factor: Factor
) -> dict[str, str]:
    """A code is on its way; ``oob_code`` is its name at the token endpoint."""
    raw = b64url(house.entropy.draw(mfa_oob.NAME_BYTES))
    sent = await code_post.send(
        house,
        exchange,
        name=mfa_oob.name_of(holder.token, factor.id),
        user_id=holder.user.user_id,
        kind=factor.kind,
        to=str(factor.details.get("to", "")),
        lifetime=mfa_oob.LIFETIME,
    )
    if not sent:
        raise TooManyAttempts(
            "A code was sent less than a minute ago.", rule="Auth0-mfa-resend"
        )
    oob_code = mfa_oob.seal(house, factor.id, raw)
    return {
        "challenge_type": "oob",
        "binding_method": "prompt",
        "oob_code": oob_code,
        "oob_channel": factor.kind,
    }


def _chosen(holder: Holder, types: list[str], named: str | None) -> Factor:
    fitting = [
        one
        for one in holder.usable
        if (one.kind == "totp" and "otp" in types)
        or (one.kind in _CHANNELS and "oob" in types)
    ]
    for one in fitting:
        if named is None or one.id == named:
            return one
    raise UnsupportedChallengeType(
        "User does not have a factor of that type enrolled.",
        rule="Auth0-mfa-challenge-type",
    )


def _factor(
    house: House,
    holder: Holder,
    kind: FactorKind,
    *,
    sealed: bytes | None = None,
    details: dict[str, Any] | None = None,
) -> Factor:
    return Factor(
        id=factors.factor_id(kind, house.entropy.draw(factors.ID_BYTES)),
        user_id=holder.user.user_id,
        kind=kind,
        details=details or {},
        sealed=sealed,
        created_at=house.clock.now(),
    )


def _recovery(
    house: House, holder: Holder, factor: Factor
) -> tuple[dict[str, list[str]], tuple[DeleteFactors | InsertFactor, ...]]:
    """The recovery code that comes with a first factor; it counts when that does."""
    if "recovery-code" not in holder.allowed or holder.usable:
        return {}, ()
    user_id = holder.user.user_id
    raw = house.entropy.draw(factors.ID_BYTES + recovery_code.CODE_BYTES)
    code = recovery_code.spell(raw[factors.ID_BYTES :])
    made = recovery_code.factor(
        code,
        user_id=user_id,
        id_=factors.factor_id("recovery", raw),
        now=house.clock.now(),
    )
    pending = msgspec.structs.replace(
        made, confirmed_at=None, details={**made.details, factors.WITH: factor.id}
    )
    old = DeleteFactors(user_id=user_id, kind="recovery")
    return {"recovery_codes": [code]}, (old, InsertFactor(factor=pending))


def _channel(asked: Mapping[str, Any], holder: Holder) -> FactorKind:
    for name in _words(asked, "oob_channels"):
        kind = _CHANNELS.get(name)
        if kind is not None and kind in holder.allowed:
            return kind
    raise InvalidRequest(
        "oob_channels names none that can be set up", rule="Auth0-mfa-types"
    )


def _address(
    house: House, asked: Mapping[str, Any], holder: Holder, kind: FactorKind
) -> str:
    """A number may be new; a mail goes to the account's own, proven address alone."""
    if kind == "email":
        if holder.user.email_verified_at is None:
            raise InvalidRequest(
                "The account has no confirmed e-mail address", rule="Auth0-mfa-address"
            )
        return holder.user.email
    region = house.snapshot.catalogue.settings.phone_region
    found = phone.number(str(asked.get("phone_number", "")), region=region)
    if found is None:
        raise InvalidRequest(
            "phone_number is missing or not a mobile number", rule="Auth0-mfa-address"
        )
    return found


def _words(asked: Mapping[str, Any], name: str) -> list[str]:
    value = asked.get(name)
    if isinstance(value, str):
        return value.split()
    return [str(one) for one in value] if isinstance(value, list) else []
