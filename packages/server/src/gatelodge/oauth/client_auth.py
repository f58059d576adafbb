"""Which client is asking, and can it prove it (RFC 6749 §2.3, RFC 7523 §2.2, §3).

``none``, ``client_secret_basic``, ``client_secret_post``, ``private_key_jwt``. A client
with a secret may use basic or post, whichever it is registered for: half of the field's
SDKs cannot choose (contract: clients rule 23).
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec

from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import InvalidClient, InvalidRequest
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client
from gatelodge.model.writes import SpendJti
from gatelodge_guard import jws
from gatelodge_guard.errors import BadKeySet, InvalidToken

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LEEWAY: Final = 60
_LONGEST_ASSERTION_LIFE: Final = 3600
_BASIC_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="token"'}


class Authenticated(msgspec.Struct, frozen=True, kw_only=True):
    """A client that has proven what it must, and what to remember of the proof."""

    client: Client
    writes: tuple[SpendJti, ...] = ()


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What came along; the readings of one name or secret, the standard's first."""

    client_ids: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    assertion: str | None = None
    basic: bool = False


def authenticate(
    params: Mapping[str, str],
    authorization: str | None,
    catalogue: Catalogue,
    *,
    audiences: tuple[str, ...],
    now: int,
) -> Authenticated:
    """Identify the client and check its proof.

    Args:
        params: the body's parameters.
        authorization: the Authorization header.
        catalogue: where clients, secrets and keys stand.
        audiences: what a client assertion may be addressed to (RFC 7523 §3, 3).
        now: milliseconds.

    Raises:
        InvalidRequest: two methods at once, or a broken one (RFC 6749 §2.3).
        InvalidClient: unknown client or failed proof.
    """
    shown = _shown(params, authorization)
    client = _client(shown, catalogue)
    if shown.assertion is not None:
        spent = _check_assertion(shown, client, catalogue, audiences, now)
        return Authenticated(client=client, writes=(spent,))
    if client.auth_method == "private_key_jwt":
        raise _failed(shown, "this client authenticates by private_key_jwt", client)
    _check_secret(shown, client, catalogue, now)
    return Authenticated(client=client)


def _shown(params: Mapping[str, str], authorization: str | None) -> _Shown:
    secret = params.get("client_secret")
    assertion = params.get("client_assertion")
    basic = _basic(authorization)
    if sum(one is not None for one in (secret, assertion, basic)) > 1:
        raise InvalidRequest(
            "The client must not use more than one authentication method",
            rule="RFC6749-2.3",
        )
    named = params.get("client_id")
    if basic is not None:
        return _from_basic(*basic, named)
    if assertion is not None:
        if params.get("client_assertion_type") != ASSERTION_TYPE:
            raise InvalidRequest(
                "'client_assertion_type' is missing or unknown", rule="RFC7521-4.2"
            )
        named = named or _claimed_subject(assertion)
    return _Shown(
        client_ids=_present(named), secrets=_present(secret), assertion=assertion
    )


