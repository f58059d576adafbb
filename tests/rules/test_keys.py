"""Signing keys: next, current, previous, revoked; nobody is signed out."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography import x509
from joserfc.jwk import RSAKey

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import Mistake
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.keys import (
    Keyring,
    make_key,
    missing_keys,
    revoke,
    rotate,
    unopened,
)
from gatelodge.model.key import SigningKey
from gatelodge.model.writes import BumpCatalogue, PutSigningKey
from gatelodge_guard import jws
from gatelodge_guard.errors import InvalidToken, UnknownKey
from tests.rules.world import NOW


class Counting:
    def __init__(self) -> None:
        self.drawn = 0

    def draw(self, size: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")


SEALER = Sealer((b"k" * 32,))
ENTROPY = Counting()
CLAIMS = {"sub": "auth0|ada"}


def made(alg: str = "ES256", state: Any = "current", at: int = NOW) -> SigningKey:
    return make_key(alg, state, sealer=SEALER, entropy=ENTROPY, now=at)


def applied(keys: tuple[SigningKey, ...], writes: tuple[Any, ...]) -> tuple[Any, ...]:
    """The rows after these writes."""
    rows = {key.kid: key for key in keys}
    rows |= {one.key.kid: one.key for one in writes if isinstance(one, PutSigningKey)}
    return tuple(rows.values())


def begun(*algorithms: str) -> tuple[SigningKey, ...]:
    writes = missing_keys(
        (), frozenset(algorithms), sealer=SEALER, entropy=ENTROPY, now=NOW
    )
    assert writes[-1] == BumpCatalogue()
    return applied((), writes)


def turned(keys: tuple[SigningKey, ...], alg: str = "ES256", at: int = NOW + 1) -> Any:
    return applied(keys, rotate(keys, alg, sealer=SEALER, entropy=ENTROPY, now=at))


def test_each_algorithm_gets_a_current_and_a_next_key_once() -> None:
    keys = begun("ES256", "EdDSA")
    assert sorted((key.alg, key.state) for key in keys) == [
        ("ES256", "current"),
        ("ES256", "next"),
        ("EdDSA", "current"),
        ("EdDSA", "next"),
    ]
    nothing = missing_keys(
        keys, frozenset({"ES256"}), sealer=SEALER, entropy=ENTROPY, now=NOW
    )
    assert nothing == ()


def test_a_rotated_key_was_published_before_and_stays_published() -> None:
    keys = begun("ES256")
    before = Keyring(keys, SEALER)
    old = before.signer("ES256").token(CLAIMS)
    after_keys = turned(keys)
    after = Keyring(after_keys, SEALER)
    new = after.signer("ES256").token(CLAIMS)
    assert jws.verify(new, before.public_keys)  # an API that has not fetched again
    assert jws.verify(old, after.public_keys)
    assert sorted(key.state for key in after_keys) == ["current", "next", "previous"]
    assert after.jwks["keys"][0]["kid"] == after.signer("ES256").kid
    twice = Keyring(turned(after_keys), SEALER)
    assert jws.verify(old, twice.public_keys)


def test_a_revoked_key_checks_nothing_any_more() -> None:
    first = begun("ES256")
    old = Keyring(first, SEALER).signer("ES256").token(CLAIMS)
    keys = turned(first)
    assert jws.verify(old, Keyring(keys, SEALER).public_keys)
    (previous,) = [key for key in keys if key.state == "previous"]
    writes = revoke(keys, previous.kid, now=NOW + 9)
    assert writes[-1] == BumpCatalogue()
    gone = applied(keys, writes)
    (revoked,) = [key for key in gone if key.kid == previous.kid]
    assert (revoked.state, revoked.changed_at) == ("revoked", NOW + 9)
    with pytest.raises(UnknownKey):
        jws.verify(old, Keyring(gone, SEALER).public_keys)
    assert previous.kid not in {
        key["kid"] for key in Keyring(gone, SEALER).jwks["keys"]
    }


@pytest.mark.parametrize("state", ["current", "next"])
def test_a_key_in_use_is_not_revoked(state: Any) -> None:
    key = made(state=state)
    with pytest.raises(Mistake, match="rotate first"):
        revoke((key,), key.kid, now=NOW)
    with pytest.raises(Mistake, match="no key"):
        revoke((key,), "other", now=NOW)


def test_rotation_needs_a_key_that_was_published() -> None:
    with pytest.raises(Mistake, match="no next"):
        rotate((made(),), "ES256", sealer=SEALER, entropy=ENTROPY, now=NOW)


def test_other_algorithms_are_left_alone() -> None:
    keys = begun("ES256", "EdDSA")
    still = {key.kid: key for key in turned(keys) if key.alg == "EdDSA"}
    assert still == {key.kid: key for key in keys if key.alg == "EdDSA"}


def test_a_key_that_is_not_there_is_the_operators_mistake() -> None:
    ring = Keyring((), SEALER)
    assert ring.jwks == {"keys": []}
    assert ring.public_keys == ()
    assert ring.algorithms() == ()
    with pytest.raises(Mistake, match="RS256"):
        ring.signer("RS256")
    with pytest.raises(Mistake, match="HS256"):
        made("HS256")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_public_half_is_published_and_nothing_else(alg: str) -> None:
    key = made(alg)
    assert key.jwk["alg"] == alg
    assert key.jwk["use"] == "sig"
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.jwk.keys()
    der = base64.b64decode(key.jwk["x5c"][0])
    certificate = x509.load_der_x509_certificate(der)
    # RFC 7517 §4.8 asks for SHA-1 here.
    assert key.jwk["x5t"] == b64url(hashlib.sha1(der).digest())  # noqa: S324 - the RFC's
    (public,) = jws.load_keys({"keys": [key.jwk]})
    assert public.public is not None
    assert certificate.public_key() == public.public
    assert key.kid == public.kid


def test_the_kid_is_the_thumbprint() -> None:
    key = made("RS256")
    rsa = RSAKey.import_key({name: key.jwk[name] for name in ("kty", "n", "e")})
    assert key.kid == rsa.thumbprint()


def test_the_private_half_is_sealed() -> None:
    key = made()
    with pytest.raises(SealBroken):
        SEALER.unseal(key.sealed, purpose="another purpose")
    with pytest.raises(SealBroken):
        Keyring((key,), Sealer((b"x" * 32,)))
    assert Keyring((key,), Sealer((b"x" * 32, b"k" * 32))).algorithms() == ("ES256",)


def test_a_key_we_cannot_open_is_named_and_not_taken_into_use() -> None:
    other = Sealer((b"x" * 32,))
    foreign = make_key("ES256", "next", sealer=other, entropy=ENTROPY, now=NOW)
    keys = (made(), foreign)
    assert unopened(keys, SEALER) == (foreign,)
    assert unopened(keys, Sealer((b"k" * 32, b"x" * 32))) == ()
    with pytest.raises(Mistake, match="put that key behind the first one"):
        turned(keys)


def test_rs256_comes_first() -> None:
    keys = (made("EdDSA"), made("RS256"), made("RS256", "next"))
    shown = [key["alg"] for key in Keyring(keys, SEALER).jwks["keys"]]
    assert shown == ["RS256", "EdDSA", "RS256"]


def test_a_token_of_a_stranger_with_our_kid() -> None:
    ours, theirs = made(), made()
    forged = Keyring((theirs,), SEALER).signer("ES256")
    claiming = type(forged)(ours.kid, "ES256", forged.sign)
    with pytest.raises(InvalidToken):
        jws.verify(claiming.token(CLAIMS), Keyring((ours,), SEALER).public_keys)
