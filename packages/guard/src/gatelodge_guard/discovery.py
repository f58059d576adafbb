"""Where an issuer keeps its keys (OpenID Connect Discovery §4, RFC 8414 §3, RFC 7517).

An issuer that has no discovery document is asked at ``/.well-known/jwks.json``, where
Auth0 and everything shaped like it keep them.
"""

from __future__ import annotations

import json
from typing import Any

from .errors import BadKeySet, Mistake
from .key import Key, load_keys
from .transport import Transport, check_url

_OK = 200
_NOT_FOUND = 404


def fetch_keys(
    issuer: str, transport: Transport, *, jwks_uri: str | None = None
) -> tuple[Key, ...]:
    """Fetch the issuer's signature keys.

    Raises ``OSError`` when the network fails, ``BadKeySet`` when an answer cannot be
    used, ``Mistake`` for an address that keys must not come from.
    """
    found = jwks_uri or _discover(issuer, transport)
    status, answer = _get(found, transport)
    if status != _OK:
        raise BadKeySet(f"{found} answered {status}")
    return load_keys(answer)


def discovery_url(issuer: str) -> str:
    """The document that describes an issuer (OpenID Connect Discovery §4.1)."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def _discover(issuer: str, transport: Transport) -> str:
    """Ask the issuer where its keys are; it must name itself as configured."""
    url = discovery_url(issuer)
    status, answer = _get(url, transport)
    if status == _NOT_FOUND:
        return f"{issuer.rstrip('/')}/.well-known/jwks.json"
    if status != _OK:
        raise BadKeySet(f"{url} answered {status}")
    if answer.get("issuer") != issuer:
        raise BadKeySet(
            f"{url} names the issuer {answer.get('issuer')!r}, configured is"
            f" {issuer!r}: copy it exactly, the trailing slash included"
        )
    jwks_uri = answer.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        raise BadKeySet(f"{url} names no jwks_uri")
    return jwks_uri


def _get(url: str, transport: Transport) -> tuple[int, dict[str, Any]]:
    """GET a JSON object; anything but 200 has no content that counts."""
    check_url(url)
    answer = transport.get(url)
    if answer.status != _OK:
        return answer.status, {}
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as broken:
        raise BadKeySet(f"{url} is not JSON") from broken
    if not isinstance(value, dict):
        raise BadKeySet(f"{url} is not a JSON object")
    return answer.status, value


def check_issuer(issuer: str) -> None:
    """Refuse an issuer that could not be trusted (RFC 8414 §2).

    Raises ``Mistake``: not https (nor loopback http), a query, or a fragment.
    """
    parts = check_url(issuer)
    if parts.query or parts.fragment:
        raise Mistake("issuer must have neither a query nor a fragment")
