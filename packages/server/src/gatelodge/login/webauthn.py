"""What an authenticator is asked, and the challenge that makes the answer good once.

Used by passkeys and by the second factor (WebAuthn L3 §5.4, §5.5, §13.4.3). The
challenge is sealed and travels with the page or the app; nothing is stored until it is
answered, and then only that it was.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any, Final, Literal, TypeAlias

import msgspec

from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.login.relying_party import RelyingParty
from gatelodge.model.factor import Factor
from gatelodge.model.writes import SpendJti

CHALLENGE_BYTES: Final = 32
ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256, RS256: what a new key may be (contract 3.9)."""
TIMEOUT: Final = 60_000
_PURPOSE: Final = "webauthn challenge"
_LONGEST: Final = 2048
_TRANSPORTS: Final = frozenset(
    {"usb", "nfc", "ble", "smart-card", "hybrid", "internal"}
)

Verification: TypeAlias = Literal["required", "preferred", "discouraged"]


class Challenge(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A question that is answered at most once.

    Attributes:
        value: 32 random bytes, base64url.
        subject: whom or what the answer is for; one given elsewhere is no good here.
        expires_at: milliseconds.
    """

    value: str
    subject: str
    expires_at: int

    def spend(self) -> SpendJti:
        """The write that makes a second use lose; goes into the committing change."""
        key = digest_of(f"webauthn challenge\x00{self.value}")
        return SpendJti(key=key, expires_at=self.expires_at)


def begin(raw: bytes, *, subject: str, expires_at: int) -> Challenge:
    """A challenge of ``CHALLENGE_BYTES`` drawn bytes."""
    return Challenge(value=b64url(raw), subject=subject, expires_at=expires_at)


def seal(challenge: Challenge, sealer: Sealer, nonce: bytes) -> str:
    """Seal for a hidden field."""
    plain = msgspec.json.encode(challenge)
    return sealer.seal_text(plain, purpose=_PURPOSE, nonce=nonce)


def unseal(text: str, sealer: Sealer, *, subject: str, now: int) -> Challenge:
    """Open a challenge that was given for this very subject and is still good.

    Raises:
        WebauthnRefusal: it is not, or it is none of ours.
    """
    try:
        plain = sealer.unseal_text(text[:_LONGEST], purpose=_PURPOSE)
        challenge = msgspec.json.decode(plain, type=Challenge)
    except (SealBroken, msgspec.DecodeError) as error:
        raise _stale("not a challenge of ours") from error
    if not hmac.compare_digest(challenge.subject.encode(), subject.encode()):
        raise _stale("the challenge was given elsewhere")
    if challenge.expires_at <= now:
        raise _stale("the challenge is too old")
    return challenge


def handle_of(user_id: str) -> str:
    """What an authenticator calls a person: the same for all their keys, and no name.

    A digest, not the id itself: it tells a finder of the authenticator nothing
    (WebAuthn L3 §14.6.1).
    """
    return b64url(
        hashlib.sha256(b"gatelodge user handle\x00" + _utf8(user_id)).digest()
    )


def creation_options(
    party: RelyingParty,
    challenge: Challenge,
    *,
    user_id: str,
    label: str,
    display_name: str,
    known: Iterable[Factor] = (),
    discoverable: bool = True,
    verification: Verification = "required",
) -> dict[str, Any]:
    """``PublicKeyCredentialCreationOptions`` as JSON (WebAuthn L3 §5.4).

    ``known`` are keys of this person: an authenticator that holds one of them makes no
    second. Attestation is not asked for: which make of key it is decides nothing here.
    """
    return {
        "challenge": challenge.value,
        "timeout": TIMEOUT,
        "rp": {"id": party.id, "name": party.name},
        "user": {
            "id": handle_of(user_id),
            "name": label,
            "displayName": display_name,
        },
        "pubKeyCredParams": [
            {"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS
        ],
        "authenticatorSelection": {
            "residentKey": "required" if discoverable else "discouraged",
            "requireResidentKey": discoverable,
            "userVerification": verification,
        },
        "excludeCredentials": _descriptors(known, party),
        "attestation": "none",
    }


def request_options(
    party: RelyingParty,
    challenge: Challenge,
    *,
    known: Iterable[Factor] = (),
    verification: Verification = "required",
) -> dict[str, Any]:
    """``PublicKeyCredentialRequestOptions`` as JSON (WebAuthn L3 §5.5).

    Without ``known`` any passkey of this domain will do. Keys are listed only for
    somebody who has proven a first factor, never for a stranger (security defaults 30).
    """
    options: dict[str, Any] = {
        "challenge": challenge.value,
        "timeout": TIMEOUT,
        "rpId": party.id,
        "userVerification": verification,
    }
    listed = _descriptors(known, party)
    return {**options, "allowCredentials": listed} if listed else options


def _descriptors(known: Iterable[Factor], party: RelyingParty) -> list[dict[str, Any]]:
    return [
        {
            "type": "public-key",
            "id": factor.credential,
            "transports": transports_of(factor.details.get("transports")),
        }
        for factor in known
        if factor.credential and factor.details.get("rp_id") == party.id
    ]


def transports_of(said: object) -> list[str]:
    """The ways to an authenticator that we know of, each once."""
    named = said if isinstance(said, list) else []
    return sorted({name for name in named if isinstance(name, str)} & _TRANSPORTS)


def _stale(because: str) -> WebauthnRefusal:
    return WebauthnRefusal(
        "error.passkey_stale", rule="WebAuthn-13.4.3", because=because
    )


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
