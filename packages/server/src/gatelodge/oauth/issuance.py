"""What one token answer holds, before anything is signed (RFC 6749 §5.1).

Rules return an ``Issuance``; the endpoint signs it after the commit. So nothing is
signed that was not written, and a lost race costs no signature.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatelodge.model.api import Api
from gatelodge.model.client import RefreshPolicy
from gatelodge.oauth.outcome import settled
from gatelodge.oauth.scope import OPENID
from gatelodge.oauth.token_claims import (
    USERINFO_LIFETIME,
    Subject,
    access_token,
    id_token,
    token_type,
)

LARGEST_CUSTOM: Final = 4096


class OpaqueAccess(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed access token for ``/userinfo`` says; ``expires_at`` in ms.

    ``custom`` are the claims that actions have set for the ID token: ``/userinfo``
    tells them too. More than ``LARGEST_CUSTOM`` would not fit into a header.
    """

    sub: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: int
    family_id: str | None = None
    claims: tuple[str, ...] = ()
    custom: dict[str, Any] = {}


class SignedAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of a JWT access token and how to sign them."""

    claims: dict[str, Any]
    alg: str
    typ: str


class NextRefresh(msgspec.Struct, frozen=True, kw_only=True):
    """Which refresh token to hand out."""

    family_id: str
    seed: bytes
    generation: int


class Issuance(msgspec.Struct, frozen=True, kw_only=True):
    """One token answer; ``expires_in`` in seconds; ``more`` are members beside."""

    access: OpaqueAccess | SignedAccess
    expires_in: int
    scopes: tuple[str, ...]
    id_claims: dict[str, Any] | None = None
    id_alg: str = "RS256"
    refresh: NextRefresh | None = None
    more: dict[str, str] = {}


def issue(
    subject: Subject,
    *,
    refresh: NextRefresh | None,
    family_id: str | None,
    userinfo_claims: tuple[str, ...] = (),
) -> Issuance:
    """Everything a person's sign-in gives the app at this moment."""
    api = subject.api
    return Issuance(
        access=_access(subject, family_id, userinfo_claims),
        expires_in=api.token_lifetime if api else USERINFO_LIFETIME,
        scopes=subject.scopes,
        id_claims=id_token(subject) if OPENID in subject.scopes else None,
        id_alg=subject.client.options.id_token_alg,
        refresh=refresh,
    )


def _access(
    subject: Subject, family_id: str | None, userinfo_claims: tuple[str, ...]
) -> OpaqueAccess | SignedAccess:
    """An API gets a JWT; without one the token opens ``/userinfo`` only."""
    if subject.api is not None:
        return _signed(subject, subject.api)
    return OpaqueAccess(
        sub=subject.person.user.user_id,
        client_id=subject.client.client_id,
        scopes=subject.scopes,
        expires_at=subject.now + USERINFO_LIFETIME * 1000,
        family_id=family_id,
        claims=userinfo_claims,
        custom=_told_again(subject),
    )


def _told_again(subject: Subject) -> dict[str, Any]:
    custom = settled(subject.custom.id_token, subject.scopes)
    return custom if len(msgspec.json.encode(custom)) <= LARGEST_CUSTOM else {}


def _signed(subject: Subject, api: Api) -> SignedAccess:
    return SignedAccess(
        claims=access_token(subject, api), alg=api.signing_alg, typ=token_type(api)
    )


def ends(policy: RefreshPolicy, now: int) -> tuple[int | None, int | None]:
    """Idle and absolute end of a family born now (contract 1.7)."""
    return idle_end(policy, now), absolute_end(policy, now)


def idle_end(policy: RefreshPolicy, now: int) -> int | None:
    """The idle end, from the client's present setting; None for never."""
    if not policy.expiring or policy.infinite_idle_lifetime:
        return None
    return now + policy.idle_lifetime * 1000


def absolute_end(policy: RefreshPolicy, now: int) -> int | None:
    """The absolute end, counted from ``now``; None for never."""
    if not policy.expiring or policy.infinite_lifetime:
        return None
    return now + policy.lifetime * 1000
