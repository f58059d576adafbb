"""The request for tokens, and what came of it (RFC 6749 §4.1.3-4, §5.1)."""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.base.jose import signer
from gatelodge.base.text import printable
from gatelodge.connections.provider import Party
from gatelodge.connections.trip import Trip

_SECRET_LIFE: Final = 300
_OK: Final = 200


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A form to post and its headers."""

    body: bytes
    headers: dict[str, str]


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What the party gave; ``said`` is the whole answer."""

    access_token: str | None
    id_token: str | None
    said: dict[str, Any]


def token_request(
    party: Party, *, code: str, trip: Trip, issuer: str, secret: str | None, now: int
) -> Asking:
    """The form that redeems a code; ``secret`` is the connection's, open."""
    provider = party.provider
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{issuer}{party.callback}",
        "client_id": party.upstream.client_id,
    }
    if provider.pkce:
        form["code_verifier"] = trip.verifier
    return _asking(party, form, secret=secret, now=now)


def revocation_request(
    party: Party, token: str, *, kind: str, secret: str | None, now: int
) -> Asking:
    """The form that gives a token back (RFC 7009 §2.1)."""
    form = {
        "token": token,
        "token_type_hint": kind,
        "client_id": party.upstream.client_id,
    }
    return _asking(party, form, secret=secret, now=now)


def _asking(
    party: Party, form: dict[str, str], *, secret: str | None, now: int
) -> Asking:
    """The form with what proves that it is us (RFC 6749 §2.3.1)."""
    upstream, provider = party.upstream, party.provider
    headers = {
        "accept": "application/json",
        "content-type": "application/x-www-form-urlencoded",
    }
    if secret is not None and provider.secret == "jwt":
        secret = signed_secret(party, secret, now=now)
    method = upstream.token_auth or provider.token_auth
    if secret is not None and method == "client_secret_basic":
        # RFC 6749 §2.3.1: both halves are form-encoded first.
        pair = f"{quote_plus(upstream.client_id)}:{quote_plus(secret)}"
        encoded = base64.b64encode(pair.encode()).decode()
        headers["authorization"] = f"Basic {encoded}"
    elif secret is not None and method == "client_secret_post":
        form["client_secret"] = secret
    return Asking(body=urlencode(form).encode(), headers=headers)


def signed_secret(party: Party, pem: str, *, now: int) -> str:
    """Apple's secret: a JWT of five minutes, signed with the team's key.

    Raises:
        UpstreamRefusal: the key cannot be read.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UpstreamRefusal(
            "error.upstream_failed",
            rule="House-upstream-secret",
            because="the connection's private key is none of the kind ES256 needs",
        )
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    upstream, issued = party.upstream, now // 1000
    claims = {
        "iss": upstream.team_id,
        "sub": upstream.client_id,
        "aud": party.provider.issuer,
        "iat": issued,
        "exp": issued + _SECRET_LIFE,
    }
    return signer(upstream.key_id or "", "ES256", der).token(claims)


def read(status: int, body: bytes, party: Party) -> Tokens:
    """The tokens in an answer of the token endpoint.

    Raises:
        UpstreamRefusal: there are none.
    """
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise _refused(f"status {status}, no JSON object") from error
    if status != _OK or "error" in said:  # some answer 200 with an error
        reason = f"{said.get('error')}: {said.get('error_description', '')}"
        raise _refused(printable(f"status {status}, {reason}", 300))
    access, identity = said.get("access_token"), said.get("id_token")
    needed = identity if party.provider.kind == "oidc" else access
    if not isinstance(needed, str):
        raise _refused("the token that says who it is, is missing")
    return Tokens(
        access_token=access if isinstance(access, str) else None,
        id_token=identity if isinstance(identity, str) else None,
        said=said,
    )


def _refused(because: str) -> UpstreamRefusal:
    return UpstreamRefusal(
        "error.upstream_failed", rule="RFC6749-5.2.upstream", because=because
    )
