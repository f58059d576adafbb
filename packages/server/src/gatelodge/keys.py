"""Signing keys: made, sealed, taken into use, published and retired.

For each algorithm there is a ``next`` key, published before it signs, one ``current``
key, and any number of ``previous`` ones that stay published until revoked
(contract 2.1; OpenID Connect Core §10.1.1).
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from gatelodge.base.change import Write
from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.entropy import Entropy
from gatelodge.base.errors import Mistake
from gatelodge.base.jose import PrivateKey, Signer, signer
from gatelodge.base.seal import NONCE_BYTES, SealBroken, Sealer
from gatelodge.connections.saml.keys import ENCRYPTION, KINDS, SIGNING, SamlKeys
from gatelodge.model.key import KeyState, SigningKey
from gatelodge.model.writes import BumpCatalogue, PutSigningKey
from gatelodge_guard.jws import Key, load_keys

_PURPOSE: Final = "signing key"
_RSA_BITS: Final = 2048
_CERTIFICATE_DAYS: Final = 3650
PUBLISHED: Final[tuple[KeyState, ...]] = ("current", "next", "previous")


class Keyring:
    """The signers of one catalogue version, and the key set we publish."""

    def __init__(self, keys: tuple[SigningKey, ...], sealer: Sealer) -> None:
        self.saml = _saml_keys([key for key in keys if key.alg in KINDS], sealer)
        keys = tuple(key for key in keys if key.alg not in KINDS)
        current = [key for key in keys if key.state == "current"]
        self._signers: Mapping[str, Signer] = {
            key.alg: signer(
                key.kid, key.alg, sealer.unseal(key.sealed, purpose=_PURPOSE)
            )
            for key in current
        }
        shown = sorted(
            (key for key in keys if key.state in PUBLISHED),
            key=lambda key: (PUBLISHED.index(key.state), key.alg != "RS256", key.kid),
        )
        self.jwks: dict[str, Any] = {"keys": [key.jwk for key in shown]}
        self.public_keys: tuple[Key, ...] = load_keys(self.jwks) if shown else ()

    def signer(self, alg: str) -> Signer:
        """The current signer for ``alg``.

        Raises:
            Mistake: there is no key for this algorithm.
        """
        found = self._signers.get(alg)
        if found is None:
            raise Mistake(f"no current signing key for {alg}")
        return found

    def algorithms(self) -> tuple[str, ...]:
        """Algorithms that can sign now."""
        return tuple(self._signers)


def make_key(
    alg: str, state: KeyState, *, sealer: Sealer, entropy: Entropy, now: int
) -> SigningKey:
    """Make a key pair for ``alg`` and seal its private half."""
    private = _private_key(alg)
    der = private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    jwk = _public_jwk(private, alg, now)
    return SigningKey(
        kid=jwk["kid"],
        alg=alg,
        state=state,
        jwk=jwk,
        sealed=sealer.seal(der, purpose=_PURPOSE, nonce=entropy.draw(NONCE_BYTES)),
        created_at=now,
        changed_at=now,
    )


def missing_keys(
    keys: tuple[SigningKey, ...],
    algorithms: frozenset[str],
    *,
    sealer: Sealer,
    entropy: Entropy,
    now: int,
) -> tuple[Write, ...]:
    """Writes that give every wanted algorithm a current and a next key."""
    have = {(key.alg, key.state) for key in keys}
    wanted: tuple[tuple[str, KeyState], ...] = tuple(
        (alg, state) for alg in sorted(algorithms) for state in ("current", "next")
    )
    made = tuple(
        PutSigningKey(key=make_key(alg, state, sealer=sealer, entropy=entropy, now=now))
        for alg, state in wanted
        if (alg, state) not in have
    )
    return (*made, BumpCatalogue()) if made else ()


def rotate(
    keys: tuple[SigningKey, ...],
    alg: str,
    *,
    sealer: Sealer,
    entropy: Entropy,
    now: int,
) -> tuple[Write, ...]:
    """Next becomes current, current previous; a new next is published.

    Raises:
        Mistake: there is no next key for ``alg``, or we could not sign with it.
    """
    steps: dict[KeyState, KeyState] = {"current": "previous", "next": "current"}
    own = [key for key in keys if key.alg == alg and key.state in steps]
    if not any(key.state == "next" for key in own):
        raise Mistake(f"no next signing key for {alg}")
    if unopened(tuple(own), sealer):
        raise Mistake(
            f"the next signing key for {alg} is sealed with a master key that is not"
            " here: put that key behind the first one"
        )
    moved = tuple(PutSigningKey(key=_moved(key, steps[key.state], now)) for key in own)
    fresh = make_key(alg, "next", sealer=sealer, entropy=entropy, now=now)
    return (*moved, PutSigningKey(key=fresh), BumpCatalogue())


def unopened(keys: tuple[SigningKey, ...], sealer: Sealer) -> tuple[SigningKey, ...]:
    """Keys that sign, or will, sealed with a master key that is not held."""
    wanted = [key for key in keys if key.state in ("current", "next")]
    return tuple(key for key in wanted if not _opens(key, sealer))


def _opens(key: SigningKey, sealer: Sealer) -> bool:
    try:
        sealer.unseal(key.sealed, purpose=_PURPOSE)
    except SealBroken:
        return False
    return True


def revoke(keys: tuple[SigningKey, ...], kid: str, *, now: int) -> tuple[Write, ...]:
    """Withdraw a previous key: its tokens fail as soon as key sets are fetched anew.

    Raises:
        Mistake: no such key, or it is the one that signs now.
    """
    found = next((key for key in keys if key.kid == kid), None)
    if found is None:
        raise Mistake(f"there is no key {kid}")
    if found.state in ("current", "next"):
        raise Mistake(f"key {kid} is {found.state}: rotate first, then revoke it")
    return (PutSigningKey(key=_moved(found, "revoked", now)), BumpCatalogue())


def _saml_keys(keys: list[SigningKey], sealer: Sealer) -> SamlKeys:
    """Our keys in SAML; a revoked one neither signs nor opens."""
    order = {state: at for at, state in enumerate(PUBLISHED)}
    held = sorted(
        (key for key in keys if key.state in order), key=lambda key: order[key.state]
    )
    signing = [key for key in held if key.alg == SIGNING and key.state != "previous"]
    opening = [key for key in held if key.alg == ENCRYPTION and _opens(key, sealer)]
    if not signing or not opening:
        return SamlKeys()
    return SamlKeys(
        key=_rsa(signing[0], sealer),
        certificate=signing[0].jwk["x5c"][0],
        signing=tuple(key.jwk["x5c"][0] for key in signing),
        encryption=opening[0].jwk["x5c"][0],
        opening=tuple(_rsa(key, sealer) for key in opening),
    )


def _rsa(key: SigningKey, sealer: Sealer) -> rsa.RSAPrivateKey:
    der = sealer.unseal(key.sealed, purpose=_PURPOSE)
    found = serialization.load_der_private_key(der, password=None)
    if not isinstance(found, rsa.RSAPrivateKey):
        raise Mistake(f"key {key.kid} is no RSA key")
    return found


def _moved(key: SigningKey, state: KeyState, now: int) -> SigningKey:
    return SigningKey(
        kid=key.kid,
        alg=key.alg,
        state=state,
        jwk=key.jwk,
        sealed=key.sealed,
        created_at=key.created_at,
        changed_at=now,
    )


def _private_key(alg: str) -> PrivateKey:
    if alg in ("RS256", "PS256", *KINDS):
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    if alg == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    raise Mistake(f"unknown signing algorithm {alg}")


def _public_jwk(private: PrivateKey, alg: str, now: int) -> dict[str, Any]:
    """Public members and a self-signed certificate, as Auth0's key set shows them."""
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        jwk: dict[str, Any] = {
            "kty": "RSA",
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }
    elif isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_numbers()
        jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": b64url(point.x.to_bytes(32, "big")),
            "y": b64url(point.y.to_bytes(32, "big")),
        }
    else:
        raw = public.public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}
    kid = _thumbprint(jwk)
    return {**jwk, "alg": alg, "use": "sig", "kid": kid, **_certificate(private, now)}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638: digest of the required members in order."""
    inner = ",".join(f'"{name}":"{jwk[name]}"' for name in sorted(jwk))
    return digest_of("{" + inner + "}")


def _number(value: int) -> str:
    return b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _certificate(private: PrivateKey, now: int) -> dict[str, Any]:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gatelodge signing key")])
    start = dt.datetime.fromtimestamp(now // 1000, tz=dt.UTC)
    algorithm = (
        None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=_CERTIFICATE_DAYS))
        .sign(private, algorithm)
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    return {
        "x5t": b64url(certificate.fingerprint(hashes.SHA1())),  # noqa: S303 - RFC 7517 §4.8
        "x5c": [base64.b64encode(der).decode("ascii")],
    }
