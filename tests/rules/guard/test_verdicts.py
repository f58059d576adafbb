"""Each refusal of the guard names the rule it applied."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from gatelodge.base.encoding import b64url
from gatelodge.base.seal import Sealer
from gatelodge.keys import Keyring, make_key
from gatelodge_guard import bearer, jws
from gatelodge_guard.errors import Refusal
from gatelodge_guard.verify import Rules, read_claims
from tests.rules.world import API, ISSUER, NOW

SECOND = NOW // 1000
GOOD = {
    "iss": ISSUER,
    "sub": "auth0|ada",
    "aud": API,
    "client_id": "phone",
    "iat": SECOND,
    "exp": SECOND + 60,
    "jti": "j-1",
    "scope": "read:x",
    "permissions": ["read:x"],
}


class Entropy:
    def draw(self, size: int) -> bytes:
        return bytes(size)


SEALER = Sealer((b"k" * 32,))
RING = Keyring(
    tuple(
        make_key(alg, "current", sealer=SEALER, entropy=Entropy(), now=NOW)
        for alg in ("ES256", "EdDSA")
    ),
    SEALER,
)
SIGNER = RING.signer("ES256")


def signed(header: dict[str, Any] | bytes, payload: bytes = b"{}") -> str:
    """A token with a header of our choice and a signature that fits."""
    raw = header if isinstance(header, bytes) else msgspec.json.encode(header)
    body = f"{b64url(raw)}.{b64url(payload)}"
    return f"{body}.{b64url(SIGNER.sign(body.encode()))}"


def rule_of(call: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call()
    return str(caught.value.rule)


HEADER = {"alg": "ES256", "kid": SIGNER.kid}


@pytest.mark.rule("RFC7515-7.1")
@pytest.mark.rule("RFC7515-4")
@pytest.mark.rule("RFC7515-4.1.1")
@pytest.mark.rule("RFC7515-4.1.4")
@pytest.mark.rule("RFC7515-5.2")
@pytest.mark.rule("RFC8725-3.1")
@pytest.mark.rule("RFC8725-3.10")
@pytest.mark.rule("RFC8725-3.11.size")
@pytest.mark.parametrize(
    ("token", "rule"),
    [
        ("x", "RFC7515-7.1"),
        ("a.b.c.d", "RFC7515-7.1"),
        ("..", "RFC7515-7.1"),
        (signed(b"[]"), "RFC7515-4"),
        (signed(b'{"alg": "ES256", "alg": "ES256"}'), "RFC7515-4"),
        (signed(HEADER, b'{"a": NaN}'), "RFC7515-4"),
        (signed({"kid": SIGNER.kid}), "RFC7515-4.1.1"),
        (signed(HEADER | {"kid": 5}), "RFC7515-4.1.1"),
        (signed(HEADER | {"kid": "stranger"}), "RFC7515-4.1.4"),
        (signed(HEADER | {"kid": RING.signer("EdDSA").kid}), "RFC7515-4.1.4"),
        (signed(HEADER)[:-8] + "AAAAAAAA", "RFC7515-5.2"),
        (signed(HEADER | {"alg": "none"}), "RFC8725-3.1"),
        (signed(HEADER | {"alg": "HS256"}), "RFC8725-3.1"),
        (signed(HEADER | {"jku": "https://evil.example/"}), "RFC8725-3.10"),
        (signed(HEADER | {"crit": ["b64"], "b64": False}), "RFC8725-3.10"),
        ("a." * 9000 + "a", "RFC8725-3.11.size"),
    ],
    ids=itertools.count(),
)
def test_tokens_that_are_not_believed(token: str, rule: str) -> None:
    assert rule_of(lambda: jws.verify(token, RING.public_keys)) == rule


def read(typ: str = "at+jwt", *, strict: bool = True, **changes: Any) -> Any:
    says = {k: v for k, v in (GOOD | changes).items() if v is not ...}
    verified = jws.verify(SIGNER.token(says, typ=typ), RING.public_keys)
    return read_claims(
        verified, Rules(issuer=ISSUER, audience=API, strict=strict), now=NOW
    )


def test_a_good_access_token() -> None:
    assert read().client_id == "phone"
    assert read("JWT", strict=False).permissions == {"read:x"}


@pytest.mark.rule("RFC9068-4.typ")
@pytest.mark.rule("RFC9068-4.iss")
@pytest.mark.rule("RFC9068-4.aud")
@pytest.mark.rule("RFC9068-4.exp")
@pytest.mark.rule("RFC9068-2.2")
@pytest.mark.rule("RFC9068-2.2.3")
@pytest.mark.rule("RFC7519-2")
@pytest.mark.rule("RFC7519-4.1.5")
@pytest.mark.rule("RFC7519-4.1.6")
@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"typ": "JWT"}, "RFC9068-4.typ"),
        ({"typ": "logout+jwt", "strict": False}, "RFC9068-4.typ"),
        ({"iss": ISSUER.rstrip("/")}, "RFC9068-4.iss"),
        ({"iss": [ISSUER]}, "RFC9068-4.iss"),
        ({"aud": "https://other.example.com/"}, "RFC9068-4.aud"),
        ({"aud": {"x": API}}, "RFC9068-4.aud"),
        ({"exp": SECOND - 30}, "RFC9068-4.exp"),
        ({"exp": ...}, "RFC9068-4.exp"),
        ({"jti": ...}, "RFC9068-2.2"),
        ({"sub": ""}, "RFC9068-2.2"),
        ({"client_id": 5}, "RFC9068-2.2"),
        ({"scope": ["read:x"]}, "RFC9068-2.2.3"),
        ({"permissions": "read:x"}, "RFC9068-2.2.3"),
        ({"exp": True}, "RFC7519-2"),
        ({"exp": "later"}, "RFC7519-2"),
        ({"exp": 1e306}, "RFC7519-2"),
        ({"iat": 10**400}, "RFC7519-4.1.6"),
        ({"nbf": SECOND + 31}, "RFC7519-4.1.5"),
        ({"iat": SECOND + 31}, "RFC7519-4.1.6"),
    ],
)
def test_claims_that_are_not_accepted(changes: dict[str, Any], rule: str) -> None:
    assert rule_of(lambda: read(**changes)) == rule


@pytest.mark.rule("RFC8725-3.12")
@pytest.mark.parametrize("changes", [{"nonce": "n-1"}, {"aud": [API, "phone"]}])
def test_an_id_token_is_no_access_token(changes: dict[str, Any]) -> None:
    assert rule_of(lambda: read("JWT", strict=False, **changes)) == "RFC8725-3.12"


@pytest.mark.rule("RFC6750-3.absent")
@pytest.mark.rule("RFC6750-2.once")
@pytest.mark.rule("RFC6750-2.1")
@pytest.mark.parametrize(
    ("headers", "query", "rule"),
    [
        ([], "", "RFC6750-3.absent"),
        (["Basic x"], "", "RFC6750-3.absent"),
        (["Bearer x", "Bearer y"], "", "RFC6750-2.once"),
        (["Bearer x, Bearer y"], "", "RFC6750-2.once"),
        (["Bearer x"], "access_token=y", "RFC6750-2.once"),
        (["Bearer"], "", "RFC6750-2.1"),
        (["Bearer é"], "", "RFC6750-2.1"),
    ],
)
def test_headers_that_hold_no_token(headers: list[str], query: str, rule: str) -> None:
    assert bearer.read(["Bearer abc=="]) == "abc=="
    assert rule_of(lambda: bearer.read(headers, query=query)) == rule
