"""Whose browser, whose session, whose answer (RFC 9700 §4.7, RFC 6749 §10.12)."""

from __future__ import annotations

import asyncio

import pytest

from tests.protocol.gatehouse import (
    ISSUER,
    PASSWORD,
    WEB_SECRET,
    Gatehouse,
    Phone,
    Visitor,
    form_of,
    open_gatehouse,
)

SECURE = "https://id.example.com/"


@pytest.fixture
def third(gate: Gatehouse) -> Phone:
    return Phone(gate, "third", "https://web.example.com/callback", WEB_SECRET)


@pytest.fixture
async def bob(gate: Gatehouse) -> str:
    await gate.user("bob@example.com", role="rol_reader")
    return "bob@example.com"


async def test_consent_of_one_person_never_counts_for_another(
    gate, visitor, third, ada, bob
) -> None:
    """Ada's yes came too late for her own proof; the sign-in that follows is Bob's."""
    url = third.authorize_url(scope="openid read:x", max_age="60")
    asked = await visitor.sign_in(url, ada)
    assert asked.url.path == "/u/consent"
    gate.clock.turn(seconds=16 * 60)
    login = await visitor.send(asked, decision="accept")
    assert login.url.path == "/u/login"
    page = await visitor.send(login, username=bob, password=PASSWORD)
    assert page.url.path == "/u/consent"
    assert bob in page.text


async def test_consent_seen_by_one_is_not_given_by_another(
    gate, visitor, third, ada, bob
) -> None:
    """The page was shown to Ada; meanwhile the browser is Bob's."""
    asked = await visitor.sign_in(third.authorize_url(scope="openid read:x"), ada)
    await Phone(gate).tokens(visitor, bob, prompt="login")
    again = await visitor.send(asked, decision="accept")
    assert again.url.path == "/u/consent"
    assert bob in again.text


async def test_one_browsers_consent_page_is_no_good_in_another(
    gate, third, ada, bob
) -> None:
    attacker, victim = Visitor(gate), Visitor(gate)
    asked = await attacker.sign_in(third.authorize_url(scope="openid read:x"), ada)
    await Phone(gate).tokens(victim, bob)
    landed = await victim.send(asked, decision="accept")
    assert landed.url.path == "/u/consent"
    assert bob in landed.text


async def test_a_tossed_binding_cookie_brings_no_proof(gate, third, ada, bob) -> None:
    """On http a neighbour can set cookies: the proof is bound to its session too."""
    attacker, victim = Visitor(gate), Visitor(gate)
    asked = await attacker.sign_in(third.authorize_url(scope="openid read:x"), ada)
    binding = attacker.client.cookies["gatelodge_browser"]
    await Phone(gate).tokens(victim, bob)
    victim.client.cookies.set("gatelodge_browser", binding, domain="localhost.local")
    landed = await victim.send(asked, decision="accept")
    assert "code=" not in landed.headers.get("location", "")


async def test_a_sign_in_makes_a_new_session(gate, visitor, phone, ada) -> None:
    """Whatever cookie was planted before, it is not the one that is signed in."""
    planted = "se_" + "A" * 43
    visitor.client.cookies.set("gatelodge", planted, domain="localhost.local")
    await phone.tokens(visitor, ada)
    attacker = Visitor(gate)
    attacker.client.cookies.set("gatelodge", planted, domain="localhost.local")
    assert (await attacker.get(phone.authorize_url())).url.path == "/u/login"


async def test_a_second_sign_in_ends_the_first_session(
    gate, visitor, phone, ada, bob
) -> None:
    await phone.tokens(visitor, ada)
    stolen = visitor.client.cookies["gatelodge"]
    await phone.tokens(visitor, bob, prompt="login")
    thief = Visitor(gate)
    thief.client.cookies.set("gatelodge", stolen, domain="localhost.local")
    assert (await thief.get(phone.authorize_url())).url.path == "/u/login"


async def test_a_login_form_of_another_browser(gate, phone, ada) -> None:
    """Login CSRF: the attacker's form, sent by the victim's browser, known to us too."""
    attacker, victim = Visitor(gate), Visitor(gate)
    await victim.get(phone.authorize_url())
    assert victim.client.cookies["gatelodge_browser"]
    page = await attacker.get(phone.authorize_url())
    landed = await victim.send(page, username=ada, password=PASSWORD)
    assert landed.status_code == 200
    assert "gatelodge" not in victim.client.cookies


