"""Which members of a JWK Set become keys."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gatelodge_guard.errors import BadKeySet
from gatelodge_guard.key import load_keys


def kids(*jwks):
    return [key.kid for key in load_keys({"keys": list(jwks)})]


@pytest.mark.parametrize(
    ("alg", "possible"),
    [("RS256", {"RS256", "PS256"}), ("ES256", {"ES256"}), ("EdDSA", {"EdDSA"})],
)
def test_a_keys_type_says_what_it_may_check_and_its_alg_narrows_it(kit, alg, possible):
    key = kit.make_key(alg)
    free, narrow = load_keys({"keys": [key.jwk(alg=None), key.jwk()]})
    assert free.algorithms == possible
    assert narrow.algorithms == {alg}
    assert kids(key.jwk(alg="RS512")) == []


def test_ed25519_may_be_named_by_its_own_name(kit):
    (key,) = load_keys({"keys": [kit.make_key("EdDSA").jwk(alg="Ed25519")]})
    assert key.algorithms == {"EdDSA"}


def test_keys_for_other_purposes_are_skipped(kit, key):
    encryption = key.jwk(use="enc")
    signing_only = key.jwk(kid="ops", key_ops=["verify"], use=None)
    other_ops = key.jwk(key_ops=["deriveKey"], use=None)
    secret = {"kty": "oct", "k": kit.b64(b"s" * 32), "kid": "secret"}
    strange = {"kty": "AKP", "kid": "future"}
    assert kids(encryption, signing_only, other_ops, secret, strange) == ["ops"]


def test_one_broken_key_does_not_take_the_others_down(key):
    broken = [key.jwk(x="!"), key.jwk(x=None), key.jwk(y="AAAA"), key.jwk(alg=["a"])]
    broken += [{"kty": ["RSA"]}, {"kty": "RSA", "n": 5, "e": "AQAB"}, "text", None, 7]
    assert kids(*broken, key.jwk()) == ["k1"]


def test_weak_and_giant_rsa_keys_are_skipped(kit):
    strong = kit.make_key("RS256")
    weak = kit.make_key("RS256", kid="weak")
    weak.private = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the weak key of the test
    giant = strong.jwk(kid="giant", n=kit.b64(b"\xff" * 2048))
    assert kids(weak.jwk(), giant, strong.jwk()) == ["k1"]


def test_other_curves_are_skipped(kit):
    other = kit.make_key(kid="p384")
    point = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
    x, y = kit.b64(point.x.to_bytes(48)), kit.b64(point.y.to_bytes(48))
    assert kids(other.jwk(crv="P-384", x=x, y=y, alg=None)) == []
    assert kids(other.jwk(x=x, y=y)) == []


def test_equal_keys_have_equal_ids_and_different_ones_do_not(kit, key):
    same, again, other = load_keys(
        {"keys": [key.jwk(), key.jwk(), kit.make_key().jwk()]}
    )
    assert same.id == again.id
    assert same.id != other.id
    assert same.id != load_keys({"keys": [key.jwk(kid="k2")]})[0].id


@pytest.mark.parametrize("document", [{}, {"keys": None}, {"keys": {"a": 1}}])
def test_a_document_without_keys_is_no_key_set(document):
    with pytest.raises(BadKeySet):
        load_keys(document)
    assert load_keys({"keys": []}) == ()
