"""ID tokens that must not be believed (OIDC Core §3.1.3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from gatelodge_app import BadIdToken

from .provider import CLIENT, new_key


class At(int):
    """Seconds from now, taken when the test runs."""


def at(claims):
    now = int(time.time())
    return {n: now + v if isinstance(v, At) else v for n, v in claims.items()}


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"iss": "https://evil.example.com/"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"sub": None}, "nobody"),
        ({"sub": ""}, "nobody"),
        ({"sub": 7}, "nobody"),
        ({"sub": "x" * 256}, "nobody"),
        ({"aud": "other"}, "another client"),
        ({"aud": None}, "another client"),
        ({"aud": []}, "another client"),
        ({"aud": [CLIENT, "other"]}, "several clients"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "issued to another"),
        ({"azp": "other"}, "issued to another"),
        ({"exp": At(-120)}, "has ended"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": At(300)}, "future"),
        ({"iat": None}, "iat"),
        ({"nonce": "other"}, "another request"),
        ({"nonce": None}, "another request"),
        ({"nonce": 5}, "another request"),
        ({"at_hash": "AAAA"}, "does not belong"),
        ({"at_hash": 1}, "does not belong"),
    ],
)
def test_a_wrong_claim_is_refused(op, make, claims, words):
    op.behave.claims = at(claims)
    app = make()
    with pytest.raises(BadIdToken, match=words):
        app.sign_in()
    assert app.user is None


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": At(-30)},
        {"iat": At(30)},
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "other"], "azp": CLIENT},
    ],
)
def test_what_is_just_within_the_rules_is_believed(op, make, claims):
    op.behave.claims = at(claims)
    assert make().sign_in().user["sub"] == "auth0|ada"


@pytest.mark.parametrize(
    ("auth_time", "good"), [(At(-50), True), (At(-400), False), (None, False)]
)
def test_max_age_is_checked_by_auth_time(op, make, auth_time, good):
    op.behave.claims = at({"auth_time": auth_time})
    if good:
        assert make().sign_in(max_age=100)
        return
    with pytest.raises(BadIdToken):
        make().sign_in(max_age=100)


@pytest.mark.parametrize(
    ("asked", "claims", "good"),
    [
        ("org_1", {"org_id": "org_1"}, True),
        ("org_1", {"org_id": "org_2"}, False),
        ("org_1", {}, False),
        ("Acme", {"org_name": "acme"}, True),
        ("Acme", {"org_name": "other"}, False),
    ],
)
def test_the_organization_is_checked(op, make, asked, claims, good):
    op.behave.claims = claims
    if good:
        assert make().sign_in(organization=asked)
        return
    with pytest.raises(BadIdToken, match="organization"):
        make().sign_in(organization=asked)


def segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(op):
    return lambda claims: f"{segment({'alg': 'none'})}.{segment(claims)}."


def by_public_key(op):
    """The classic: the public key, which all know, taken as a shared secret."""

    def sign(claims):
        signed = f"{segment({'alg': 'HS256', 'kid': op.key.kid})}.{segment(claims)}"
        secret = op.key.as_pem(private=False)
        mac = hmac.digest(secret, signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    return sign


def by_stranger(op):
    key = new_key()
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, key)


def by_own_key_in_header(op):
    key = new_key()
    head = {"alg": "RS256", "jwk": key.as_dict(private=False)}
    return lambda claims: jwt.encode(head, claims, key)


def by_unknown_key(op):
    key = new_key()
    return lambda claims: jwt.encode({"alg": "RS256", "kid": "key-9"}, claims, key)


def changed(op):
    def sign(claims):
        head, _, signature = op.sign(claims).split(".")
        return f"{head}.{segment(claims | {'sub': 'auth0|eve'})}.{signature}"

    return sign


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(
    "attack",
    [
        unsigned,
        by_public_key,
        by_stranger,
        by_own_key_in_header,
        by_unknown_key,
        changed,
    ],
)
def test_a_forged_signature_is_refused(op, make, attack):
    op.behave.signer = attack(op)
    with pytest.raises(BadIdToken, match="cannot be trusted"):
        make().sign_in()


def test_an_algorithm_can_be_forbidden(make):
    with pytest.raises(BadIdToken, match="algorithm"):
        make(algorithms=("ES256",)).sign_in()


@pytest.mark.parametrize("algorithms", [(), ("none",), ("HS256", "RS256")])
def test_weak_algorithms_cannot_be_allowed(make, algorithms):
    with pytest.raises(ValueError, match="algorithms"):
        make(algorithms=algorithms)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("PS256", new_key("n")),
        ("ES256", ECKey.generate_key("P-256", {"kid": "n"}, private=True)),
        ("EdDSA", OKPKey.generate_key("Ed25519", {"kid": "n"}, private=True)),
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_other_algorithms_are_understood(op, make, algorithm, key):
    op.jwks = lambda: {"keys": [key.as_dict(private=False)]}
    hashed = hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256

    def sign(claims):
        [token] = op.live
        digest = hashed(token.encode()).digest()
        half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
        claims = claims | {"at_hash": half.decode()}
        head = {"alg": algorithm, "kid": "n"}
        return jwt.encode(head, claims, key, algorithms=[algorithm])

    op.behave.signer = sign
    assert make().sign_in().user["sub"] == "auth0|ada"


def test_a_new_key_is_fetched_once(op, make):
    app = make()
    app.sign_in()
    app.renew()
    assert op.seen["/jwks"] == 1
    op.key = new_key("key-2")
    op.keys = [op.key]
    app.renew()
    assert op.seen["/jwks"] == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "auth0|eve"},
        {"auth_time": 1},
        {"nonce": "other"},
        {"aud": "other"},
        {"exp": At(-500)},
        {"at_hash": "AAAA"},
    ],
)
def test_a_renewed_id_token_is_checked_too(op, make, claims):
    app = make()
    first = app.sign_in()
    op.behave.refresh_claims = at(claims)
    with pytest.raises(BadIdToken):
        app.renew()
    assert app.user == first.user
