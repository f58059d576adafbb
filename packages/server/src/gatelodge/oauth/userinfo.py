"""Claims about the person behind an access token (OpenID Connect Core §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from gatelodge.base.errors import InvalidToken
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.reads import BearerBundle
from gatelodge.oauth import claims
from gatelodge.oauth.issuance import OpaqueAccess
from gatelodge.oauth.scope import OPENID
from gatelodge.oauth.subject import usable
from gatelodge.oauth.token_claims import userinfo_audience

_SAYS: Final = "The access token is not valid here"
_LEEWAY: Final = 30


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token entitles to, whichever form it had."""

    sub: str
    client_id: str
    scopes: tuple[str, ...]
    family_id: str | None = None
    asked: tuple[str, ...] = ()
    custom: Mapping[str, Any] = {}


def from_opaque(token: OpaqueAccess, now: int) -> Bearer:
    """Read an opaque access token.

    Raises:
        InvalidToken: it has expired.
    """
    if token.expires_at <= now:
        raise InvalidToken(_SAYS, rule="RFC6750-3.1", because="expired")
    return Bearer(
        sub=token.sub,
        client_id=token.client_id,
        scopes=token.scopes,
        family_id=token.family_id,
        asked=token.claims,
        custom=token.custom,
    )


def from_jwt(
    header: Mapping[str, Any], body: Mapping[str, Any], *, issuer: str, now: int
) -> Bearer:
    """Read a JWT of ours whose signature has been checked.

    Raises:
        InvalidToken: it is no access token for ``/userinfo``, or has expired.
    """
    client_id = body.get("azp") or body.get("client_id")
    audience = body.get("aud")
    addressed = audience if isinstance(audience, list) else [audience]
    expires = body.get("exp")
    if body.get("iss") != issuer or userinfo_audience(issuer) not in addressed:
        raise InvalidToken(_SAYS, rule="OIDC-5.3.1", because="issuer or audience")
    if header.get("typ") not in ("JWT", "at+jwt") or not isinstance(client_id, str):
        raise InvalidToken(_SAYS, rule="RFC8725-3.11", because="not an access token")
    if not isinstance(expires, int) or expires <= now // 1000 - _LEEWAY:
        raise InvalidToken(_SAYS, rule="RFC6750-3.1", because="expired")
    return Bearer(
        sub=str(body.get("sub")),
        client_id=client_id,
        scopes=tuple(str(body.get("scope", "")).split()),
    )


def answer(
    bearer: Bearer, bundle: BearerBundle | None, catalogue: Catalogue
) -> dict[str, Any]:
    """The claims the token's scopes open, with today's values.

    Raises:
        InvalidToken: person, client or their connection are gone or closed, or the
            grant was ended.
    """
    if OPENID not in bearer.scopes:
        raise InvalidToken(_SAYS, rule="OIDC-5.3.1", because="no openid scope")
    if bundle is None or bundle.person.user.blocked_at is not None:
        raise InvalidToken(_SAYS, rule="House-alive", because="person gone or blocked")
    client = catalogue.clients.get(bearer.client_id)
    if client is None or not usable(bundle.person, client, catalogue):
        because = "client gone, or the person's connection is closed to it"
        raise InvalidToken(_SAYS, rule="House-alive", because=because)
    if bundle.ended is not None:
        raise InvalidToken(_SAYS, rule="House-alive", because=bundle.ended)
    released = claims.released(
        bundle.person.user,
        scopes=bearer.scopes,
        asked=bearer.asked,
        numeric_updated_at=catalogue.settings.numeric_updated_at,
    )
    return {**released, **bearer.custom, "sub": bundle.person.user.user_id}
