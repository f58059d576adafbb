"""Our bearer secrets: prefix, id, generation, secret, shield (house, section 4).

A refresh token is ``rt_`` and base64url of ``version ‖ family id ‖ generation ‖
secret ‖ shield``. The *secret* is an HMAC over the row's seed and the generation:
it takes both the key and the database to make one. The *shield* is an HMAC over all
the rest, so a forgery dies without a query, and any genuine generation is known as
ours without keeping old tokens.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

import msgspec

from gatelodge.base.encoding import b64url, unb64url

FAMILY_ID_BYTES: Final = 16
SEED_BYTES: Final = 32
SECRET_BYTES: Final = 32
_VERSION: Final = b"\x01"
_MAC_BYTES: Final = 16
_BODY: Final = 1 + FAMILY_ID_BYTES + 4 + _MAC_BYTES
REFRESH_PREFIX: Final = "rt_"
CODE_PREFIX: Final = "ac_"
SESSION_PREFIX: Final = "se_"
TICKET_PREFIX: Final = "ti_"
CLIENT_SECRET_PREFIX: Final = "cs_"
ACCESS_PREFIX: Final = "at_"
BROWSER_PREFIX: Final = "br_"
MFA_PREFIX: Final = "mf_"
PREFIXES: Final = (
    REFRESH_PREFIX,
    CODE_PREFIX,
    SESSION_PREFIX,
    TICKET_PREFIX,
    CLIENT_SECRET_PREFIX,
    ACCESS_PREFIX,
    BROWSER_PREFIX,
    MFA_PREFIX,
)


class Shown(msgspec.Struct, frozen=True):
    """A refresh token that is genuinely ours, taken apart."""

    family_id: str
    generation: int
    secret: bytes


class RefreshTokens:
    """Makes and reads refresh tokens; holds the HMAC keys, newest first."""

    def __init__(
        self, *, secret_keys: Sequence[bytes], shield_keys: Sequence[bytes]
    ) -> None:
        self._secret_keys = tuple(secret_keys)
        self._shield_keys = tuple(shield_keys)

    def mint(self, family_id: str, *, seed: bytes, generation: int) -> str:
        """The one token of this family's ``generation``; the same every time."""
        number = generation.to_bytes(4, "big")
        secret = _mac(self._secret_keys[0], seed + number)
        body = _VERSION + unb64url(family_id) + number + secret
        return REFRESH_PREFIX + b64url(body + _mac(self._shield_keys[0], body))

    def read(self, token: str) -> Shown | None:
        """Take a presented token apart; None when it was never ours."""
        raw = _raw(token)
        if raw is None:
            return None
        body, shield = raw[:_BODY], raw[_BODY:]
        if not any(
            hmac.compare_digest(_mac(key, body), shield) for key in self._shield_keys
        ):
            return None
        return Shown(
            b64url(body[1 : 1 + FAMILY_ID_BYTES]),
            int.from_bytes(body[1 + FAMILY_ID_BYTES : -_MAC_BYTES], "big"),
            body[-_MAC_BYTES:],
        )

    def knows(self, shown: Shown, seed: bytes) -> bool:
        """Whether the secret was made from this row's seed."""
        number = shown.generation.to_bytes(4, "big")
        return any(
            hmac.compare_digest(_mac(key, seed + number), shown.secret)
            for key in self._secret_keys
        )


def random_token(prefix: str, raw: bytes) -> str:
    """A code, session, ticket or client secret: prefix and random bytes."""
    return prefix + b64url(raw)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")[:_MAC_BYTES]


def _raw(token: str) -> bytes | None:
    if not token.startswith(REFRESH_PREFIX):
        return None
    try:
        raw = unb64url(token.removeprefix(REFRESH_PREFIX))
    except ValueError:
        return None
    fits = len(raw) == _BODY + _MAC_BYTES and raw[:1] == _VERSION
    return raw if fits else None
