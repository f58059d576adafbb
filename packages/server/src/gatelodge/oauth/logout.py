"""Ending the browser's session, and where to go then.

OpenID Connect RP-Initiated Logout 1.0 §2-3 and Auth0's ``/v2/logout`` (contract 3.6).
Logging out ends the session; refresh tokens live on until they are revoked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from gatelodge.base.errors import PageRefusal
from gatelodge.base.urls import DANGEROUS_SCHEMES, add_query, is_loopback_literal, parse
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import Client


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """Where the person goes after signing out.

    Attributes:
        url: None for our own "signed out" page.
        asks: a person must confirm on our page first.
        sid: the session meant, where the request says so.
        federated: the party that vouched for the person shall sign them out too.
    """

    url: str | None
    asks: bool = False
    client_id: str | None = None
    sid: str | None = None
    federated: bool = False


def auth0(params: Mapping[str, str], catalogue: Catalogue) -> Leave:
    """``/v2/logout``: ``returnTo`` has to be registered (contract 3.6).

    Raises:
        PageRefusal: it is not, or the client is unknown.
    """
    client_id = params.get("client_id")
    client = _client(client_id, catalogue, rule="Auth0-logout-client")
    allowed = _allowed(client, catalogue)
    url = params.get("returnTo")
    if url is None:
        return Leave(url=allowed[0] if allowed else None, client_id=client_id)
    return Leave(url=_registered(url, allowed), client_id=client_id)


def oidc(
    params: Mapping[str, str],
    hint: Mapping[str, Any] | None,
    catalogue: Catalogue,
    *,
    session_sub: str | None,
    session_sid: str | None,
) -> Leave:
    """``/oidc/logout``: hint, client and address have to agree (RP-Initiated §2).

    ``hint`` are the claims of ``id_token_hint``, expired or not; None where none was
    sent. A known client with a registered address needs no page (decisions 7), unless
    its hint speaks of somebody else than who is signed in.

    Raises:
        PageRefusal: they do not agree, or the address is not registered.
    """
    client_id = _agreed_client(params.get("client_id"), hint)
    client = _client(client_id, catalogue, rule="OIDC-RPL-2.client_id")
    allowed = _allowed(client, catalogue)
    wanted = params.get("post_logout_redirect_uri")
    url = _registered(wanted, allowed) if wanted else None
    if url and "state" in params:
        url = add_query(url, [("state", params["state"])])
    hinted = hint is not None and _same_session(hint, session_sub, session_sid)
    logout_hint = params.get("logout_hint")
    named = hinted or (logout_hint is not None and logout_hint == session_sid)
    other = hint is not None and session_sub not in (None, hint.get("sub"))
    known = client is not None and url is not None and not other
    asks = catalogue.settings.logout_always_asks or not (named or known)
    return Leave(url=url, asks=asks and not named, client_id=client_id)


def _client(client_id: str | None, catalogue: Catalogue, *, rule: str) -> Client | None:
    """The client that is named, None where none is."""
    client = catalogue.clients.get(client_id) if client_id else None
    if client_id and client is None:
        raise PageRefusal(
            "The application that sent you here is not known.",
            error="invalid_request",
            rule=rule,
        )
    return client


def _allowed(client: Client | None, catalogue: Catalogue) -> tuple[str, ...]:
    """The client's own addresses; without a client the tenant's."""
    return client.logout_urls if client else catalogue.settings.allowed_logout_urls


def _agreed_client(client_id: str | None, hint: Mapping[str, Any] | None) -> str | None:
    if hint is None:
        return client_id
    audience = hint.get("aud")
    if client_id is not None and client_id != audience:
        raise PageRefusal(
            "The sign-out request contradicts itself.",
            error="invalid_request",
            rule="OIDC-RPL-2.client_id",
            because="client_id differs from the audience of id_token_hint",
        )
    return str(audience)


def _same_session(hint: Mapping[str, Any], sub: str | None, sid: str | None) -> bool:
    """Whether the hint speaks of the session in this browser, or there is none."""
    if sub is None:
        return True
    return hint.get("sub") == sub and hint.get("sid", sid) == sid


def _registered(url: str, allowed: Iterable[str]) -> str:
    """Scheme and host compare without case, the path with; query and hash do not count.

    Auth0 matches logout addresses so (contract 1.4). A loopback literal matches on any
    port, as it does for redirect URIs (RFC 8252 §7.3).
    """
    wanted = _place(url)
    if wanted is None or wanted not in {_place(one) for one in allowed}:
        raise PageRefusal(
            "The address to return to is not registered for this application.",
            error="invalid_request",
            rule="OIDC-RPL-3.post_logout_redirect_uri",
            because=f"{url[:200]!r} is not among the allowed logout URLs",
        )
    return url


def _place(url: str) -> tuple[str, str, str] | None:
    parts = parse(url)
    if parts is None or parts.scheme in DANGEROUS_SCHEMES:
        return None
    loopback = is_loopback_literal(parts)
    authority = str(parts.hostname) if loopback else parts.netloc.lower()
    return parts.scheme.lower(), authority, parts.path or "/"
