"""What an app holds between the first factor and the second (contract 3.8).

Sealed, so that nothing is stored before both are proven: who, at which app, what they
asked for, and how they have proven themselves so far. Good for ten minutes and one set
of tokens.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import ExpiredToken, InvalidGrant
from gatelodge.base.opaque import MFA_PREFIX
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.model.writes import SpendJti

LIFETIME: Final = 10 * MINUTE
JTI_BYTES: Final = 12
_PURPOSE: Final = "mfa token"
_LONGEST: Final = 4_000


class MfaToken(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One sign-in halfway; ``issued_at`` in milliseconds.

    ``joining``: under which name is kept who becomes part of the person's account.
    """

    user_id: str
    client_id: str
    audience: str | None
    scope: str | None
    amr: tuple[str, ...]
    issued_at: int
    jti: str
    joining: str | None = None


def seal(token: MfaToken, sealer: Sealer, nonce: bytes) -> str:
    """The token as the app gets it."""
    plain = msgspec.json.encode(token)
    return MFA_PREFIX + sealer.seal_text(plain, purpose=_PURPOSE, nonce=nonce)


def unseal(text: str, sealer: Sealer, now: int) -> MfaToken:
    """Read a token that an app brings.

    Raises:
        InvalidGrant: it is none of ours.
        ExpiredToken: it is too old.
    """
    found = _opened(text, sealer) if len(text) <= _LONGEST else None
    if found is None:
        raise InvalidGrant("Malformed mfa_token", rule="Auth0-mfa-token")
    if now - found.issued_at > LIFETIME:
        raise ExpiredToken("mfa_token is expired", rule="Auth0-mfa-token-expired")
    return found


def _opened(text: str, sealer: Sealer) -> MfaToken | None:
    if not text.startswith(MFA_PREFIX):
        return None
    try:
        plain = sealer.unseal_text(text.removeprefix(MFA_PREFIX), purpose=_PURPOSE)
        return msgspec.json.decode(plain, type=MfaToken)
    except (SealBroken, msgspec.DecodeError):
        return None


def spend(token: MfaToken) -> SpendJti:
    """To be committed with the tokens that it gives: a second time it gives none."""
    return SpendJti(
        key=digest_of(f"mfa token\x00{token.jti}"),
        expires_at=token.issued_at + 2 * LIFETIME,
    )
