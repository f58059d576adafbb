"""Signing: what we sign, the guard and a second library accept."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwt
from joserfc.jwk import KeySet

from gatelodge.base.errors import Mistake
from gatelodge.base.jose import ALGORITHMS, signer
from gatelodge.base.seal import Sealer
from gatelodge.keys import Keyring, make_key
from gatelodge_guard import jws
from gatelodge_guard.errors import BadSignature
from tests.rules.world import NOW

CLAIMS = {"iss": "https://id.example.com/", "sub": "auth0|ada", "n": [1, {"ü": None}]}


class Entropy:
    def draw(self, size: int) -> bytes:
        return bytes(size)


@pytest.fixture(scope="module")
def ring() -> Keyring:
    sealer = Sealer((b"k" * 32,))
    keys = tuple(
        make_key(alg, "current", sealer=sealer, entropy=Entropy(), now=NOW)
        for alg in ALGORITHMS
    )
    return Keyring(keys, sealer)


def der(private) -> bytes:
    return private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.rule("RFC7515-5.2")
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_guard_accepts_what_we_sign(ring: Keyring, alg: str) -> None:
    token = ring.signer(alg).token(CLAIMS, typ="at+jwt")
    verified = jws.verify(token, ring.public_keys)
    assert verified.payload == CLAIMS
    assert verified.header == {
        "alg": alg,
        "typ": "at+jwt",
        "kid": ring.signer(alg).kid,
    }


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864 renames it
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_second_library_accepts_it_too(ring: Keyring, alg: str) -> None:
    token = ring.signer(alg).token(CLAIMS)
    keys = KeySet.import_key_set(ring.jwks)
    decoded = jwt.decode(token, keys, algorithms=[alg])
    assert decoded.claims == CLAIMS
    assert decoded.header["typ"] == "JWT"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_another_payload_does_not_pass(ring: Keyring, alg: str) -> None:
    head, _, signature = ring.signer(alg).token(CLAIMS).split(".")
    _, body, _ = ring.signer(alg).token({"sub": "auth0|eve"}).split(".")
    with pytest.raises(BadSignature):
        jws.verify(f"{head}.{body}.{signature}", ring.public_keys)


@pytest.mark.parametrize(
    ("alg", "private"),
    [
        ("RS256", ec.generate_private_key(ec.SECP256R1())),
        ("PS256", ed25519.Ed25519PrivateKey.generate()),
        ("ES256", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        ("ES256", ec.generate_private_key(ec.SECP384R1())),
        ("EdDSA", ec.generate_private_key(ec.SECP256R1())),
        ("HS256", ed25519.Ed25519PrivateKey.generate()),
        ("none", ed25519.Ed25519PrivateKey.generate()),
    ],
)
@pytest.mark.rule("RFC8725-3.1")
def test_a_key_signs_only_what_it_is_for(alg: str, private) -> None:
    with pytest.raises(Mistake):
        signer("kid", alg, der(private))


def test_short_numbers_are_padded() -> None:
    """An ES256 signature has 64 bytes, also when a number begins with zeros."""
    es256 = signer("k", "ES256", der(ec.generate_private_key(ec.SECP256R1())))
    assert {len(es256.sign(bytes([n]))) for n in range(200)} == {64}
