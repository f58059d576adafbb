"""``/userinfo`` (OpenID Connect Core §5.3, clients rules 33, 34)."""

from __future__ import annotations

import re

import pytest

from gatelodge.model.writes import BlockUser

from .gatehouse import ISSUER, Gatehouse, Phone, Visitor, claims_of


@pytest.fixture
async def tokens(gate: Gatehouse, visitor: Visitor, phone: Phone):
    await gate.user("ada@example.com", name="Ada", nickname="ada", role="rol_reader")
    return await phone.tokens(visitor, "ada@example.com")


async def ask(phone: Phone, token: str):
    headers = {"authorization": f"Bearer {token}"}
    return await phone.http.get("/userinfo", headers=headers)


async def test_claims(phone, tokens) -> None:
    answer = await ask(phone, tokens["access_token"])
    body = answer.json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["updated_at"])
    assert body["email_verified"] is False
    assert body["name"] == "Ada"
    assert body["sub"] == claims_of(tokens["id_token"])["sub"]
    assert answer.headers["cache-control"] == "no-store"


async def test_numeric_updated_at(gate, phone, tokens) -> None:
    await gate.settings(numeric_updated_at=True)
    assert isinstance(
        (await ask(phone, tokens["access_token"])).json()["updated_at"], int
    )


async def test_post_forms(phone, tokens) -> None:
    token = tokens["access_token"]
    answer = await phone.http.post("/userinfo", data={"access_token": token})
    assert answer.status_code == 200
    twice = await phone.http.post(
        "/userinfo",
        data={"access_token": token},
        headers={"authorization": f"Bearer {token}"},
    )
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


async def test_a_token_in_the_query_only_where_the_tenant_allows(
    gate, phone, tokens
) -> None:
    url = f"/userinfo?access_token={tokens['access_token']}"
    assert (await phone.http.get(url)).status_code == 401
    await gate.settings(userinfo_query_token=True)
    assert (await phone.http.get(url)).status_code == 200


async def test_no_token(phone) -> None:
    answer = await phone.http.get("/userinfo")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_tokens_that_are_none(phone, tokens) -> None:
    tampered = tokens["access_token"][:-4] + "AAAA"
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
    for token in ("x", "at_x", tampered, unsigned, tokens["id_token"], "a" * 20_000):
        answer = await ask(phone, token)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_expired(gate, phone, tokens) -> None:
    gate.clock.turn(seconds=86_400 + 31)
    assert (await ask(phone, tokens["access_token"])).status_code == 401


async def test_without_openid(gate, visitor, phone, tokens) -> None:
    plain = await phone.tokens(
        visitor, "ada@example.com", scope="read:x", prompt="login"
    )
    assert "id_token" not in plain
    assert (await ask(phone, plain["access_token"])).status_code == 401


async def test_blocked(gate, phone, tokens) -> None:
    user_id = claims_of(tokens["id_token"])["sub"]
    block = BlockUser(user_id=user_id, blocked_at=1, updated_at=1)
    await gate.house.store.commit((block,))
    assert (await ask(phone, tokens["access_token"])).status_code == 401


async def test_claims_parameter(visitor, phone, tokens) -> None:
    asked = '{"userinfo": {"nickname": null}, "id_token": {"auth_time": null}}'
    fresh = await phone.tokens(
        visitor,
        "ada@example.com",
        audience=None,
        scope="openid",
        claims=asked,
        prompt="login",
    )
    assert "auth_time" in claims_of(fresh["id_token"])
    assert (await ask(phone, fresh["access_token"])).json()["nickname"] == "ada"


async def test_custom_claims(gate, visitor, phone, tokens) -> None:
    """How a name, a role or a metadata field reaches an access token."""
    name = "https://claims.example.com"
    await gate.change_api_options(
        claims={
            f"{name}/roles": "${user.roles}",
            f"{name}/email": "${user.email}",
            f"{name}/hello": "Hello ${user.name}!",
            f"{name}/plan": "${user.app_metadata.plan}",
            "email": "${user.email}",
            "sub": "nobody",
        }
    )
    fresh = await phone.tokens(
        visitor, "ada@example.com", scope="openid read:x", prompt="login"
    )
    claims = claims_of(fresh["access_token"])
    assert claims[f"{name}/roles"] == ["Reader"]
    assert claims[f"{name}/email"] == "ada@example.com"
    assert claims[f"{name}/hello"] == "Hello Ada!"
    assert f"{name}/plan" not in claims
    assert "email" not in claims  # a standard claim needs its scope
    assert claims["sub"].startswith("auth0|")
    assert claims["iss"] == ISSUER
