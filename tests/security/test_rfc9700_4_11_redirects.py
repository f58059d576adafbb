"""Nobody is sent where no client is registered (RFC 9700 §4.11, RFC 6749 §10.15)."""

from __future__ import annotations

import itertools
from urllib.parse import quote, urlencode

import pytest

from tests.protocol.gatehouse import Phone
from tests.security.wire import FORM, HOST, HTML, OURS, raw

EVIL = "https://evil.example.com/"
ADDRESSES = [
    EVIL,
    "//evil.example.com/",
    "/\\evil.example.com",
    "https://web.example.com@evil.example.com/callback",
    "https://web.example.com.evil.example.com/callback",
    "https://web.example.com/callback/../../evil",
    "https://web.example.com/callback%2f..",
    "https://web.example.com\\@evil.example.com/callback",
    "https://web.example.com:443/callback",
    "http://web.example.com/callback",
    "javascript:alert(1)//https://web.example.com/callback",
    "data:text/html,<script>alert(1)</script>",
    "https://web.example.com/callback\r\nLocation: https://evil.example.com/",
    "https://web.example.com/callback\u2028",
    " https://web.example.com/callback",
    "https://web.example.com/callback?next=https://evil.example.com",
    "http://127.0.0.1@evil.example.com/callback",
    "http://127.0.0.1:80@evil.example.com/callback",
    "http://[::ffff:127.0.0.1]/callback",
    "http://0x7f.1/callback",
    "http://127.0.0.1.evil.example.com/callback",
    "http://localhost/callback",
    "*",
]


@pytest.mark.parametrize("client_id", ["web", "native"])
async def test_an_authorization_answer_stays_home(gate, client_id) -> None:
    ways = ({}, {"prompt": "none"}, {"response_mode": "form_post"}, {"state": "x"})
    for address, more in itertools.product(ADDRESSES, ways):
        query = {"client_id": client_id, "redirect_uri": address, "scope": "openid"}
        answer = await raw(gate, "GET", "/authorize", query=encoded({**query, **more}))
        assert answer.status == 400
        assert "location" not in answer.headers
        assert "evil.example.com" not in answer.text


async def test_leaving_goes_to_registered_places_only(gate) -> None:
    for address in [*ADDRESSES, "http://localhost:3000/bye/x"]:
        for client in ({"client_id": "native"}, {"client_id": "web"}, {}):
            for path, name in (
                ("/v2/logout", "returnTo"),
                ("/oidc/logout", "post_logout_redirect_uri"),
            ):
                query = encoded({**client, name: address})
                answer = await raw(gate, "GET", path, query=query, headers=(HOST, HTML))
                assert answer.status == 400, (path, client)
                assert "location" not in answer.headers
                assert "evil.example.com" not in answer.text


@pytest.mark.parametrize(
    "name", ["state", "next", "returnTo", "redirect_uri", "restart_url", "app_url"]
)
async def test_our_own_pages_take_no_address(gate, name) -> None:
    for path in ("/u/login", "/u/signup", "/u/forgot", "/u/reset", "/u/verify-email"):
        query = encoded({name: EVIL})
        shown = await raw(gate, "GET", path, query=query, headers=(HOST, HTML))
        sent = await raw(
            gate, "POST", path, headers=(HOST, HTML, OURS, FORM), body=query
        )
        for answer in (shown, sent):
            assert answer.status < 500
            assert EVIL not in answer.headers.get("location", "")
            assert f'href="{EVIL}' not in answer.text
            assert f'action="{EVIL}' not in answer.text


async def test_a_forged_state_of_logout_leads_home(gate) -> None:
    for state in ("", "x", quote(EVIL), "A" * 200):
        body = encoded({"state": state, "decision": "stay"})
        answer = await raw(
            gate, "POST", "/u/logout", headers=(HOST, OURS, FORM), body=body
        )
        assert (answer.status, answer.headers["location"]) == (303, "/")


async def test_the_day_old_link_starts_the_same_request(gate, visitor, phone) -> None:
    """What is offered after a day is our own ``/authorize``, checked from the start."""
    page = await visitor.get(phone.authorize_url(state='"><script>'))
    gate.clock.turn(seconds=2 * 86_400)
    late = await visitor.get(str(page.url))
    assert 'href="/authorize?client_id=native' in late.text
    assert "<script>" not in late.text


@pytest.mark.parametrize(
    "value",
    [
        "a\r\nSet-Cookie: x=1",
        "a\nb",
        "\x0b\x0c\x1f",
        "\u2028\u2029",
        "%0d%0aX: 1",
        "\u00e9\u20ac",
    ],
)
async def test_no_parameter_splits_a_header(gate, ada, visitor, phone, value) -> None:
    url = phone.authorize_url(state=value, nonce=value, ui_locales=value)
    answer = await visitor.sign_in(url, ada)
    assert phone.answer(answer)["state"] == value
    assert "x" not in answer.cookies
    for header in answer.headers.values():
        assert "\n" not in header
    silent = await visitor.get(phone.authorize_url(state=value, prompt="nonsense"))
    assert phone.answer(silent)["state"] == value


async def test_the_language_of_a_page_is_one_of_ours(visitor, phone) -> None:
    for wish in ("de\r\nX: 1", "xx", "../../etc", "de-" * 500, "DE"):
        page = await visitor.get(phone.authorize_url(ui_locales=wish))
        assert page.headers["content-language"] in ("de", "en")


async def test_a_form_goes_to_web_addresses_only(gate, visitor) -> None:
    """A private scheme takes no form: the app is told so at its address."""
    app = Phone(gate, "native", "com.example.app:/callback")
    answer = await visitor.get(app.authorize_url(response_mode="form_post"))
    assert app.answer(answer)["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/ios/x", "/android/../x", "/capacitor/%2e%2e"])
async def test_callbacks_on_our_host_are_the_registered_ones(gate, path) -> None:
    answer = await raw(gate, "GET", path, query=b"code=1", headers=(HOST, HTML))
    assert answer.status == 404


async def test_what_arrives_at_a_callback_on_our_host_is_text(gate, visitor) -> None:
    uri = "http://localhost:8421/ios/com.example.app/callback"
    await gate.change_client("native", redirect_uris=(uri,))
    hostile = urlencode({"code": '"><script>alert(1)</script>', "state": "javascript:"})
    page = await visitor.get(f"/ios/com.example.app/callback?{hostile}")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert f'href="{uri}?code=' in page.text


def encoded(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()
