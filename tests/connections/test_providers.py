"""Each provider's data: its question, and who it says a person is."""

from __future__ import annotations

import re

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gatelodge.base.encoding import b64url
from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections import exchange, profile, request, trip
from gatelodge.connections.provider import Party, party_of, providers
from gatelodge.login.transaction import begin
from gatelodge.login.upstream import user_id_of
from gatelodge.model.connection import Connection, ConnectionOptions, Upstream
from gatelodge_guard import jws

ISSUER = "https://login.example.com/"
CAME = trip.begin(
    begin({}, issuer=ISSUER, cookie="c" * 32, jti="j", now=0),
    "con_1",
    raw=bytes(trip.DRAWN_BYTES),
    now=0,
)
# What each says of a person, as its documentation shows it, and what we make of it:
# the account's id, e-mail address, whether that is proven, name, nickname.
SAID = {
    "google-oauth2": (
        {"sub": "1076", "email": "Ada@gmail.com", "email_verified": True, "name": "A"},
        ("google-oauth2|1076", "ada@gmail.com", True, "A", None),
    ),
    "apple": (
        {
            "sub": "001.abc",
            "email": "x@privaterelay.appleid.com",
            "email_verified": "true",
            "user": {"name": {"firstName": "Ada", "lastName": "L"}},
        },
        ("apple|001.abc", "x@privaterelay.appleid.com", True, None, None),
    ),
    "facebook": (
        {"id": "10", "name": "Ada L", "email": "ada@example.com"},
        ("facebook|10", "ada@example.com", False, "Ada L", None),
    ),
    "github": (
        {
            "id": 583231,
            "login": "octocat",
            "name": None,
            "email": None,
            "emails": [
                {"email": "old@example.com", "primary": False, "verified": True},
                {"email": "ada@example.com", "primary": True, "verified": True},
            ],
        },
        ("github|583231", "ada@example.com", True, "octocat", "octocat"),
    ),
    "windowslive": (
        {"sub": "AAA", "email": "ada@contoso.com", "preferred_username": "ada@c.com"},
        ("windowslive|AAA", "ada@contoso.com", False, None, "ada@c.com"),
    ),
    "linkedin": (
        {"sub": "782", "email": "ada@example.com", "email_verified": True, "name": "A"},
        ("linkedin|782", "ada@example.com", True, "A", None),
    ),
    "discord": (
        {
            "id": "80351",
            "username": "nelly",
            "global_name": "Nelly",
            "email": "nelly@example.com",
            "verified": False,
        },
        ("discord|80351", "nelly@example.com", False, "Nelly", "nelly"),
    ),
    "gitlab": (
        {"sub": "42", "nickname": "ada", "email": "a@x.org", "email_verified": True},
        ("gitlab|42", "a@x.org", True, None, "ada"),
    ),
    "slack": (
        {"sub": "U0R7", "email": "a@x.org", "email_verified": True, "name": "Ada"},
        ("slack|U0R7", "a@x.org", True, "Ada", None),
    ),
    "twitter": (
        {"data": {"id": "22", "name": "Ada", "username": "ada"}},
        ("twitter|22", None, False, "Ada", "ada"),
    ),
    "twitch": (
        {
            "sub": "713936733",
            "email": "ada@example.com",
            "email_verified": True,
            "preferred_username": "ada",
        },
        ("twitch|713936733", "ada@example.com", True, "ada", "ada"),
    ),
    "oidc": (
        {"sub": "s", "preferred_username": "ada"},
        ("oidc|s", None, False, None, "ada"),
    ),
    "oauth2": (
        {"id": 7, "login": "ada", "email": "a@x.org"},
        ("oauth2|7", "a@x.org", False, None, "ada"),
    ),
}


def party(name: str, **upstream: object) -> Party:
    connection = Connection(
        id="con_1",
        name=name,
        strategy=name,
        options=ConnectionOptions(upstream=Upstream(client_id="us", **upstream)),
    )
    found = party_of(connection)
    assert found is not None
    return found


def test_every_provider_has_an_example() -> None:
    assert set(SAID) == set(providers())


@pytest.mark.parametrize("name", SAID)
def test_who_it_says_a_person_is(name) -> None:
    said, (user_id, email, proven, full, nickname) = SAID[name]
    one = party(name)
    found = profile.read(said, one)
    assert user_id_of(found, one.connection) == user_id
    assert (found.email, found.email_verified) == (email, proven)
    assert (found.name, found.nickname) == (full, nickname)
    assert found.raw == said


