"""An authenticator in software: makes keys and signs, on whatever screen it is told.

It does what a phone, a security key or a password manager does (WebAuthn L3 §6), and
everything a dishonest one might do, because each part of an answer can be given.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA

from gatelodge.base.encoding import b64url, unb64url

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


class Authenticator:
    """One key of one person; ``synced`` as a password manager's keys are."""

    def __init__(
        self,
        number: int = 1,
        *,
        synced: bool = False,
        algorithm: int = -7,
        counts: bool = True,
    ) -> None:
        self.credential_id = hashlib.sha256(f"key {number}".encode()).digest()
        self.handle: str | None = None
        self.counter = 0
        self.algorithm = algorithm
        self.private = _private(algorithm)
        self.flags = PRESENT | VERIFIED
        self.counts = counts
        if synced:
            self.flags |= ELIGIBLE | BACKED_UP

    @property
    def public(self) -> CoseKey:
        """The public key as COSE spells it."""
        kind = {-7: ES256, -8: EdDSA, -257: RS256}[self.algorithm]
        return kind.from_cryptography_key(self.private.public_key())

    def create(
        self,
        options: dict[str, Any],
        origin: str,
        *,
        rp_id: str | None = None,
        flags: int | None = None,
        client_data: dict[str, Any] | None = None,
        key: CoseKey | None = None,
    ) -> dict[str, Any]:
        """Answer ``PublicKeyCredentialCreationOptions``."""
        self.handle = options["user"]["id"]
        attested = (
            bytes(16)
            + struct.pack(">H", len(self.credential_id))
            + self.credential_id
            + cbor.encode(key or self.public)
        )
        data = self._data(
            rp_id or options["rp"]["id"],
            (self.flags if flags is None else flags) | ATTESTED,
            attested,
        )
        statement = {"fmt": "none", "attStmt": {}, "authData": data}
        screen = _screen("webauthn.create", options["challenge"], origin, client_data)
        return self._answer(
            {
                "clientDataJSON": b64url(screen),
                "attestationObject": b64url(cbor.encode(statement)),
                "transports": ["internal", "hybrid"],
            }
        )

    def get(
        self,
        options: dict[str, Any],
        origin: str,
        *,
        rp_id: str | None = None,
        flags: int | None = None,
        client_data: dict[str, Any] | None = None,
        handle: str | None = None,
    ) -> dict[str, Any]:
        """Answer ``PublicKeyCredentialRequestOptions``."""
        if self.counts:
            self.counter += 1
        data = self._data(
            rp_id or options["rpId"], self.flags if flags is None else flags
        )
        screen = _screen("webauthn.get", options["challenge"], origin, client_data)
        return self._answer(
            {
                "clientDataJSON": b64url(screen),
                "authenticatorData": b64url(data),
                "signature": b64url(self._sign(data + hashlib.sha256(screen).digest())),
                "userHandle": handle or self.handle,
            }
        )

    def _data(self, rp_id: str, flags: int, attested: bytes = b"") -> bytes:
        domain = hashlib.sha256(rp_id.encode()).digest()
        return domain + struct.pack(">BI", flags, self.counter) + attested

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = b64url(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": response,
            "clientExtensionResults": {},
        }

    def _sign(self, message: bytes) -> bytes:
        private = self.private
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return private.sign(message, ec.ECDSA(hashes.SHA256()))
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return private.sign(message)


def changed(answer: dict[str, Any], **response: Any) -> dict[str, Any]:
    """The same answer with parts of its response replaced."""
    return {**answer, "response": {**answer["response"], **response}}


def as_bytes(text: str) -> bytes:
    """A part of an answer as the bytes it stands for."""
    return unb64url(text)


def _private(algorithm: int) -> Private:
    if algorithm == -8:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == -257:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _screen(
    kind: str, challenge: str, origin: str, more: dict[str, Any] | None
) -> bytes:
    """``CollectedClientData``: what the browser or the phone adds."""
    said = {"type": kind, "challenge": challenge, "origin": origin}
    return json.dumps({**said, "crossOrigin": False, **(more or {})}).encode()
