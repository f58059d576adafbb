"""Signing keys; mail and texts on their way out."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

KeyState: TypeAlias = Literal["next", "current", "previous", "revoked"]


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``signing_key``; the private part is sealed."""

    kid: str
    alg: str
    state: KeyState
    jwk: dict[str, Any]
    sealed: bytes
    created_at: int
    changed_at: int


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``outgoing``: a mail or text to send, its content sealed.

    ``recipient``: an e-mail address, or the ``sms:`` URI of a number (RFC 5724 §2.2).
    """

    id: str
    recipient: str
    sealed: bytes
    created_at: int
    due_at: int
    tries: int = 0
    sent_at: int | None = None
    failed_at: int | None = None
    error: str | None = None
