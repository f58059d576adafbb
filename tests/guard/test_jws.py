"""Which key and algorithm may check a token, and every known way around it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge_guard import jws
from gatelodge_guard.errors import (
    BadSignature,
    ForbiddenAlgorithm,
    ForbiddenHeader,
    InvalidToken,
    MalformedToken,
    Mistake,
    UnknownKey,
)

SAYS = {"sub": "ada", "n": [1, {"x": None}]}
SECRET = b"s" * 32


def keys_of(*keys):
    return jws.load_keys({"keys": [key.jwk() for key in keys]})


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_each_allowed_algorithm_verifies_and_returns_what_was_signed(kit, alg):
    key = kit.make_key(alg)
    verified = jws.verify(key.token(SAYS), keys_of(key))
    assert verified.payload == SAYS
    assert verified.header == {"alg": alg, "kid": "k1", "typ": "at+jwt"}
    assert verified.key.kid == "k1"


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_one_signature_has_one_spelling(kit, alg):
    key = kit.make_key(alg)
    token, keys = key.token({"sub": "ada"}), keys_of(key)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in set(letters) - {token[-1]}:
        with pytest.raises(InvalidToken):
            jws.verify(token[:-1] + letter, keys)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_any_changed_character_breaks_the_token(kit, alg):
    key = kit.make_key(alg)
    token, keys = key.token({"sub": "ada"}), keys_of(key)
    for at, letter in enumerate(token):
        changed = f"{token[:at]}{'A' if letter != 'A' else 'B'}{token[at + 1 :]}"
        with pytest.raises(InvalidToken):
            jws.verify(changed, keys)


def test_none_is_no_algorithm(kit, key):
    head, body = key.token(SAYS).split(".")[:2]
    for alg in ("none", "None", "NONE", "nOnE"):
        head = kit.b64(json.dumps({"alg": alg, "kid": "k1"}).encode())
        with pytest.raises(MalformedToken):
            jws.verify(f"{head}.{body}.", keys_of(key))
        with pytest.raises(ForbiddenAlgorithm):
            jws.verify(f"{head}.{body}.AAAA", keys_of(key))


def test_a_public_key_is_never_a_secret(kit):
    key = kit.make_key("RS256")
    public = key.private.public_key()
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    for encoding in (Encoding.PEM, Encoding.DER):
        secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        token = kit.hmac_token(secret, SAYS, {"alg": "HS256", "kid": "k1"})
        with pytest.raises(ForbiddenAlgorithm):
            jws.verify(token, keys_of(key))
        with pytest.raises(UnknownKey):
            jws.verify(token, keys_of(key), algorithms=jws.SYMMETRIC)


def test_public_and_secret_algorithms_are_never_accepted_together(key):
    for mixed in ({"HS256", "RS256"}, {"none"}, {"RS256", "RS512"}):
        with pytest.raises(Mistake):
            jws.verify(key.token(SAYS), keys_of(key), algorithms=frozenset(mixed))


def test_a_secret_verifies_hs256_and_nothing_else(kit, key):
    keys = [jws.secret_key(SECRET)]
    token = kit.hmac_token(SECRET, SAYS, {"alg": "HS256", "kid": "any"})
    assert jws.verify(token, keys, algorithms=jws.SYMMETRIC).payload == SAYS
    wrong = kit.hmac_token(b"t" * 32, SAYS, {"alg": "HS256"})
    with pytest.raises(BadSignature):
        jws.verify(wrong, keys, algorithms=jws.SYMMETRIC)
    with pytest.raises(ForbiddenAlgorithm):
        jws.verify(key.token(SAYS), keys, algorithms=jws.SYMMETRIC)


def test_a_short_secret_is_refused_and_a_long_one_not_shown():
    with pytest.raises(Mistake):
        jws.secret_key("x" * 31)
    assert "sss" not in repr(jws.secret_key(SECRET))


def test_the_algorithm_must_fit_the_key_and_its_own_alg(kit):
    rs256 = kit.make_key("RS256")
    header, body = {"alg": "PS256", "kid": "k1"}, json.dumps(SAYS).encode()
    ps_signed = rs256.assemble(json.dumps(header).encode(), body, alg="PS256")
    with pytest.raises(UnknownKey):
        jws.verify(ps_signed, keys_of(rs256))
    free = jws.load_keys({"keys": [rs256.jwk(alg=None)]})
    assert jws.verify(ps_signed, free).payload == SAYS
    with pytest.raises(UnknownKey):
        jws.verify(ps_signed, keys_of(kit.make_key("ES256")))


def test_an_algorithm_left_out_by_the_caller_is_refused(kit):
    key = kit.make_key("RS256")
    with pytest.raises(ForbiddenAlgorithm):
        jws.verify(key.token(SAYS), keys_of(key), algorithms=frozenset({"ES256"}))


def test_a_wrong_kid_finds_no_key_though_the_key_would_fit(key):
    with pytest.raises(UnknownKey):
        jws.verify(key.token(SAYS, header={"kid": "k2"}), keys_of(key))


def test_without_kid_a_few_fitting_keys_are_tried_but_not_many(kit):
    keys = [kit.make_key(kid=f"k{n}") for n in range(5)]
    token = keys[3].token(SAYS, header={"kid": None})
    assert jws.verify(token, keys_of(*keys[:4])).key.kid == "k3"
    with pytest.raises(UnknownKey):
        jws.verify(token, keys_of(*keys))


def test_two_keys_of_one_kid_are_both_tried(kit):
    old, new = kit.make_key(), kit.make_key()
    assert jws.verify(new.token(SAYS), keys_of(old, new)).payload == SAYS
    with pytest.raises(BadSignature):
        jws.verify(kit.make_key().token(SAYS), keys_of(old, new))


@pytest.mark.parametrize("name", ["crit", "b64", "jwk", "jku", "x5u", "zip"])
def test_headers_that_change_the_rules_are_refused(kit, key, name):
    attacker = kit.make_key(kid="k1")
    values = {"jwk": attacker.jwk(), "crit": ["exp"], "b64": False}
    token = attacker.token(SAYS, header={name: values.get(name, "https://evil.test")})
    with pytest.raises(ForbiddenHeader):
        jws.verify(token, keys_of(key))
    with pytest.raises(ForbiddenHeader):
        jws.verify(key.token(SAYS, header={name: "x"}), keys_of(key))


@pytest.mark.parametrize(
    "head",
    [
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'"x"',
        b'{"alg":1}',
        b"{}",
        b'{"alg":"ES256","kid":1}',
        b'{"alg":"ES256","alg":"none","kid":"k1"}',
        b'{"alg":"ES256","x":NaN}',
        b"[" * 9000,
        b'{"alg":"ES256","n":' + b"9" * 9000 + b"}",
    ],
    ids=lambda head: head[:24].decode("latin-1"),
)
def test_a_header_that_is_not_one_clear_object_is_malformed(key, head):
    with pytest.raises(MalformedToken):
        jws.verify(key.assemble(head, b"{}"), keys_of(key))


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b"x", b'{"a":1,"a":2}', b'{"exp":Infinity}']
)
def test_a_payload_that_is_not_one_clear_object_is_malformed(key, body):
    head = json.dumps({"alg": "ES256", "kid": "k1"}).encode()
    with pytest.raises(MalformedToken):
        jws.verify(key.assemble(head, body), keys_of(key))


def test_only_the_compact_form_is_read(key):
    token = key.token(SAYS)
    head, body, signature = token.split(".")
    flat = json.dumps({"protected": head, "payload": body, "signature": signature})
    others = [flat, f"{token}.", f".{token}", f"{token}=", f" {token}", f"{token}\n"]
    others += [f"{head}..{signature}", f"{head}.{body}", "", "..", "a.b.c.d.e"]
    others += [f"{head}.{body}.é", f"{head}.{body}.{signature[:-1]}+"]
    for other in others:
        with pytest.raises(MalformedToken):
            jws.verify(other, keys_of(key))


def test_an_oversized_token_is_refused_before_anything_is_decoded(key):
    small = key.token({"x": "y" * 11_000})
    assert len(small) < jws.MAX_BYTES
    assert jws.verify(small, keys_of(key)).payload["x"]
    with pytest.raises(MalformedToken, match="too large"):
        jws.verify(key.token({"x": "y" * 12_500}), keys_of(key))
    with pytest.raises(MalformedToken, match="too large"):
        jws.verify("\x00" * (jws.MAX_BYTES + 1), keys_of(key))


def test_an_ecdsa_signature_is_two_numbers_of_32_bytes(kit, key):
    head, body, _signature = key.token(SAYS).split(".")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    der = key.private.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    signature = key.sign(f"{head}.{body}".encode(), "ES256")
    longer = signature[:32] + b"\x00" + signature[32:]
    for other in (der, bytes(64), longer):
        with pytest.raises(BadSignature):
            jws.verify(f"{head}.{body}.{kit.b64(other)}", keys_of(key))


@given(st.text(max_size=60) | st.from_regex(r"[\w-]+\.[\w-]+\.[\w-]+", fullmatch=True))
def test_no_text_ever_raises_anything_but_a_refusal(text):
    with pytest.raises(InvalidToken):
        jws.verify(text, ())


def test_nothing_of_a_token_is_shown_in_errors_or_reprs(key):
    token = key.token({"sub": "ada", "secret": "hunter2"})
    parsed = jws.parse(token)
    shown = repr(parsed) + repr(jws.check(parsed, keys_of(key)))
    assert "hunter2" not in shown
    with pytest.raises(BadSignature) as refused:
        jws.verify(token[:-8] + "AAAAAAAA"[:8], keys_of(key))
    assert token[:20] not in str(refused.value) + refused.value.because
