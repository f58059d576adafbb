"""``GET|POST /userinfo`` (OpenID Connect Core §5.3, RFC 6750 §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.errors import InvalidRequest, InvalidToken, NoToken
from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.base.opaque import ACCESS_PREFIX
from gatelodge.base.params import parse_form, single
from gatelodge.base.seal import SealBroken
from gatelodge.endpoints.token import OPAQUE_PURPOSE
from gatelodge.house import House
from gatelodge.model.reads import FindBearer
from gatelodge.oauth import userinfo as rules
from gatelodge.oauth.issuance import OpaqueAccess
from gatelodge_guard import jws
from gatelodge_guard.errors import InvalidToken as BadSignature

_SAYS: Final = "The access token is not valid here"
_FORM: Final = "application/x-www-form-urlencoded"


async def userinfo(house: House, exchange: Exchange) -> Reply:
    """Claims about the person behind the access token, as they are now.

    Raises:
        NoToken, InvalidToken: 401 with a challenge.
        InvalidRequest: two tokens at once (RFC 6750 §2).
    """
    token = _token(exchange, allow_query=_query_allowed(house))
    bearer = _bearer(house, exchange, token)
    question = FindBearer(user_id=bearer.sub, family_id=bearer.family_id or "")
    bundle = await house.store.read(question)
    return Json(body=rules.answer(bearer, bundle, house.snapshot.catalogue))


def _query_allowed(house: House) -> bool:
    return house.snapshot.catalogue.settings.userinfo_query_token


def _token(exchange: Exchange, *, allow_query: bool) -> str:
    """The one token of this request (RFC 6750 §2.1, §2.2; §2.3 if switched on)."""
    found = [*_in_header(exchange.headers), *_in_form(exchange)]
    if allow_query:
        found += _named(exchange.query)
    if len(found) > 1:
        raise InvalidRequest("Send the token once", rule="RFC6750-2")
    if not found:
        raise NoToken("No access token was sent", rule="RFC6750-3.1.none")
    return found[0]


def _in_header(headers: Mapping[str, str]) -> list[str]:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return [value.strip()] if scheme.lower() == "bearer" and value.strip() else []


def _in_form(exchange: Exchange) -> list[str]:
    media_type = exchange.headers.get("content-type", "").partition(";")[0]
    if exchange.method != "POST" or media_type.strip().lower() != _FORM:
        return []
    return _named(exchange.body.decode("utf-8", "replace"))


def _named(text: str) -> list[str]:
    token = single(parse_form(text)).get("access_token")
    return [token] if token else []


def _bearer(house: House, exchange: Exchange, token: str) -> rules.Bearer:
    now = house.clock.now()
    if token.startswith(ACCESS_PREFIX):
        return rules.from_opaque(_unsealed(house, token), now)
    try:
        verified = jws.verify(token, house.snapshot.keyring.public_keys)
    except BadSignature as error:
        raise InvalidToken(_SAYS, rule=error.rule, because=str(error)) from error
    return rules.from_jwt(
        verified.header, verified.payload, issuer=exchange.issuer, now=now
    )


def _unsealed(house: House, token: str) -> OpaqueAccess:
    try:
        plain = house.sealer.unseal_text(
            token.removeprefix(ACCESS_PREFIX), purpose=OPAQUE_PURPOSE
        )
        return msgspec.json.decode(plain, type=OpaqueAccess)
    except (SealBroken, msgspec.DecodeError) as error:
        raise InvalidToken(_SAYS, rule="RFC6750-3.1", because="not ours") from error
