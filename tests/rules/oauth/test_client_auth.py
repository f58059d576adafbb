"""Who is asking, and can it prove it."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest

from gatelodge.base.encoding import b64url, digest_of
from gatelodge.base.errors import InvalidClient, InvalidRequest
from gatelodge.base.seal import Sealer
from gatelodge.keys import Keyring, make_key
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.client import ClientKey, ClientSecret
from gatelodge.oauth.client_auth import ASSERTION_TYPE, Authenticated, authenticate
from tests.rules.world import ISSUER, NOW, catalogue, client

AUDIENCES = (ISSUER, f"{ISSUER}oauth/token")
SECRET = "cs_secret"
SECOND = NOW // 1000


class Entropy:
    def draw(self, size: int) -> bytes:
        return bytes(size)


SEALER = Sealer((b"k" * 32,))
KEY = make_key("ES256", "current", sealer=SEALER, entropy=Entropy(), now=NOW)
RING = Keyring((KEY,), SEALER)


def secret(
    text: str, *, expires_at: int | None = None, name: str = "1"
) -> ClientSecret:
    return ClientSecret(
        client_id="web",
        secret_id=name,
        digest=digest_of(text),
        created_at=0,
        expires_at=expires_at,
    )


def world(*, key_expires: int | None = None, **changes: Any) -> Catalogue:
    clients = (
        client(),
        client("web", auth_method="client_secret_post"),
        client("signed", auth_method="private_key_jwt"),
        client("a b:c", auth_method="client_secret_basic"),
    )
    key = ClientKey(
        client_id="signed",
        kid=KEY.kid,
        jwk=KEY.jwk,
        created_at=0,
        expires_at=key_expires,
    )
    base = {"secrets": (secret(SECRET),), "client_keys": (key,)}
    return catalogue(*clients, **base | changes)


def proven(
    params: dict[str, str], header: str | None = None, within: Catalogue | None = None
) -> Authenticated:
    return authenticate(params, header, within or world(), audiences=AUDIENCES, now=NOW)


def basic(user: str, password: str, scheme: str = "Basic") -> str:
    return f"{scheme} " + base64.b64encode(f"{user}:{password}".encode()).decode()


def failure(*given: Any, **named: Any) -> InvalidClient:
    with pytest.raises(InvalidClient) as caught:
        proven(*given, **named)
    assert caught.value.says == "Unauthorized"
    assert caught.value.rule == "RFC6749-5.2.invalid_client"
    return caught.value


def test_a_public_client_names_itself() -> None:
    assert proven({"client_id": "phone"}).client.client_id == "phone"
    assert proven({}, basic("phone", "")).client.client_id == "phone"
    assert proven({"client_id": "phone"}, basic("phone", "")).writes == ()


@pytest.mark.parametrize("registered", ["client_secret_post", "client_secret_basic"])
def test_post_and_basic_are_good_whichever_is_registered(registered: str) -> None:
    web = catalogue(client("web", auth_method=registered), secrets=(secret(SECRET),))
    posted = {"client_id": "web", "client_secret": SECRET}
    assert proven(posted, within=web).client.client_id == "web"
    assert proven({}, basic("web", SECRET), within=web).client.client_id == "web"
    assert proven({}, basic("web", SECRET, "bAsIc"), within=web).client.client_id


@pytest.mark.rule("RFC6749-2.3.1")
def test_both_halves_of_basic_are_form_encoded() -> None:
    odd = ClientSecret(
        client_id="a b:c", secret_id="1", digest=digest_of("p+w%:x"), created_at=0
    )
    within = world(secrets=(odd,))
    found = proven({}, basic("a+b%3Ac", "p%2Bw%25:x"), within=within)
    assert found.client.client_id == "a b:c"


@pytest.mark.rule("RFC6749-2.3.1")
@pytest.mark.parametrize("text", ["100%25+x", "a+b", "%41%zz", "é %C3%A9 + ~"])
def test_a_secret_that_was_not_form_encoded_is_good_too(text: str) -> None:
    within = world(secrets=(secret(text),))
    for sent in (text, quote_plus(text), quote(text, safe="")):
        assert proven({}, basic("web", sent), within=within)
    failure({}, basic("web", quote_plus(quote_plus(text))), within=within)
    failure({"client_id": "web", "client_secret": quote_plus(text)}, within=within)


@pytest.mark.rule("RFC6749-2.3.1")
def test_a_name_that_was_not_form_encoded_is_good_too() -> None:
    odd = client("a+b%41", auth_method="client_secret_basic")
    held = ClientSecret(
        client_id="a+b%41", secret_id="1", digest=digest_of("x"), created_at=0
    )
    within = catalogue(odd, secrets=(held,))
    for sent in ("a+b%41", "a%2Bb%2541"):
        header = basic(sent, "x")
        assert proven({}, header, within=within).client is odd
        assert proven({"client_id": "a+b%41"}, header, within=within).client is odd
    # Where both readings are registered, the standard's goes first; the body decides.
    two = catalogue(odd, client("a bA"), secrets=(held,))
    failure({}, basic("a+b%41", "x"), within=two)
    assert proven({"client_id": "a+b%41"}, basic("a+b%41", "x"), within=two)


@pytest.mark.rule("RFC6749-5.2.invalid_client")
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"client_id": "nobody"},
        {"client_id": "web"},
        {"client_id": "web", "client_secret": "wrong"},
        {"client_id": "web", "client_secret": "\ud800"},
        {"client_id": "phone", "client_secret": "wrong"},
        {"client_id": "signed"},
        {"client_id": "signed", "client_secret": SECRET},
    ],
)
def test_no_proof(params: dict[str, str]) -> None:
    refusal = failure(params)
    assert refusal.headers == {}
    assert SECRET not in refusal.because


def test_basic_is_answered_with_a_challenge() -> None:
    headers = failure({}, basic("web", "wrong")).headers
    assert headers["WWW-Authenticate"].startswith("Basic ")
    assert failure({}, basic("nobody", "x")).headers == headers


def test_two_secrets_overlap_while_an_app_is_rolled_over() -> None:
    within = world(secrets=(secret("old", expires_at=NOW + 1), secret("new", name="2")))
    for text in ("old", "new"):
        assert proven({"client_id": "web", "client_secret": text}, within=within)
    over = world(secrets=(secret("old", expires_at=NOW), secret("new", name="2")))
    failure({"client_id": "web", "client_secret": "old"}, within=over)


@pytest.mark.rule("RFC6749-2.3")
@pytest.mark.parametrize(
    ("params", "header"),
    [
        ({"client_id": "web", "client_secret": SECRET}, basic("web", SECRET)),
        ({"client_id": "phone", "client_assertion": "x.y.z"}, basic("phone", "")),
        ({"client_secret": "a", "client_assertion": "x.y.z"}, None),
    ],
)
def test_two_methods_at_once(params: dict[str, str], header: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        proven(params, header)
    assert caught.value.rule == "RFC6749-2.3"


@pytest.mark.rule("RFC6749-2.3.1")
def test_body_and_header_name_the_same_client() -> None:
    with pytest.raises(InvalidRequest) as caught:
        proven({"client_id": "phone"}, basic("web", SECRET))
    assert caught.value.rule == "RFC6749-2.3.1"


@pytest.mark.rule("RFC7617-2")
@pytest.mark.parametrize(
    "value", ["", "Zm9v", "====", "not base64", "Zm9v\u00e9", "/w==", "\ud800", "a"]
)
def test_a_header_that_cannot_be_read(value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        proven({}, f"Basic {value}")
    assert caught.value.rule == "RFC7617-2"


@pytest.mark.parametrize("header", [None, "", "Bearer abc", "DPoP x"])
def test_other_schemes_are_not_ours(header: str | None) -> None:
    assert proven({"client_id": "phone"}, header).client.client_id == "phone"


# -- private_key_jwt -----------------------------------------------------------------


def claims(**changes: Any) -> dict[str, Any]:
    base = {
        "iss": "signed",
        "sub": "signed",
        "aud": ISSUER,
        "jti": "j-1",
        "exp": SECOND + 60,
        "iat": SECOND,
    }
    return {k: v for k, v in (base | changes).items() if v is not ...}


def assertion(token: str | None = None, **changes: Any) -> dict[str, str]:
    return {
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": token or RING.signer("ES256").token(claims(**changes)),
    }


def test_a_signed_assertion() -> None:
    found = proven(assertion())
    assert found.client.client_id == "signed"
    (spent,) = found.writes
    assert spent.expires_at >= (SECOND + 60 + 60) * 1000
    assert "j-1" not in spent.key
    assert proven(assertion() | {"client_id": "signed"}).writes == (spent,)
    (other,) = proven(assertion(jti="j-2")).writes
    assert other.key != spent.key


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": f"{ISSUER}oauth/token"},
        {"aud": ["https://other/", ISSUER]},
        {"exp": SECOND - 59},
        {"exp": SECOND + 3600},
        {"exp": SECOND + 60.5},
        {"iat": ...},
        {"nbf": SECOND + 59},
        {"jti": "\u00fc"},
    ],
)
def test_assertions_that_hold(changes: dict[str, Any]) -> None:
    assert proven(assertion(**changes)).client.client_id == "signed"


@pytest.mark.rule("RFC6749-5.2.invalid_client")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"sub": "other"},
        {"sub": 5},
        {"aud": ...},
        {"aud": "https://evil.example/"},
        {"aud": [["x"], {}]},
        {"jti": ...},
        {"jti": ""},
        {"jti": 5},
        {"exp": ...},
        {"exp": SECOND - 60},
        {"exp": SECOND + 3661},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 10**30},
        {"iat": SECOND + 61},
        {"nbf": SECOND + 61},
        {"nbf": None},
        {"nbf": [1]},
    ],
)
def test_assertions_that_do_not(changes: dict[str, Any]) -> None:
    failure(assertion(**changes) | {"client_id": "signed"})


def test_an_assertion_names_its_client_itself() -> None:
    failure(assertion(sub="nobody", iss="nobody"))
    failure(assertion() | {"client_id": "phone"})
    failure(assertion() | {"client_id": "web"})


def raw(payload: bytes) -> str:
    header = b64url(msgspec.json.encode({"alg": "ES256"}))
    return f"{header}.{b64url(payload)}.{b64url(b'x' * 64)}"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "\ud800",
        raw(b"[]"),
        raw(b"{"),
        raw(b'{"sub": "\xff"}'),
        raw(b"[" * 5000),
        raw(b'{"sub": "signed"}'),
        raw(b'{"sub": "\\ud800"}'),
        "x" * 20_000,
    ],
)
def test_text_that_is_no_assertion(token: str) -> None:
    failure(assertion(token))
    failure(assertion(token) | {"client_id": "signed"})


def test_half_a_character_in_a_jti_is_no_crash() -> None:
    payload = msgspec.json.encode(claims(jti="@")).replace(b"@", b"\\ud800")
    body = f"{b64url(msgspec.json.encode({'alg': 'ES256', 'kid': KEY.kid}))}.{b64url(payload)}"
    token = f"{body}.{b64url(RING.signer('ES256').sign(body.encode()))}"
    assert proven(assertion(token) | {"client_id": "signed"}).writes


def test_a_key_has_an_end() -> None:
    failure(assertion(), within=world(key_expires=NOW))
    assert proven(assertion(), within=world(key_expires=NOW + 1))
    failure(assertion(), within=world(client_keys=()))


@pytest.mark.rule("RFC7521-4.2")
@pytest.mark.parametrize("kind", [None, "urn:other"])
def test_the_type_of_an_assertion_is_named(kind: str | None) -> None:
    params = assertion() | ({"client_assertion_type": kind} if kind else {})
    if kind is None:
        del params["client_assertion_type"]
    with pytest.raises(InvalidRequest) as caught:
        proven(params)
    assert caught.value.rule == "RFC7521-4.2"
