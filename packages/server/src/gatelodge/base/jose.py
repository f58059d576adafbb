"""Signing: our JWTs, and the shape of our public keys (RFC 7515, 7517, 7519).

The mathematics is joserfc's; which key may sign what is decided here by the key's
own ``alg``. Checking a token is the guard's business (``gatelodge_guard.jws``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeGuard

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import Mistake

PrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
)
Sign: TypeAlias = Callable[[bytes], bytes]

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_COORDINATE: Final = 32


class Signer(msgspec.Struct, frozen=True):
    """One private key, ready to sign with the one algorithm it is for."""

    kid: str
    alg: str
    sign: Sign

    def token(self, claims: Mapping[str, Any], *, typ: str = "JWT") -> str:
        """Sign ``claims`` as a compact JWS (RFC 7515 §7.1)."""
        header = {"alg": self.alg, "typ": typ, "kid": self.kid}
        body = _part(header) + b"." + _part(claims)
        return body.decode("ascii") + "." + b64url(self.sign(body))


def signer(kid: str, alg: str, der: bytes) -> Signer:
    """Make a signer from an unencrypted PKCS #8 private key.

    Raises:
        Mistake: the key does not fit the algorithm.
    """
    key = load_der_private_key(der, password=None)
    return Signer(kid, alg, _sign_with(key, alg))


def _sign_with(key: object, alg: str) -> Sign:
    if alg == "RS256" and isinstance(key, rsa.RSAPrivateKey):
        return lambda body: key.sign(body, padding.PKCS1v15(), hashes.SHA256())
    if alg == "PS256" and isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(
            mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH
        )
        return lambda body: key.sign(body, pss, hashes.SHA256())
    if alg == "ES256" and _on_p256(key):
        return lambda body: _raw_ecdsa(key.sign(body, ec.ECDSA(hashes.SHA256())))
    if alg == "EdDSA" and isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    raise Mistake(f"this key cannot sign {alg}")


def _on_p256(key: object) -> TypeGuard[ec.EllipticCurvePrivateKey]:
    """ES256 is this curve only (RFC 7518 §3.4)."""
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(
        key.curve, ec.SECP256R1
    )


def _raw_ecdsa(der: bytes) -> bytes:
    """Two 32-byte numbers side by side, not DER (RFC 7518 §3.4)."""
    first, second = decode_dss_signature(der)
    return first.to_bytes(_COORDINATE, "big") + second.to_bytes(_COORDINATE, "big")


def _part(value: Mapping[str, Any]) -> bytes:
    return b64url(msgspec.json.encode(value)).encode("ascii")
