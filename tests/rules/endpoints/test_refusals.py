"""Each refusal of an endpoint names the rule it applied."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from gatelodge.base.errors import Refusal
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES, Sealer
from gatelodge.endpoints.dbconnections import sign_up
from gatelodge.endpoints.revoke import revoke
from gatelodge.endpoints.token import token
from gatelodge.endpoints.userinfo import userinfo
from gatelodge.login.transaction import begin, seal
from gatelodge.model.connection import DEFAULT_CONNECTION
from gatelodge.web.reading import LARGEST_BODY
from tests.protocol.gatehouse import ISSUER, Gatehouse, Phone, Visitor

FORM = "application/x-www-form-urlencoded"


def posted(body: Any = b"", *, kind: str = FORM, **headers: str) -> Exchange:
    if isinstance(body, dict):
        encode = msgspec.json.encode if "json" in kind else urlencode
        body = encode(body)
    return Exchange(
        method="POST",
        path="/",
        issuer=ISSUER,
        body=body if isinstance(body, bytes) else body.encode(),
        headers={"content-type": kind, **headers},
    )


async def rule_of(call: Any, gate: Gatehouse, exchange: Exchange) -> str:
    with pytest.raises(Refusal) as caught:
        await call(gate.house, exchange)
    return caught.value.rule


@pytest.mark.rule("RFC6749-4.1.3.content_type")
@pytest.mark.rule("RFC6749-4.1.3.grant_type")
@pytest.mark.rule("RFC6749-4.1.3.code")
@pytest.mark.rule("RFC6749-5.2.grant")
@pytest.mark.rule("RFC6749-5.2.unauthorized_client")
@pytest.mark.rule("RFC6749-6.refresh_token")
@pytest.mark.rule("House-refresh-shield")
@pytest.mark.rule("RFC6749-B")
@pytest.mark.rule("Auth0-json")
async def test_token_requests(gate: Gatehouse) -> None:
    cases = [
        (posted(b"", kind="text/xml"), "RFC6749-4.1.3.content_type"),
        (posted(b"a=\xff"), "RFC6749-B"),
        (posted(b"[", kind="application/json"), "Auth0-json"),
        (posted(b'"\xff"', kind="application/json"), "Auth0-json"),
        (posted(b"[" * 9000, kind="application/json"), "Auth0-json"),
        (posted({"client_id": "native"}), "RFC6749-4.1.3.grant_type"),
        (posted({"grant_type": "implicit"}), "RFC6749-5.2.grant"),
    ]
    for name, more, rule in (
        ("native", {"grant_type": "authorization_code"}, "RFC6749-4.1.3.code"),
        (
            "native",
            {"grant_type": "authorization_code", "code": "ac_"},
            "RFC6749-4.1.3.code",
        ),
        ("native", {"grant_type": "refresh_token"}, "RFC6749-6.refresh_token"),
        (
            "native",
            {"grant_type": "refresh_token", "refresh_token": "rt_x"},
            "House-refresh-shield",
        ),
        (
            "native",
            {"grant_type": "client_credentials"},
            "RFC6749-5.2.unauthorized_client",
        ),
    ):
        cases.append((posted({"client_id": name} | more), rule))
    for exchange, rule in cases:
        assert await rule_of(token, gate, exchange) == rule


@pytest.mark.rule("RFC6749-4.4")
async def test_a_public_client_never_acts_for_itself(gate: Gatehouse) -> None:
    await gate.change_client("native", grant_types=("client_credentials",))
    exchange = posted({"client_id": "native", "grant_type": "client_credentials"})
    assert await rule_of(token, gate, exchange) == "RFC6749-4.4"


@pytest.mark.rule("RFC7009-2.1")
async def test_a_revocation_names_the_token(gate: Gatehouse) -> None:
    assert await rule_of(revoke, gate, posted({"client_id": "native"})) == "RFC7009-2.1"


@pytest.mark.rule("RFC6750-2")
@pytest.mark.rule("RFC6750-3.1")
@pytest.mark.rule("RFC6750-3.1.none")
async def test_userinfo_takes_one_token(gate: Gatehouse) -> None:
    twice = posted({"access_token": "x"}, authorization="Bearer x")
    assert await rule_of(userinfo, gate, twice) == "RFC6750-2"
    assert await rule_of(userinfo, gate, posted()) == "RFC6750-3.1.none"
    for forged in ("at_", "at_x", "at_" + "A" * 80, "at_é"):
        sent = posted(authorization=f"Bearer {forged}")
        assert await rule_of(userinfo, gate, sent) == "RFC6750-3.1"


@pytest.mark.rule("Auth0-client_id")
@pytest.mark.rule("Auth0-connection")
@pytest.mark.rule("Auth0-signup")
@pytest.mark.rule("Auth0-password-strength")
@pytest.mark.rule("Auth0-user_metadata")
async def test_sign_ups(gate: Gatehouse) -> None:
    good = {
        "client_id": "native",
        "connection": DEFAULT_CONNECTION,
        "email": "ada@example.com",
        "password": "correct Horse 7 battery",
    }
    await sign_up(gate.house, posted(good, kind="application/json"))
    for changes, rule in (
        ({"client_id": "nobody"}, "Auth0-client_id"),
        ({"connection": "nowhere"}, "Auth0-connection"),
        ({}, "Auth0-signup"),  # the address is taken now
        ({"email": "no address"}, "Auth0-signup"),
        ({"email": "b@example.com", "password": "short"}, "Auth0-password-strength"),
        ({"user_metadata": {"a.b": "x"}}, "Auth0-user_metadata"),
        ({"user_metadata": {"a": 5}}, "Auth0-user_metadata"),
    ):
        exchange = posted(good | changes, kind="application/json")
        assert await rule_of(sign_up, gate, exchange) == rule, changes


@pytest.mark.rule("OIDC-3.1.2.6.login")
@pytest.mark.rule("OIDC-3.1.2.6.consent")
@pytest.mark.rule("OIDC-3.1.2.6.interaction")
async def test_what_a_silent_request_is_told(
    gate: Gatehouse, visitor: Visitor, phone: Phone
) -> None:
    silent = phone.authorize_url(prompt="none")
    assert phone.answer(await visitor.get(silent))["error"] == "login_required"
    await gate.user("ada@example.com", role="rol_reader")
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    assert "code" in phone.answer(await visitor.get(silent))
    await gate.change_options("native", skip_confirmation=False)
    assert phone.answer(await visitor.get(silent))["error"] == "interaction_required"
    await gate.change_options("native", skip_confirmation=True)
    await gate.change_api_options(skip_consent=False)
    assert phone.answer(await visitor.get(silent))["error"] == "consent_required"


@pytest.mark.rule("RFC6749-4.1.2.1.denied")
async def test_a_person_may_go_back(visitor: Visitor, phone: Phone) -> None:
    page = await visitor.get(phone.authorize_url())
    answer = phone.answer(await visitor.send(page, cancel="1"))
    assert answer["error"] == "access_denied"
    assert answer["state"] == "st&ate=1"


@pytest.mark.rule("House-same-origin")
async def test_a_form_of_ours_is_posted_by_a_page_of_ours(
    gate: Gatehouse, visitor: Visitor, phone: Phone
) -> None:
    await visitor.get(phone.authorize_url())
    for headers, status in (
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-origin"}, 400),  # ours, but without a state
    ):
        answer = await visitor.client.post(
            "/u/login", content="", headers={"content-type": FORM, **headers}
        )
        assert answer.status_code == status, headers


@pytest.mark.rule("House-body-size")
async def test_a_request_has_a_size_limit(gate: Gatehouse) -> None:
    async with gate.http() as http:
        for size, status in ((LARGEST_BODY + 1, 413), (LARGEST_BODY, 400)):
            answer = await http.post(
                "/oauth/token", content=b"x" * size, headers={"content-type": FORM}
            )
            assert answer.status_code == status


@pytest.mark.rule("House-state-size")
def test_a_request_that_cannot_be_sealed() -> None:
    sealer = Sealer((b"k" * 32,))

    def sealed(size: int) -> str:
        fresh = begin({"x": "y" * size}, issuer=ISSUER, cookie="c", jti="j", now=1)
        return seal(fresh, sealer, bytes(NONCE_BYTES))

    assert len(sealed(2000)) <= 4096
    with pytest.raises(Refusal) as caught:
        sealed(4000)
    assert caught.value.rule == "House-state-size"
