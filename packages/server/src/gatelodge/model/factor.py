"""What a person proves themselves with besides a password (Auth0: Authenticator)."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

import msgspec

FactorKind: TypeAlias = Literal[
    "totp", "webauthn", "passkey", "email", "sms", "recovery"
]
TOTP_SEED: Final = "totp seed"
"""For what the seed of an authenticator app is sealed."""
SECOND: Final = ("totp", "webauthn", "email", "sms")
"""Kinds that a person sets up in order to be asked for them (contract 2.3).

A passkey signs in by itself, a recovery code stands in for what was lost.
"""


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``factor``; times in milliseconds.

    Attributes:
        credential: WebAuthn's name of the key, base64url; unique.
        details: what may be read: public key, address, transports.
        sealed: what we must use and nobody may read: a TOTP seed.
        counter: WebAuthn's signature count, or the last TOTP step that was used.
        name: what its person calls it.
        confirmed_at: when it was first proven; None while it is being set up.
    """

    id: str
    user_id: str
    kind: FactorKind
    credential: str | None = None
    details: dict[str, Any] = {}
    sealed: bytes | None = None
    counter: int = 0
    name: str | None = None
    created_at: int = 0
    confirmed_at: int | None = None
    used_at: int | None = None

    @property
    def active(self) -> bool:
        """Whether it has been proven once, and counts."""
        return self.confirmed_at is not None
