"""Where a party's endpoints are: its own data, or its discovery document.

OpenID Connect Discovery §3-4, RFC 8414.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections.provider import Party


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of a party.

    Attributes:
        revocation: where its tokens are given back (RFC 7009); None where it does
            not say.
        names_itself: RFC 9207 §3.
    """

    issuer: str | None
    authorization: str
    token: str
    jwks: str | None
    userinfo: str | None
    revocation: str | None = None
    names_itself: bool = False


def discovery_url(party: Party) -> str | None:
    """The document to ask; None where everything is known without."""
    issuer = party.upstream.issuer or party.provider.issuer
    if party.provider.kind != "oidc" or issuer is None:
        return None
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def endpoints(party: Party, document: Mapping[str, Any]) -> Endpoints:
    """The party's endpoints; what the connection says stands before the document.

    Raises:
        UpstreamRefusal: one is missing, or the document is another issuer's.
    """
    upstream, provider = party.upstream, party.provider
    asked = upstream.issuer or provider.issuer
    _check_issuer(document, asked, provider.issuers)
    authorization = (
        upstream.authorization_endpoint
        or provider.authorization_endpoint
        or _address(document, "authorization_endpoint")
    )
    token = (
        upstream.token_endpoint
        or provider.token_endpoint
        or _address(document, "token_endpoint")
    )
    jwks = upstream.jwks_uri or provider.jwks_uri or _address(document, "jwks_uri")
    if not authorization or not token or (provider.kind == "oidc" and not jwks):
        raise _unusable("an endpoint is missing")
    return Endpoints(
        issuer=document.get("issuer") or asked,
        authorization=authorization,
        token=token,
        jwks=jwks,
        userinfo=(
            upstream.userinfo_endpoint
            or provider.documents.get("userinfo")
            or _address(document, "userinfo_endpoint")
        ),
        revocation=_revocation(party, document),
        names_itself=(
            document.get("authorization_response_iss_parameter_supported") is True
        ),
    )


def _revocation(party: Party, document: Mapping[str, Any]) -> str | None:
    """The provider's own address is for its own issuer's tokens only.

    A server of the same make somewhere else would find its tokens, and our secret
    there, told to a stranger.
    """
    provider, issuer = party.provider, party.upstream.issuer
    own = provider.revocation_endpoint if issuer in (None, provider.issuer) else None
    return own or _address(document, "revocation_endpoint")


def _check_issuer(
    document: Mapping[str, Any], asked: str | None, patterns: tuple[str, ...]
) -> None:
    """A document speaks for its own issuer only (Discovery §4.3)."""
    said = document.get("issuer")
    if not document or said == asked:
        return
    if any("{" in pattern for pattern in patterns) and isinstance(said, str):
        return  # one document for many tenants: each ID token names its own
    raise _unusable(f"the document is of {said!r}, asked was {asked!r}")


def _address(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) else None


def _unusable(because: str) -> UpstreamRefusal:
    return UpstreamRefusal(
        "error.upstream_failed", rule="OIDC-Discovery-4.3", because=because
    )
