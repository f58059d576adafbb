"""The main job, in one process: sign in, call, renew, sign out (contract 4.2, 1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .gatehouse import API, ISSUER, Gatehouse, Phone, Visitor, claims_of


async def test_main_job(gate: Gatehouse, visitor: Visitor, phone: Phone) -> None:
    await gate.user("ada@example.com", name="Ada Example", role="rol_reader")
    landed = await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert landed.status_code == 303
    assert urlsplit(landed.headers["location"]).port == 51234
    answer = phone.answer(landed)
    assert set(answer) == {"code", "state", "iss"}
    assert answer["state"] == "st&ate=1"
    assert answer["iss"] == ISSUER

    gate.clock.turn(seconds=1)
    exchanged = await phone.exchange(answer["code"])
    assert exchanged.status_code == 200, exchanged.text
    assert exchanged.headers["cache-control"] == "no-store"
    tokens = exchanged.json()
    assert_tokens(tokens)
    info = await phone.http.get(
        "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert info.json()["email"] == "ada@example.com"

    gate.clock.turn(seconds=1)
    renewed = await phone.renew(tokens["refresh_token"])
    assert renewed.status_code == 200, renewed.text
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]

    gate.clock.turn(seconds=1)
    revoked = await phone.post("/oauth/revoke", token=renewed.json()["refresh_token"])
    assert (revoked.status_code, revoked.content) == (200, b"")
    gate.clock.turn(seconds=1)
    ended = await phone.renew(renewed.json()["refresh_token"])
    assert ended.status_code == 400
    assert ended.json() == {
        "error": "invalid_grant",
        "error_description": "Unknown or invalid refresh token.",
    }
    assert await gate.log_types() == ["s", "seacft", "sertft", "srrt", "fertft"]


def assert_tokens(tokens: dict[str, Any]) -> None:
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid profile email offline_access read:x"
    assert claims_of(tokens["access_token"])["aud"] == [API, f"{ISSUER}userinfo"]
    identity = claims_of(tokens["id_token"])
    assert identity["aud"] == "native"
    assert identity["nonce"] == "n-1"
    assert identity["name"] == "Ada Example"
