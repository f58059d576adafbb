"""What an authenticator answers: and whether it is good (WebAuthn L3 §7.1, §7.2).

The mathematics and the encodings are the library's. Here stand the rules: the right
challenge, on a screen we believe, for our domain, by somebody who was there and, where
it counts as two factors, was recognised; by a key that nobody has copied.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AttestationObject, AuthenticatorData, CollectedClientData

from gatelodge.base.encoding import b64url, unb64url
from gatelodge.base.errors import WebauthnRefusal
from gatelodge.login.relying_party import RelyingParty
from gatelodge.login.webauthn import ALGORITHMS, Challenge, handle_of, transports_of
from gatelodge.model.factor import Factor, FactorKind
from gatelodge.model.writes import UseFactor

LARGEST: Final = 32 * 1024
_LARGEST_PART: Final = 16 * 1024
_LONGEST_ID: Final = 1023
_RSA: Final = -257
_RSA_BYTES: Final = range(256, 513)
_LARGEST_EXPONENT: Final = 4
_BROKEN: Final = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    OverflowError,
    struct.error,
    UnsupportedAlgorithm,
)
"""All that the library may raise for bytes that are not what they should be."""

_T = TypeVar("_T")


class _Response(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    client_data: str = msgspec.field(name="clientDataJSON")
    attestation_object: str | None = None
    authenticator_data: str | None = None
    signature: str | None = None
    user_handle: str | None = None
    transports: list[Any] | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """``PublicKeyCredential`` as JSON (WebAuthn L3 §5.1.8; contract 3.4)."""

    id: str
    raw_id: str
    type: str
    response: _Response
    authenticator_attachment: str | None = None

    @property
    def elsewhere(self) -> bool:
        """Whether the key is on another device than the one with the screen."""
        return self.authenticator_attachment == "cross-platform"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A good answer of a known key.

    Attributes:
        verified: the person was recognised, by a PIN or by what they are.
        synced: the key may be on several devices.
        use: the write that remembers the counter; loses if another was faster.
    """

    verified: bool
    synced: bool
    use: UseFactor