def _present(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _from_basic(user: str, secret: str, named: str | None) -> _Shown:
    client_ids = _readings(user)
    if named is not None:
        if named not in client_ids:
            raise InvalidRequest(
                "'client_id' differs from the Authorization header",
                rule="RFC6749-2.3.1",
            )
        client_ids = (named,)
    return _Shown(
        client_ids=client_ids, secrets=_readings(secret) if secret else (), basic=True
    )


def _readings(half: str) -> tuple[str, ...]:
    """Both halves of Basic are form-encoded (RFC 6749 §2.3.1).

    Many clients leave the encoding out, so what was sent may also be meant as it is.
    """
    return tuple(dict.fromkeys((unquote_plus(half), half)))


def _basic(authorization: str | None) -> tuple[str, str] | None:
    """The two halves of HTTP Basic, as sent (RFC 7617 §2)."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except ValueError as error:  # not base64, not ASCII, not UTF-8
        raise InvalidRequest(
            "The Authorization header cannot be read", rule="RFC7617-2"
        ) from error
    user, colon, secret = text.partition(":")
    if not colon:
        raise InvalidRequest(
            "The Authorization header cannot be read", rule="RFC7617-2"
        )
    return user, secret


def _client(shown: _Shown, catalogue: Catalogue) -> Client:
    for client_id in shown.client_ids:
        client = catalogue.clients.get(client_id)
        if client is not None:
            return client
    named = shown.client_ids[0] if shown.client_ids else ""
    raise _failed(shown, f"unknown client {named[:60]!r}")


def _check_secret(
    shown: _Shown, client: Client, catalogue: Catalogue, now: int
) -> None:
    if not shown.secrets:
        if client.public:
            return
        raise _failed(shown, "no secret was sent", client)
    readings = [digest_of(secret) for secret in shown.secrets]
    known = [
        secret
        for secret in catalogue.secrets.get(client.client_id, ())
        if secret.expires_at is None or now < secret.expires_at
    ]
    # All are compared, so that the time tells nothing about which one fits.
    fits = [
        hmac.compare_digest(secret.digest, reading)
        for secret in known
        for reading in readings
    ]
    if not any(fits):
        raise _failed(shown, f"wrong secret; {len(known)} registered", client)


def _claimed_subject(assertion: str) -> str | None:
    """Whose assertion it says it is: only to find the keys that check it."""
    try:
        payload = msgspec.json.decode(jws.parse(assertion).payload)
    except (InvalidToken, ValueError, RecursionError):  # not JSON, not UTF-8
        return None
    subject = payload.get("sub") if isinstance(payload, dict) else None
    return subject if isinstance(subject, str) else None


def _check_assertion(
    shown: _Shown,
    client: Client,
    catalogue: Catalogue,
    audiences: tuple[str, ...],
    now: int,
) -> SpendJti:
    """RFC 7523 §3; the ``jti`` is spent in the commit that answers."""
    registered = [
        key.jwk
        for key in catalogue.client_keys.get(client.client_id, ())
        if key.expires_at is None or now < key.expires_at
    ]
    if client.auth_method != "private_key_jwt" or not registered:
        raise _failed(shown, "this client has no registered keys", client)
    try:
        keys = jws.load_keys({"keys": registered})
        claims = jws.verify(shown.assertion or "", keys).payload
    except (InvalidToken, BadKeySet) as error:
        raise _failed(shown, f"assertion: {error}", client) from error
    problem = _assertion_problem(claims, client.client_id, audiences, now // 1000)
    if problem:
        raise _failed(shown, f"assertion: {problem}", client)
    key = digest_of(f"client_assertion\x00{client.client_id}\x00{claims['jti']}")
    return SpendJti(key=key, expires_at=(int(claims["exp"]) + 2 * _LEEWAY) * 1000)


def _assertion_problem(
    claims: Mapping[str, Any], client_id: str, audiences: Iterable[str], now: int
) -> str | None:
    aud = claims.get("aud")
    addressed = {str(one) for one in aud} if isinstance(aud, list) else {str(aud)}
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        return "iss and sub must be the client_id"
    if not addressed & set(audiences):
        return "aud is not this server"
    if not isinstance(claims.get("jti"), str) or not claims["jti"]:
        return "jti is missing"
    return _time_problem(claims, now)


def _time_problem(claims: Mapping[str, Any], now: int) -> str | None:
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, now if name != "exp" else None)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{name} is missing or not a number"
        if name == "exp" and not now - _LEEWAY < value:
            return "it has expired"
        if name == "exp" and value > now + _LONGEST_ASSERTION_LIFE + _LEEWAY:
            return "it lives longer than an hour"
        if name != "exp" and value > now + _LEEWAY:
            return f"{name} lies in the future"
    return None


def _failed(shown: _Shown, because: str, client: Client | None = None) -> InvalidClient:
    """One public text for all: the difference is for the log."""
    refusal = InvalidClient(
        "Unauthorized",
        rule="RFC6749-5.2.invalid_client",
        because=because,
        headers=_BASIC_CHALLENGE if shown.basic else {},
    )
    refusal.client_id = client.client_id if client else None
    return refusal
