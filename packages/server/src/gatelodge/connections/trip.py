"""A person's way to another party and back, sealed into ``state``.

What has to fit together at the return travels in one sealed value: the visit it began
in, the connection, the nonce and the PKCE verifier. A party whose ``state`` is short
gets a name for it instead, and the value waits in the database.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.clock import HOUR
from gatelodge.base.encoding import b64url
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.login.transaction import Transaction

LIFETIME: Final = HOUR
DRAWN_BYTES: Final = 64
LONGEST: Final = 8_192
_PURPOSE: Final = "upstream trip"


class Trip(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What we must know again when the person comes back; ``began_at`` in ms.

    ``linking_sid``: the session whose person connects an account of theirs.
    """

    transaction: Transaction
    connection_id: str
    nonce: str
    verifier: str
    began_at: int
    linking_sid: str | None = None

    def expired(self, now: int) -> bool:
        """Whether the provider took longer than anybody waits."""
        return now - self.began_at > LIFETIME


def begin(
    transaction: Transaction,
    connection_id: str,
    *,
    raw: bytes,
    now: int,
    linking_sid: str | None = None,
) -> Trip:
    """A trip with a nonce and a verifier of its own (``DRAWN_BYTES`` random bytes)."""
    return Trip(
        transaction=transaction,
        connection_id=connection_id,
        nonce=b64url(raw[:32]),
        verifier=b64url(raw[32:]),
        began_at=now,
        linking_sid=linking_sid,
    )


def seal(trip: Trip, sealer: Sealer, nonce: bytes) -> str:
    """Seal for the provider's ``state``."""
    return sealer.seal_text(msgspec.json.encode(trip), purpose=_PURPOSE, nonce=nonce)


def unseal(text: str, sealer: Sealer) -> Trip | None:
    """Open a sealed trip; None for anything we did not seal."""
    if len(text) > LONGEST:
        return None
    try:
        plain = sealer.unseal_text(text, purpose=_PURPOSE)
        return msgspec.json.decode(plain, type=Trip)
    except (SealBroken, msgspec.DecodeError):
        return None
