"""Client assertions under attack (RFC 7523 §3, RFC 8725 §3)."""

from __future__ import annotations

import asyncio
import base64
import time
from typing import Any

import pytest
from joserfc import jwk, jwt

from gatelodge.model.client import ClientKey
from gatelodge.model.writes import PutClientKey
from tests.protocol.gatehouse import API, ISSUER, MACHINE_SECRET, Gatehouse, Phone
from tests.security.wire import jws

BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
WEB = "https://web.example.com/callback"


async def register(gate: Gatehouse, key: jwk.RSAKey, *clients: str) -> None:
    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    for client_id in clients:
        await gate.change_client(client_id, auth_method="private_key_jwt")
        fresh = ClientKey(client_id=client_id, kid="k1", jwk=public, created_at=0)
        await gate.write(PutClientKey(key=fresh))


def claims(client_id: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": f"{ISSUER}oauth/token",
        "jti": "j1",
        "iat": now,
        "exp": now + 60,
        **changes,
    }


def signed(key: jwk.RSAKey, client_id: str = "machine", **changes: Any) -> str:
    header = {"alg": "RS256", "kid": "k1"}
    return jwt.encode(header, claims(client_id, **changes), key)


@pytest.fixture
async def key(nodes) -> jwk.RSAKey:
    nodes[0].clock.at = int(time.time() * 1000)
    found = jwk.RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
    await register(nodes[0], found, "machine", "web")
    await nodes[1].house.reload()
    return found


async def ask(gate: Gatehouse, assertion: str, **more: str):
    body = {
        "grant_type": "client_credentials",
        "audience": API,
        "client_assertion": assertion,
        "client_assertion_type": BEARER,
        **more,
    }
    return await gate.http().post("/oauth/token", data=body)


@pytest.mark.rule("RFC7523-3.7")
async def test_of_fifty_uses_one_counts(nodes, key) -> None:
    assertion = signed(key)
    answers = await asyncio.gather(
        *(ask(nodes[number % 2], assertion) for number in range(50))
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [401] * 49
    assert {a.json()["error"] for a in answers if a.status_code == 401} == {
        "invalid_client"
    }


async def test_an_assertion_is_spent_even_where_the_call_fails(nodes, key) -> None:
    """Seen on its way once, it is no good to whoever saw it, for any grant."""
    gate = nodes[0]
    await gate.user("ada@example.com")
    from tests.protocol.gatehouse import Visitor

    web = Phone(gate, "web", WEB)
    landed = await Visitor(gate).sign_in(web.authorize_url(), "ada@example.com")
    code = web.answer(landed)["code"]
    shown = {"client_assertion": signed(key, "web"), "client_assertion_type": BEARER}
    failed = await web.exchange(code, code_verifier="w" * 43, **shown)
    assert failed.json()["error"] == "invalid_grant"
    for again in (
        await web.exchange(code, **shown),
        await web.renew("rt_x", **shown),
        await web.post("/oauth/revoke", token="rt_x", **shown),
    ):
        assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


async def test_forged_assertions(nodes, key) -> None:
    body = claims("machine")
    pem = key.as_pem(private=False)
    other = jwk.RSAKey.generate_key(2048, {"kid": "k1", "alg": "RS256"})
    embedded = {"alg": "RS256", "kid": "k1", "jwk": other.as_dict(private=False)}
    forged = [
        jws({"alg": "none"}, body),
        jws({"alg": "none", "kid": "k1"}, body),
        jws({"alg": "HS256", "kid": "k1"}, body, pem),
        jws({"alg": "HS256"}, body, MACHINE_SECRET.encode()),
        jws({"alg": "RS256", "kid": "k1"}, body, pem),
        jws({"alg": "RS256", "kid": "../k1"}, body, pem),
        jws(embedded, body, pem),
        signed(other),
        signed(key, "web", iss="machine"),
        signed(key, "machine", iss="web", sub="web"),
        signed(key, jti=["j"]),
        signed(key, jti={"a": 1}),
        signed(key, exp=2**62),
        signed(key, exp=1e308),
        signed(key, exp="9999999999"),
        signed(key, exp=None),
        signed(key, aud=[]),
        signed(key, aud={"x": ISSUER}),
        signed(key, aud="https://evil.example.com/"),
        signed(key, aud=f"{ISSUER}oauth/token/"),
    ]
    for assertion in forged:
        answer = await ask(nodes[0], assertion, client_id="machine")
        assert answer.status_code == 401, assertion
        assert answer.json()["error_description"] == "Unauthorized"


async def test_another_clients_key_does_not_sign_for_me(nodes, key) -> None:
    answer = await ask(nodes[0], signed(key, "web"), client_id="machine")
    assert answer.status_code == 401


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


ODD_BASICS = [
    ("Basic", "invalid_request"),
    ("Basic !!!!", "invalid_request"),
    (basic(b"machine"), "invalid_request"),
    (basic(b"\xff\xfe:x"), "invalid_request"),
    (basic(b":"), "invalid_client"),
    (basic(b"machine:"), "invalid_client"),
    (basic(b"machine:" + b"x" * 9000), "invalid_client"),
    (basic(b"machine\x00:x"), "invalid_client"),
    (basic(b"machine:%00%ff%ed%a0%80"), "invalid_client"),
    (basic(b"%6dachine:wrong"), "invalid_client"),
    ("Basic " + "A" * 40_000, "invalid_client"),
    ("Digest x", "invalid_client"),
    ("Bearer x", "invalid_client"),
]


async def test_odd_client_headers(gate) -> None:
    for header, error in ODD_BASICS:
        answer = await gate.http().post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "audience": API},
            headers={"authorization": header},
        )
        assert answer.status_code in (400, 401)
        if not header.startswith("Basic AAAA"):
            assert answer.json()["error"] == error
