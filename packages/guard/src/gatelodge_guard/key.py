"""A key that may check signatures, read once from a JWK (RFC 7517 §4, RFC 7518 §6)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from .errors import BadKeySet, Mistake

ASYMMETRIC = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
"""The allow-list for keys that anybody may read."""
SYMMETRIC = frozenset({"HS256"})
"""For an API secret that only issuer and API hold."""

_RSA_BITS = range(2048, 8193)  # weaker is broken; larger costs a caller too much
_SECRET_BYTES = 32  # HS256 needs a key as long as its hash (RFC 7518 §3.2)

Verifier = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Key:
    """One key and what it may do.

    ``algorithms`` follows from the key's type and its own ``alg``: the token chooses
    among them at most, it never adds one. ``id`` tells keys apart, also two that carry
    the same ``kid``.
    """

    id: str
    kid: str | None
    algorithms: frozenset[str]
    public: Verifier | None = field(default=None, repr=False, compare=False)
    secret: bytes = field(default=b"", repr=False, compare=False)

    def answers_to(self, kid: str | None) -> bool:
        """Is this the key a header with ``kid`` means? A secret has no name."""
        return kid is None or kid == self.kid or bool(self.secret)


def load_keys(jwks: Mapping[str, Any]) -> tuple[Key, ...]:
    """Read the signature keys of a JWK Set; the others are skipped (RFC 7517 §5).

    Skipped are encryption keys, types and curves outside the allow-list, symmetric
    keys (a published secret is none), weak or broken keys. Of a private key only the
    public half is kept. Raises ``BadKeySet`` when this is not a JWK Set at all.
    """
    members = jwks.get("keys")
    if not isinstance(members, list):
        raise BadKeySet("not a JWK Set: it has no array named keys")
    found = (load_key(member) for member in members if isinstance(member, Mapping))
    return tuple(key for key in found if key is not None)


def load_key(jwk: Mapping[str, Any]) -> Key | None:
    """Read one JWK, or None when it must not check a signature here."""
    if jwk.get("use", "sig") != "sig" or not _may_verify(jwk):
        return None
    try:
        public, possible = _public_of(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if public is None:
        return None
    algorithms = _allowed(jwk.get("alg"), possible)
    if not algorithms:
        return None
    kid = jwk.get("kid")
    kid = kid if isinstance(kid, str) else None
    return Key(
        id=_identity(jwk, kid, algorithms),
        kid=kid,
        algorithms=algorithms,
        public=public,
    )


def secret_key(secret: str | bytes) -> Key:
    """Take the API's own secret for HS256 (RFC 7518 §3.2).

    Raises ``Mistake`` when it is shorter than 32 bytes.
    """
    raw = secret.encode() if isinstance(secret, str) else secret
    if len(raw) < _SECRET_BYTES:
        raise Mistake("an HS256 secret needs at least 32 bytes")
    return Key(id="secret", kid=None, algorithms=SYMMETRIC, secret=raw)


def _may_verify(jwk: Mapping[str, Any]) -> bool:
    """``key_ops`` absent, or naming verify (RFC 7517 §4.3)."""
    uses = jwk.get("key_ops")
    return uses is None or (
        isinstance(uses, list) and bool({"verify", "sign"} & {*uses})
    )


def _allowed(own: object, possible: frozenset[str]) -> frozenset[str]:
    """Narrow what the type allows to the key's own ``alg`` (RFC 8725 §3.1)."""
    if own is None:
        return possible
    # RFC 9864 names Ed25519 exactly; tokens still say EdDSA.
    return frozenset({"EdDSA" if own == "Ed25519" else str(own)}) & possible


def _public_of(jwk: Mapping[str, Any]) -> tuple[Verifier | None, frozenset[str]]:
    """Import the public half; the type decides which algorithms are possible."""
    match jwk.get("kty"), jwk.get("crv"):
        case "RSA", _ if _bits(jwk["n"]) in _RSA_BITS:
            numbers = {n: jwk[n] for n in ("kty", "n", "e")}
            return RSAKey.import_key(numbers).public_key, frozenset({"RS256", "PS256"})
        case "EC", "P-256":
            point = {n: jwk[n] for n in ("kty", "crv", "x", "y")}
            return ECKey.import_key(point).public_key, frozenset({"ES256"})
        case "OKP", "Ed25519":
            octets = {n: jwk[n] for n in ("kty", "crv", "x")}
            edwards = OKPKey.import_key(octets).public_key
            if isinstance(edwards, ed25519.Ed25519PublicKey):
                return edwards, frozenset({"EdDSA"})
    return None, frozenset()


def _bits(modulus: str) -> int:
    """Measure an RSA modulus before anything is built from it."""
    raw = urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))
    return int.from_bytes(raw).bit_length()


def _identity(
    jwk: Mapping[str, Any], kid: str | None, algorithms: frozenset[str]
) -> str:
    """Equal for equal keys only, so that a renewed set keeps what was verified."""
    members = ("kty", "crv", "n", "e", "x", "y")
    parts = [str(jwk.get(member, "")) for member in members]
    return "|".join([*parts, kid or "", *sorted(algorithms)])