@pytest.mark.parametrize("name", SAID)
def test_what_it_is_asked(name) -> None:
    one = party(name)
    url = request.authorization_url(
        one, "https://party.example/a", issuer=ISSUER, state="s", trip=CAME, asked={}
    )
    assert "redirect_uri=https%3A%2F%2Flogin.example.com%2Flogin%2Fcallback&" in url
    assert ("nonce=" in url) == (one.provider.kind == "oidc")
    assert ("code_challenge=" in url) == one.provider.pkce
    assert ("response_mode=form_post" in url) == (name == "apple")
    # Without a proof key, the nonce binds the answer to the question.
    assert one.provider.pkce or one.provider.kind == "oidc"


@pytest.mark.parametrize("name", SAID)
def test_all_that_it_names_is_well_formed(name) -> None:
    one = providers()[name]
    for paths in one.profile.values():
        assert not [path for path in paths if profile.unfit(path)]
    known = (one.issuer, one.authorization_endpoint, one.token_endpoint, one.jwks_uri)
    for url in (*filter(None, known), *one.documents.values()):
        assert re.match(r"https://[a-z0-9.]+/?", url)


def test_the_second_connection_of_a_provider_has_accounts_of_its_own() -> None:
    one = party("github")
    other = msgspec.structs.replace(one.connection, name="github-work")
    found = profile.read({"id": 1}, one)
    assert user_id_of(found, other) == "github|github-work|1"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"sub": ""},
        {"sub": True},
        {"sub": ["x"]},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        {"sub": None},
    ],
)
def test_nobody_is_named(said) -> None:
    with pytest.raises(UpstreamRefusal):
        profile.read(said, party("oidc"))


def test_what_is_told_is_cut_to_what_a_person_could_type() -> None:
    said = {
        "sub": "s",
        "email": "not an address",
        "email_verified": True,
        "name": "A\x00da" + "x" * 500,
        "picture": "javascript:alert(1)",
        "given_name": {"not": "text"},
    }
    found = profile.read(said, party("oidc"))
    assert (found.email, found.email_verified) == (None, False)
    assert (len(found.name), found.picture, found.given_name) == (150, None, None)


def test_a_connection_says_where_a_field_stands() -> None:
    own = {"external_id": "https://x.example/id", "name": "people[kind=me].title"}
    said = {
        "https://x.example/id": "7",
        "sub": "s",
        "people": [{"kind": "pet", "title": "Rex"}, {"kind": "me", "title": "Ada"}],
    }
    found = profile.read(said, party("oidc", profile=own))
    assert (found.external_id, found.name) == ("7", "Ada")


def test_apples_secret_is_a_signed_token() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = pem_of(key)
    one = party("apple", team_id="TEAM", key_id="KEY")
    asking = exchange.token_request(
        one, code="c", trip=CAME, issuer=ISSUER, secret=pem, now=1_000_000
    )
    form = dict(pair.split("=", 1) for pair in asking.body.decode().split("&"))
    numbers = key.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "kid": "KEY",
        "x": b64url(numbers.x.to_bytes(32, "big")),
        "y": b64url(numbers.y.to_bytes(32, "big")),
    }
    claims = jws.verify(form["client_secret"], jws.load_keys({"keys": [jwk]})).payload
    assert (claims["iss"], claims["sub"]) == ("TEAM", "us")
    assert claims["aud"] == "https://appleid.apple.com"
    assert claims["exp"] == 1_300
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for wrong in ("no key", pem_of(rsa_key)):
        with pytest.raises(UpstreamRefusal):
            exchange.signed_secret(one, wrong, now=0)


def pem_of(key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_basic_is_form_encoded() -> None:
    one = party("twitter")
    asking = exchange.token_request(
        one, code="c", trip=CAME, issuer=ISSUER, secret="a b%", now=0
    )
    assert asking.headers["authorization"] == "Basic dXM6YStiJTI1"
    assert b"client_secret" not in asking.body


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b'{"error": "bad_verification_code"}'),
        (400, b'{"error": "invalid_grant"}'),
        (500, b"<html>"),
        (200, b"[1]"),
        (200, b'{"access_token": 5}'),
    ],
)
def test_no_tokens(status, body) -> None:
    with pytest.raises(UpstreamRefusal):
        exchange.read(status, body, party("github"))
