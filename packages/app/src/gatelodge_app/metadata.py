"""What the provider says about itself: every endpoint comes from here.

OpenID Discovery §3-4, RFC 8414, RFC 9207 §3. Servers shaped like Auth0 that publish
no ``end_session_endpoint`` are known by their paths and have ``/v2/logout``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .addresses import check_private
from .errors import BadAnswer, BadMetadata, InsecureAddress
from .patience import patiently
from .steps import Flow
from .tokens import read_object


@dataclass(frozen=True, slots=True)
class Provider:
    """The part of the discovery document that an app needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None
    auth0_logout_endpoint: str | None = None
    names_itself: bool = False  # the response must carry `iss` (RFC 9207 §3)


def discover(issuer: str) -> Flow[Provider]:
    """Fetch and check the discovery document (OpenID Discovery §4).

    Raises ``BadMetadata``, ``InsecureAddress`` or ``Unreachable``.
    """
    base = check_private(issuer).removesuffix("/")
    url = f"{base}/.well-known/openid-configuration"
    answer = yield from patiently(url, attempts=3)
    if answer.status != 200:  # noqa: PLR2004 - HTTP's own number
        raise BadMetadata(f"{url} answers with status {answer.status}.")
    try:
        document = read_object(answer.body)
    except BadAnswer:
        raise BadMetadata(f"{url} is not a JSON object.") from None
    return read_metadata(document, issuer=issuer)


def read_metadata(document: Any, *, issuer: str) -> Provider:
    """Check a discovery document against the issuer the app was given.

    The two may differ by a slash at the end, nothing else: people leave it out, and
    providers disagree. From here on the document's own spelling is the issuer.
    """
    if not isinstance(document, dict):
        raise BadMetadata("The discovery document is not an object.")
    named = _text(document, "issuer")
    if named.removesuffix("/") != issuer.removesuffix("/"):
        raise BadMetadata(f"Asked for {issuer}, the document is about another issuer.")
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise BadMetadata("The provider does not know PKCE's S256.")
    authorization = _address(document, "authorization_endpoint")
    token = _address(document, "token_endpoint")
    return Provider(
        issuer=named,
        authorization_endpoint=authorization,
        token_endpoint=token,
        jwks_uri=_address(document, "jwks_uri"),
        revocation_endpoint=_optional(document, "revocation_endpoint"),
        end_session_endpoint=_optional(document, "end_session_endpoint"),
        auth0_logout_endpoint=_auth0_logout(named, authorization, token),
        names_itself=(
            document.get("authorization_response_iss_parameter_supported") is True
        ),
    )


def _auth0_logout(issuer: str, authorization: str, token: str) -> str | None:
    base = issuer.removesuffix("/")
    if (authorization, token) != (f"{base}/authorize", f"{base}/oauth/token"):
        return None
    return f"{base}/v2/logout"


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise BadMetadata(f"The discovery document has no {name}.")
    return value


def _address(document: dict[str, Any], name: str) -> str:
    try:
        return check_private(_text(document, name))
    except InsecureAddress as unsafe:
        raise BadMetadata(f"{name}: {unsafe.what}") from None


def _optional(document: dict[str, Any], name: str) -> str | None:
    return _address(document, name) if document.get(name) else None
