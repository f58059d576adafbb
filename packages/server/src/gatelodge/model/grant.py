"""What a person's sign-in gave an app: codes, refresh families, consents, tickets."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec


class Authentication(msgspec.Struct, frozen=True, kw_only=True):
    """How and when the person proved who they are; travels into tokens."""

    auth_time: int
    amr: tuple[str, ...] = ()
    acr: str | None = None


class CustomClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Claims that actions have set, by token."""

    id_token: dict[str, Any] = {}
    access_token: dict[str, Any] = {}


class CodeDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a code carries beyond its bindings.

    Attributes:
        redirect_uri_sent: whether the authorize request named it (then the token
            request must repeat it, RFC 6749 §4.1.3).
        wants_auth_time: ``max_age`` was sent or ``prompt=login`` or it was claimed.
        id_token_claims, userinfo_claims: names asked for by the ``claims`` parameter.
        custom: claims that actions have set.
    """

    authentication: Authentication
    redirect_uri_sent: bool = True
    wants_auth_time: bool = False
    id_token_claims: tuple[str, ...] = ()
    userinfo_claims: tuple[str, ...] = ()
    custom: CustomClaims = CustomClaims()


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``code``; single use, 60 seconds (contract 4.1, row 23)."""

    digest: str
    client_id: str
    user_id: str
    sid: str
    redirect_uri: str
    scopes: tuple[str, ...]
    audience: str | None
    nonce: str | None
    challenge: str | None
    family_id: str
    details: CodeDetails
    created_at: int
    expires_at: int
    used_at: int | None = None


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Where a family was born, so that a person recognises it in a list."""

    ip: str = ""
    agent: str = ""


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``refresh_family``: one device, for ever (house, section 4).

    Attributes:
        id: base64url of 16 random bytes.
        seed: from which each generation's secret is derived.
        generation: number of the newest token handed out.
        rotated_at: when ``generation`` was made.
        scopes: what was granted at birth; each exchange can only narrow it.
        idle_until, expires_at: None means never; the absolute end never moves.
        reason: why it was revoked, for operators.
    """

    id: str
    seed: bytes
    generation: int
    rotated_at: int
    client_id: str
    user_id: str
    sid: str
    audience: str | None
    scopes: tuple[str, ...]
    authentication: Authentication
    device: Device
    created_at: int
    idle_until: int | None
    expires_at: int | None
    used_at: int | None = None
    revoked_at: int | None = None
    reason: str | None = None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allowed a client at an audience; "" stands for no audience."""

    user_id: str
    client_id: str
    audience: str
    scopes: tuple[str, ...]
    given_at: int


TicketPurpose: TypeAlias = Literal[
    "verify_email",
    "reset_password",
    "change_email",
    "upstream_trip",
    "saml_logout",
    "saml_round",
    "one_time_code",
    "remembered_browser",
    "unblock",
    "actions",
    "joining",
]


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What may be used once, or until its end, by whoever holds its name.

    A link in a mail, a code to type, a sealed trip with a short name, a browser that
    is remembered, what actions have said so far, an account that is about to be part
    of another. ``digest``: of the name.
    """

    digest: str
    purpose: TicketPurpose
    user_id: str
    payload: dict[str, Any]
    created_at: int
    expires_at: int
    used_at: int | None = None
