"""Signing out (scenario 11, contract 3.6)."""

from __future__ import annotations

import pytest

from gatelodge.model.reads import TailLog

from .gatehouse import Gatehouse, Phone, Visitor


@pytest.fixture
async def tokens(gate: Gatehouse, visitor: Visitor, phone: Phone):
    await gate.user("ada@example.com")
    return await phone.tokens(visitor, "ada@example.com")


async def signed_in(visitor: Visitor, phone: Phone) -> bool:
    answer = phone.answer(await visitor.get(phone.authorize_url(prompt="none")))
    return "code" in answer


async def test_v2_logout_returns_to_a_listed_address(visitor, phone, tokens) -> None:
    url = "/v2/logout?client_id=native&returnTo=http%3A%2F%2Flocalhost%3A3000%2Fbye"
    answer = await visitor.client.get(url + "&federated&auth0Client=e30")
    assert answer.status_code == 302
    assert answer.headers["location"] == "http://localhost:3000/bye"
    assert not await signed_in(visitor, phone)
    # signing out ends the browser's session, not the phone's tokens
    assert (await phone.renew(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("to", ["https://evil.example.com/", "javascript:alert(1)"])
async def test_an_unlisted_address_is_an_error_page(
    gate, visitor, phone, tokens, to
) -> None:
    answer = await visitor.client.get(
        "/v2/logout", params={"client_id": "native", "returnTo": to}
    )
    assert answer.status_code == 400
    assert "location" not in answer.headers
    (line,) = await gate.house.store.read(TailLog(type="flo"))
    assert (line.type, line.client_id) == ("flo", "native")
    assert to in line.details["because"]
    assert await signed_in(visitor, phone)


async def test_v2_logout_takes_the_first_listed_address(visitor, tokens) -> None:
    answer = await visitor.client.get("/v2/logout?client_id=native")
    assert answer.headers["location"] == "http://localhost:3000/bye"


async def test_v2_logout_without_client(gate, visitor, tokens) -> None:
    page = await visitor.get("/v2/logout")
    assert page.status_code == 200
    assert "signed out" in page.text
    await gate.settings(allowed_logout_urls=["https://bye.example.com/"])
    answer = await visitor.client.get("/v2/logout?returnTo=https://bye.example.com/")
    assert answer.headers["location"] == "https://bye.example.com/"


@pytest.mark.parametrize("path", ["/v2/logout", "/oidc/logout"])
async def test_unknown_client(gate, visitor, tokens, path) -> None:
    assert (await visitor.client.get(f"{path}?client_id=x")).status_code == 400
    (line,) = await gate.house.store.read(TailLog(type="flo"))
    assert (line.type, line.client_id) == ("flo", None)


async def test_oidc_logout_with_a_hint(visitor, phone, tokens) -> None:
    answer = await visitor.client.get(
        "/oidc/logout",
        params={
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": "com.example.app:/bye",
            "state": "s 1",
        },
    )
    assert answer.headers["location"] == "com.example.app:/bye?state=s%201"
    assert not await signed_in(visitor, phone)


async def test_oidc_logout_with_an_expired_hint(gate, visitor, phone, tokens) -> None:
    gate.clock.turn(seconds=2 * 86_400)
    answer = await visitor.client.get(
        "/oidc/logout", params={"id_token_hint": tokens["id_token"]}
    )
    assert answer.status_code == 200
    assert "signed out" in answer.text


async def test_oidc_logout_with_client_and_address_needs_no_page(
    visitor, phone, tokens
) -> None:
    answer = await visitor.client.get(
        "/oidc/logout",
        params={
            "client_id": "native",
            "post_logout_redirect_uri": "http://localhost:3000/bye",
        },
    )
    assert answer.status_code == 302
    assert not await signed_in(visitor, phone)


async def test_oidc_logout_asks_when_nothing_is_proven(visitor, phone, tokens) -> None:
    page = await visitor.get("/oidc/logout")
    assert "Sign out?" in page.text
    assert await signed_in(visitor, phone)
    await visitor.send(page, decision="stay")
    assert await signed_in(visitor, phone)
    done = await visitor.send(page, decision="logout")
    assert "signed out" in done.text
    assert not await signed_in(visitor, phone)


async def test_a_tenant_may_always_ask(gate, visitor, tokens) -> None:
    await gate.settings(logout_always_asks=True)
    page = await visitor.get(
        "/oidc/logout?client_id=native"
        "&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fbye"
    )
    assert "Sign out?" in page.text


async def test_contradicting_requests_are_refused(visitor, tokens) -> None:
    answer = await visitor.client.get(
        "/oidc/logout",
        params={"id_token_hint": tokens["id_token"], "client_id": "web"},
    )
    assert answer.status_code == 400


async def test_a_forged_hint_is_no_hint(visitor, phone, tokens) -> None:
    page = await visitor.get("/oidc/logout?id_token_hint=a.b.c")
    assert "Sign out?" in page.text


async def test_anothers_hint_asks(gate, visitor, phone, tokens) -> None:
    await gate.user("bob@example.com")
    await phone.tokens(visitor, "bob@example.com", prompt="login")
    page = await visitor.get(f"/oidc/logout?id_token_hint={tokens['id_token']}")
    assert "Sign out?" in page.text


async def test_logged(gate, visitor, tokens) -> None:
    gate.clock.turn(seconds=1)
    await visitor.get("/v2/logout")
    assert (await gate.log_types())[-1] == "slo"