def read(sent: object) -> Answer:
    """Read what the browser or the app hands over: an object, or its JSON text.

    Raises:
        WebauthnRefusal: it is not of this shape.
    """
    try:
        if isinstance(sent, str):
            if len(sent) > LARGEST:
                raise _malformed("the answer is too large")
            answer = msgspec.json.decode(sent, type=Answer)
        else:
            answer = msgspec.convert(sent, type=Answer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _malformed("not a public key credential") from error
    if answer.type != "public-key" or answer.id != answer.raw_id:
        raise _malformed("not a public key credential")
    if not 0 < len(_bytes(answer.raw_id)) <= _LONGEST_ID:
        raise _malformed("no id of a credential")
    return answer


def register(
    answer: Answer,
    *,
    party: RelyingParty,
    challenge: Challenge,
    user_id: str,
    kind: FactorKind,
    factor_id: str,
    name: str | None,
    now: int,
    must_verify: bool = True,
) -> Factor:
    """The new key as a factor that counts from now on (WebAuthn L3 §7.1).

    Raises:
        WebauthnRefusal: the answer is not good here.
    """
    _check_client_data(answer, "webauthn.create", party=party, challenge=challenge)
    attested = _parsed(
        lambda: AttestationObject(_needed(answer.response.attestation_object))
    ).auth_data
    _check_authenticator(attested, party=party, must_verify=must_verify)
    return Factor(
        id=factor_id,
        user_id=user_id,
        kind=kind,
        credential=answer.raw_id,
        details={
            **_key_of(attested, answer),
            "rp_id": party.id,
            "handle": handle_of(user_id),
        },
        counter=attested.counter,
        name=name,
        created_at=now,
        confirmed_at=now,
    )


def _key_of(attested: AuthenticatorData, answer: Answer) -> dict[str, Any]:
    """What has to be remembered of a new key."""
    credential = attested.credential_data
    if credential is None or b64url(credential.credential_id) != answer.raw_id:
        raise _malformed("the key has another id")
    key = credential.public_key
    _parsed(lambda: _check_key(key))
    return {
        "public_key": b64url(_parsed(lambda: cbor.encode(key))),
        "aaguid": str(credential.aaguid),
        "transports": transports_of(answer.response.transports),
        "synced": attested.is_backup_eligible(),
        "backed_up": attested.is_backed_up(),
    }


def verify(
    answer: Answer,
    factor: Factor,
    *,
    party: RelyingParty,
    challenge: Challenge,
    now: int,
    discovered: bool = True,
    must_verify: bool = True,
) -> Proof:
    """What a known key has signed (WebAuthn L3 §7.2).

    ``discovered``: nobody said who signs in, so the authenticator must have.

    Raises:
        WebauthnRefusal: the answer is not good here; ``rule`` says why.
    """
    client_data = _check_client_data(
        answer, "webauthn.get", party=party, challenge=challenge
    )
    signed = _parsed(
        lambda: AuthenticatorData(_needed(answer.response.authenticator_data))
    )
    _check_handle(answer.response.user_handle, factor, needed=discovered)
    _check_authenticator(signed, party=party, must_verify=must_verify)
    _check_signature(factor, signed + sha256(client_data).digest(), answer)
    if signed.is_backup_eligible() != bool(factor.details.get("synced")):
        raise _refused("the key's backup eligibility changed", "WebAuthn-7.2.backup")
    _check_counter(factor, signed.counter)
    return Proof(
        verified=signed.is_user_verified(),
        synced=signed.is_backup_eligible(),
        use=_use(factor, signed, now),
    )


def _use(factor: Factor, signed: AuthenticatorData, now: int) -> UseFactor:
    return UseFactor(
        id=factor.id,
        user_id=factor.user_id,
        seen_counter=factor.counter,
        counter=signed.counter,
        details={**factor.details, "backed_up": signed.is_backed_up()},
        at=now,
    )


def _check_client_data(
    answer: Answer, kind: str, *, party: RelyingParty, challenge: Challenge
) -> bytes:
    """What the screen adds: which question, whose screen (WebAuthn L3 §5.8.1)."""
    raw = _bytes(answer.response.client_data)
    said = _parsed(lambda: CollectedClientData(raw))
    if said.type != kind:
        raise _refused("an answer to another kind of question", "WebAuthn-7.1.type")
    if not hmac.compare_digest(said.challenge, unb64url(challenge.value)):
        raise _refused("an answer to another challenge", "WebAuthn-7.1.challenge")
    if str(said.origin) not in party.origins:
        raise _refused("asked on another origin", "WebAuthn-7.1.origin")
    if said.cross_origin is not False:
        raise _refused("asked in a frame of another site", "WebAuthn-7.1.cross-origin")
    return raw


def _check_authenticator(
    data: AuthenticatorData, *, party: RelyingParty, must_verify: bool
) -> None:
    if not hmac.compare_digest(data.rp_id_hash, sha256(party.id.encode()).digest()):
        raise _refused("made for another domain", "WebAuthn-7.1.rp-id")
    if not data.is_user_present():
        raise _refused("nobody was there", "WebAuthn-7.1.presence")
    if must_verify and not data.is_user_verified():
        raise _refused("nobody was recognised", "WebAuthn-7.1.verification")
    if data.is_backed_up() and not data.is_backup_eligible():
        raise _refused("backed up, yet it cannot be", "WebAuthn-7.1.backup")


def _check_handle(said: str | None, factor: Factor, *, needed: bool) -> None:
    """The key and the person belong together (WebAuthn L3 §7.2)."""
    if said is None and not needed:
        return
    known = str(factor.details.get("handle", ""))
    if not known or not hmac.compare_digest((said or "").encode(), known.encode()):
        raise _refused("the key names another person", "WebAuthn-7.2.handle")


def _check_signature(factor: Factor, message: bytes, answer: Answer) -> None:
    signature = _needed(answer.response.signature)
    try:
        key = CoseKey.parse(cbor.decode(unb64url(factor.details["public_key"])))  # type: ignore[arg-type]
        key.verify(message, signature)
    except (InvalidSignature, *_BROKEN) as error:
        raise _refused("the signature is not good", "WebAuthn-7.2.signature") from error


def _check_counter(factor: Factor, counter: int) -> None:
    """A counter only rises; a key that has none says 0 (WebAuthn L3 §6.1.1)."""
    if (counter or factor.counter) and counter <= factor.counter:
        raise _refused(
            f"the counter fell from {factor.counter} to {counter}: a copy of the key?",
            "WebAuthn-7.2.counter",
        )


def _check_key(key: CoseKey) -> None:
    """A key of an algorithm we offered, that signatures can be checked with."""
    algorithm = key[3]
    if algorithm not in ALGORITHMS:
        raise ValueError("an algorithm that was not offered")
    if algorithm == _RSA and (
        len(key[-1]) not in _RSA_BYTES or len(key[-2]) > _LARGEST_EXPONENT
    ):
        raise ValueError("an RSA key of a size we do not take")
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return  # as it must be: the key itself could be used


def _parsed(parse: Callable[[], _T]) -> _T:
    try:
        return parse()
    except _BROKEN as error:
        raise _malformed(f"cannot be read: {type(error).__name__}") from error


def _needed(text: str | None) -> bytes:
    if text is None:
        raise _malformed("a part of the answer is missing")
    return _bytes(text)


def _bytes(text: str) -> bytes:
    if len(text) > _LARGEST_PART:
        raise _malformed("a part of the answer is too large")
    try:
        return unb64url(text)
    except ValueError as error:
        raise _malformed("not base64url") from error


def _malformed(because: str) -> WebauthnRefusal:
    return _refused(because, "WebAuthn-5.1")


def _refused(because: str, rule: str) -> WebauthnRefusal:
    return WebauthnRefusal("error.passkey_failed", rule=rule, because=because)