OTHER_SITES = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "SAME-ORIGIN"},
    {"sec-fetch-site": ""},
    {"sec-fetch-site": "cross-site", "origin": ISSUER.rstrip("/")},
    {"origin": "null"},
    {"origin": "https://localhost:8421"},
    {"origin": "http://localhost:8421.evil.example.com"},
    {"origin": "http://localhost"},
]


async def test_every_form_of_ours_refuses_other_sites(gate) -> None:
    for headers in OTHER_SITES:
        from gatelodge.web.routes import ROUTES

        client = gate.http()
        ours = {path for (method, path) in ROUTES if method == "POST" and "/u/" in path}
        assert len(ours) >= 10
        for path in ours:
            answer = await client.post(path, data={"state": "x"}, headers=headers)
            assert answer.status_code == 403, path
        assert await gate.log_types() == []


async def test_a_proof_is_used_once(gate, visitor, third, ada) -> None:
    """Fifty submits of one consent after a fresh proof: one code, the rest start over."""
    url = third.authorize_url(scope="openid read:x", prompt="login")
    page = await visitor.sign_in(url, ada)
    form = form_of(page.text)
    headers = {"sec-fetch-site": "same-origin"}
    data = {**form.fields, "decision": "accept"}
    answers = await asyncio.gather(
        *(
            visitor.client.post(form.action, data=data, headers=headers)
            for _ in range(50)
        )
    )
    places = [answer.headers["location"].partition("?")[0] for answer in answers]
    assert places.count("https://web.example.com/callback") == 1
    assert places.count("/u/login") == 49


async def test_a_state_of_another_issuer_starts_over() -> None:
    other = "http://127.0.0.1:8421/"
    async with open_gatehouse(issuers=(ISSUER, other)) as gate:
        await gate.user("ada@example.com")
        visitor, phone = Visitor(gate), Phone(gate)
        page = await visitor.get(phone.authorize_url())
        form = form_of(page.text)
        headers = {
            "host": "127.0.0.1:8421",
            "sec-fetch-site": "same-origin",
            "cookie": f"gatelodge_browser={visitor.client.cookies['gatelodge_browser']}",
        }
        data = {**form.fields, "username": "ada@example.com", "password": PASSWORD}
        answer = await gate.http().post("/u/login", data=data, headers=headers)
        assert answer.status_code == 200
        assert "lost its place" in answer.text


async def test_states_of_other_purposes_and_places(gate, visitor, phone, ada) -> None:
    """What was sealed for one use opens for no other."""
    await phone.tokens(visitor, ada)
    opaque = await phone.tokens(visitor, ada, audience=None, prompt="login")
    logout = await visitor.get("/oidc/logout")
    sealed = form_of(logout.text).fields["state"]
    token = opaque["access_token"].removeprefix("at_")
    for state in (sealed, token):
        page = await visitor.get(f"/u/login?state={state}")
        assert page.status_code == 400
    login = await visitor.get(phone.authorize_url(prompt="login"))
    wrong = form_of(login.text).fields["state"]
    left = await visitor.client.post(
        "/u/logout",
        data={"state": wrong, "decision": "stay"},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert left.headers["location"] == "/"
    answer = await phone.http.get(
        "/userinfo", headers={"authorization": f"Bearer at_{wrong}"}
    )
    assert answer.status_code == 401


async def test_over_https_only_host_cookies_are_ours() -> None:
    """A sibling domain can set any cookie but these."""
    async with open_gatehouse(issuers=(SECURE,)) as gate:
        await gate.user("ada@example.com")
        client = gate.http(base=SECURE)
        phone = Phone(gate, "spa", "https://spa.example.com/")
        begun = await client.get(phone.authorize_url())
        cookie = begun.headers["set-cookie"]
        assert cookie.startswith("__Host-gatelodge_browser=")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
            assert part in cookie
        assert "Domain" not in cookie
        value = cookie.partition("=")[2].partition(";")[0]
        page = await gate.http(base=SECURE).get(
            begun.headers["location"], headers={"cookie": f"gatelodge_browser={value}"}
        )
        assert "__Host-gatelodge_browser=" in page.headers["set-cookie"]


async def test_logging_out_ends_the_session_on_the_server(gate, visitor, phone, ada):
    await phone.tokens(visitor, ada)
    kept = visitor.client.cookies["gatelodge"]
    thief = Visitor(gate)
    thief.client.cookies.set("gatelodge", kept, domain="localhost.local")
    assert "code" in phone.answer(await thief.get(phone.authorize_url()))
    await visitor.get("/v2/logout?client_id=native")
    assert (await thief.get(phone.authorize_url())).url.path == "/u/login"
