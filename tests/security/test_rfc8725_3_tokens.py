"""No token passes for another (RFC 8725 §3, OpenID Connect Core §5.3, §3.1.2.1)."""

from __future__ import annotations

import pytest

from gatelodge.base.encoding import b64url, unb64url
from tests.protocol.gatehouse import (
    API,
    ISSUER,
    MACHINE_SECRET,
    Gatehouse,
    Phone,
    Visitor,
    claims_of,
    open_gatehouse,
)
from tests.security.wire import jws

HINT_PATHS = ("/authorize", "/oidc/logout")


@pytest.fixture
async def tokens(ada: str, visitor: Visitor, phone: Phone):
    return await phone.tokens(visitor, ada)


async def ask(phone: Phone, token: str):
    headers = {"authorization": f"Bearer {token}"}
    return await phone.http.get("/userinfo", headers=headers)


async def refused(phone: Phone, token: str) -> None:
    answer = await ask(phone, token)
    assert answer.status_code == 401, token
    assert answer.json()["error"] == "invalid_token"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_an_id_token_is_no_access_token(phone, tokens) -> None:
    assert (await ask(phone, tokens["access_token"])).status_code == 200
    await refused(phone, tokens["id_token"])


async def test_refresh_tokens_and_codes_are_none(phone, tokens) -> None:
    await refused(phone, tokens["refresh_token"])
    await refused(phone, "ac_" + "A" * 43)


async def test_a_machines_token_is_nobody(phone) -> None:
    answer = await phone.http.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "audience": API,
            "client_id": "machine",
            "client_secret": MACHINE_SECRET,
        },
    )
    await refused(phone, answer.json()["access_token"])


async def test_a_token_of_another_server_with_the_same_claims(phone, tokens) -> None:
    """Same issuer, same key id, another key."""
    async with open_gatehouse(seed=99) as other:
        await other.user("ada@example.com", role="rol_reader")
        foreign = await Phone(other).tokens(Visitor(other), "ada@example.com")
    await refused(phone, foreign["access_token"])


async def test_a_token_of_our_other_issuer() -> None:
    other = "http://127.0.0.1:8421/"
    async with open_gatehouse(issuers=(ISSUER, other)) as gate:
        await gate.user("ada@example.com")
        tokens = await Phone(gate).tokens(Visitor(gate), "ada@example.com")
        headers = {
            "authorization": f"Bearer {tokens['access_token']}",
            "host": "127.0.0.1:8421",
        }
        answer = await gate.http().get("/userinfo", headers=headers)
        assert answer.status_code == 401


def forgeries(token: str) -> dict[str, str]:
    head, body, signature = token.split(".")
    claims = claims_of(token)
    kid = claims_of(f".{head}.")["kid"]
    public = b"-----BEGIN PUBLIC KEY-----"
    return {
        "none": jws({"alg": "none", "typ": "JWT"}, claims),
        "none with kid": jws({"alg": "none", "kid": kid}, claims),
        "None": jws({"alg": "None", "kid": kid}, claims),
        "no alg": jws({"kid": kid}, claims),
        "HS256 by the public key": jws({"alg": "HS256", "kid": kid}, claims, public),
        "HS256 by nothing": jws({"alg": "HS256", "kid": kid}, claims, b"\0"),
        "embedded key": jws({"alg": "RS256", "kid": kid, "jwk": {}}, claims, b"x"),
        "key url": jws({"alg": "RS256", "jku": "http://127.0.0.1/"}, claims, b"x"),
        "crit": jws({"alg": "RS256", "kid": kid, "crit": ["exp"]}, claims, b"x"),
        "kid path": jws({"alg": "RS256", "kid": "../../dev/null"}, claims, b"x"),
        "kid sql": jws({"alg": "RS256", "kid": "' OR 1=1 --"}, claims, b"x"),
        "kid number": jws({"alg": "RS256", "kid": 7}, claims, b"x"),
        "alg list": jws({"alg": ["RS256"], "kid": kid}, claims, b"x"),
        "no signature": f"{head}.{body}.",
        "other signature": f"{head}.{body}.{b64url(b'A' * len(unb64url(signature)))}",
        "other body": f"{head}.{b64url(b'{}')}.{signature}",
        "two tokens": f"{token}.{token}",
        "json": '{"payload":"x","signatures":[]}',
        "padded": token + "=",
        "spaced": token[:10] + " " + token[10:],
        "deep": f"{b64url(b'[' * 5000)}.{body}.{signature}",
        "huge": "a." * 20_000,
    }


async def test_forged_access_tokens(phone, tokens) -> None:
    for token in forgeries(tokens["access_token"]).values():
        await refused(phone, token)


async def test_forged_hints(visitor, phone, tokens) -> None:
    for name, token in forgeries(tokens["id_token"]).items():
        landed = await visitor.get(
            phone.authorize_url(prompt="none", id_token_hint=token[:8000])
        )
        assert phone.answer(landed)["error"] == "invalid_request", name
        page = await visitor.client.get(
            "/oidc/logout", params={"id_token_hint": token[:8000]}
        )
        assert page.status_code == 200
        assert 'name="decision"' in page.text, name  # a person is asked first
    assert "code" in phone.answer(await visitor.get(phone.authorize_url()))


async def test_an_access_token_is_no_hint(visitor, phone, tokens) -> None:
    landed = await visitor.get(
        phone.authorize_url(prompt="none", id_token_hint=tokens["access_token"])
    )
    assert phone.answer(landed)["error"] == "invalid_request"
    page = await visitor.client.get(
        "/oidc/logout", params={"id_token_hint": tokens["access_token"]}
    )
    assert page.status_code == 400


async def test_another_clients_id_token_is_no_hint(gate, visitor, phone, tokens):
    spa = Phone(gate, "spa", "https://spa.example.com/")
    landed = await visitor.get(
        spa.authorize_url(prompt="none", id_token_hint=tokens["id_token"])
    )
    assert spa.answer(landed)["error"] == "invalid_request"


async def test_silent_sign_in_never_answers_with_somebody_else(
    gate, visitor, phone, tokens
) -> None:
    await gate.user("bob@example.com")
    other = Visitor(gate)
    await phone.tokens(other, "bob@example.com")
    landed = await other.get(
        phone.authorize_url(prompt="none", id_token_hint=tokens["id_token"])
    )
    assert phone.answer(landed)["error"] == "login_required"


async def test_two_tokens_at_once(phone, tokens) -> None:
    token = tokens["access_token"]
    answer = await phone.http.post(
        "/userinfo",
        data={"access_token": token},
        headers={"authorization": f"Bearer {token}"},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


ODD_HEADERS = [
    "Bearer",
    "Bearer ",
    "bearer\t",
    "Basic YTpi",
    "DPoP x",
    "Bearer a b",
    "Bearer \u00e9",
]


async def test_odd_authorization_headers(phone) -> None:
    for header in ODD_HEADERS:
        headers = {"authorization": header.encode("latin-1")}
        assert (await phone.http.get("/userinfo", headers=headers)).status_code == 401


async def test_an_opaque_token_dies_with_its_person(gate: Gatehouse, ada, visitor):
    from gatelodge.model.writes import DeleteUser

    phone = Phone(gate)
    tokens = await phone.tokens(visitor, ada, audience=None)
    assert (await ask(phone, tokens["access_token"])).status_code == 200
    sub = claims_of(tokens["id_token"])["sub"]
    assert await gate.house.store.commit((DeleteUser(user_id=sub),))
    await refused(phone, tokens["access_token"])
