"""The token that travels with a redirect: a JWT under a secret both sides know.

HS256 on the standard library, because it runs beside an administrator's function and
drags nothing in there (RFC 7515 §3, Appendix A.1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from gatelodge.actions.event import Event, plain

LIFETIME: Final = 900
_HEADER: Final = {"alg": "HS256", "typ": "JWT"}
_LONGEST: Final = 16_384


class BadToken(Exception):
    """The token is not good; the text says why."""


def encode(
    payload: Mapping[str, Any], *, secret: str, seconds: int, event: Event
) -> str:
    """A signed token with ``payload`` for wherever the person is sent."""
    now = int(time.time())
    claims = {
        **payload,
        "iss": event["issuer"],
        "sub": event["user"]["user_id"],
        "ip": event["request"]["ip"],
        "iat": now,
        "exp": now + seconds,
    }
    head, body = _part(_HEADER), _part(claims)
    return f"{head}.{body}.{_signature(f'{head}.{body}', secret)}"


def validate(token: object, *, secret: str, event: Event) -> dict[str, Any]:
    """The claims of the token that came back.

    Raises:
        BadToken: unsigned, expired, for another person, or for another ``state``.
    """
    if not isinstance(token, str) or not 0 < len(token) <= _LONGEST:
        raise BadToken("no session token came back")
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    expected = _signature(f"{head}.{body}", secret)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise BadToken("the session token's signature is wrong")
    header, claims = _read(head), _read(body)
    if header.get("alg") != "HS256":
        raise BadToken("the session token is not signed with HS256")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires <= time.time():
        raise BadToken("the session token has expired")
    if claims.get("sub") != event["user"]["user_id"]:
        raise BadToken("the session token is another person's")
    if claims.get("state") != event["request"]["query"]["state"]:
        raise BadToken("the session token belongs to another state")
    return claims


def _signature(signed: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    return _b64url(digest)


def _part(value: object) -> str:
    return _b64url(json.dumps(value, default=plain, separators=(",", ":")).encode())


def _b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _read(part: str) -> dict[str, Any]:
    padded = part + "=" * (-len(part) % 4)
    try:
        value = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError as error:
        raise BadToken("the session token is no JWT") from error
    if not isinstance(value, dict):
        raise BadToken("the session token is no JWT")
    return value
