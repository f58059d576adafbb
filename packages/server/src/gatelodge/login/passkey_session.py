"""``auth_session``: what an app was asked and has to bring back (contract 3.9).

Sealed, so that nothing is stored before a passkey has answered; good once, for a few
minutes, for the client and at the issuer that gave it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatelodge.base.clock import MINUTE
from gatelodge.base.errors import InvalidGrant
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.login.signup import Form
from gatelodge.login.webauthn import Challenge

LIFETIME: Final = 5 * MINUTE
UNVERIFIED: Final = "The passkey could not be verified."
_LONGEST: Final = 16 * 1024
_PURPOSE: Final = "passkey session"


class Newcomer(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """An account that the passkey will open; ``drawn`` makes its id, in hexadecimal."""

    drawn: str
    email: str
    key: str
    username: str | None
    profile: dict[str, str]
    metadata: dict[str, Any]

    @property
    def form(self) -> Form:
        """What was asked for, as the sign-up page has it."""
        return Form(
            email=self.email,
            key=self.key,
            password="",
            username=self.username,
            profile=self.profile,
            metadata=self.metadata,
        )


class PasskeySession(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Who asked, where, and for what; ``newcomer`` is None for a sign-in."""

    client_id: str
    issuer: str
    connection_id: str
    challenge: Challenge
    newcomer: Newcomer | None = None


def seal(session: PasskeySession, sealer: Sealer, nonce: bytes) -> str:
    """Seal for the app."""
    plain = msgspec.json.encode(session)
    return sealer.seal_text(plain, purpose=_PURPOSE, nonce=nonce)


def unseal(
    text: str, sealer: Sealer, *, client_id: str, issuer: str, now: int
) -> PasskeySession:
    """Open what this very client was given here, lately.

    Raises:
        InvalidGrant: it was not, or it is too old.
    """
    try:
        plain = sealer.unseal_text(text[:_LONGEST], purpose=_PURPOSE)
        session = msgspec.json.decode(plain, type=PasskeySession)
    except (SealBroken, msgspec.DecodeError) as error:
        raise _refused("not an auth_session of ours") from error
    if (session.client_id, session.issuer) != (client_id, issuer):
        raise _refused("the auth_session was given to another client, or elsewhere")
    if session.challenge.expires_at <= now:
        raise _refused("the auth_session is too old")
    return session


def spent() -> InvalidGrant:
    """It was brought before."""
    return _refused("the auth_session was used before")


def _refused(because: str) -> InvalidGrant:
    return InvalidGrant(UNVERIFIED, rule="Auth0-passkey-session", because=because)
