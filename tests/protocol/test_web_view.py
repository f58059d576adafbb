"""Inside an app's own window: what cannot work there is not offered."""

from __future__ import annotations

from html import unescape

import pytest

from gatelodge.login.web_view import is_embedded
from gatelodge.model.connection import Connection, ConnectionOptions, Upstream
from gatelodge.model.writes import PutConnection

from .at_account import give_factor
from .gatehouse import Visitor

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
BROWSERS = [
    f"{IPHONE} Version/17.2 Safari/604.1",
    ANDROID.replace("; wv", "").replace("Version/4.0 ", ""),
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "",
]


@pytest.mark.parametrize("agent", [ANDROID, IPHONE, f"{IPHONE} [FBAN/FBIOS;FBAV/1]"])
def test_a_window_inside_an_app_is_known(agent):
    assert is_embedded(agent)


@pytest.mark.parametrize("agent", BROWSERS)
def test_a_browser_is_none(agent):
    assert not is_embedded(agent)


async def test_what_works_there_is_offered_and_the_way_out(gate, visitor, phone):
    for strategy in ("google-oauth2", "github"):
        upstream = Upstream(client_id="us")
        connection = Connection(
            id=f"con_{strategy}",
            name=strategy,
            strategy=strategy,
            options=ConnectionOptions(upstream=upstream),
        )
        await gate.write(PutConnection(connection=connection))
    url = phone.authorize_url()
    usual = await visitor.get(url)
    assert "Google" in usual.text
    assert 'id="passkey"' in usual.text
    inside = await visitor.get(url, **{"user-agent": ANDROID})
    page = await visitor.client.get(
        str(inside.url), headers={"user-agent": ANDROID, "accept": "text/html"}
    )
    assert "Google" not in page.text
    assert "GitHub" in page.text
    assert 'id="passkey"' not in page.text
    assert "http://localhost:8421/authorize?" in unescape(page.text)
    assert 'name="password"' in page.text


async def google(gate, **options) -> None:
    upstream = Upstream(client_id="us")
    connection = Connection(
        id="con_google",
        name="google-oauth2",
        strategy="google-oauth2",
        options=ConnectionOptions(upstream=upstream, **options),
    )
    await gate.write(PutConnection(connection=connection))


class Inside(Visitor):
    """A window inside an app."""

    def __init__(self, gate) -> None:
        super().__init__(gate)
        self.client.headers["user-agent"] = ANDROID


def is_way_out(page) -> bool:
    return "http://localhost:8421/authorize?" in unescape(page.text)


@pytest.mark.parametrize(
    "asked",
    [{"connection": "google-oauth2"}, {"login_hint": "ada@partner.example.com"}],
    ids=["by name", "by address"],
)
async def test_nothing_leads_straight_to_who_refuses_it(gate, phone, asked):
    await google(gate, domains=("partner.example.com",))
    there = await Visitor(gate).client.get(phone.authorize_url(**asked))
    assert "/u/upstream" in there.headers["location"]
    page = await Inside(gate).get(phone.authorize_url(**asked))
    assert page.url.path == "/u/login"
    assert is_way_out(page)


async def test_an_address_that_is_typed_does_not_lead_there_either(gate, phone):
    await google(gate, domains=("partner.example.com",))
    visitor = Inside(gate)
    page = await visitor.get(phone.authorize_url())
    page = await visitor.send(page, username="ada@partner.example.com", password="x")
    assert page.url.path == "/u/login"
    assert is_way_out(page)


async def test_no_passkey_is_offered_to_who_signs_up_there(gate, phone):
    visitor = Inside(gate)
    page = await visitor.get(phone.authorize_url(screen_hint="signup"))
    landed = await visitor.send(
        page, email="eve@example.com", password="a Good enough 1", passkey_ready="1"
    )
    assert "code" in phone.answer(landed)


async def test_another_factor_goes_before_a_key_and_the_way_out_is_shown(gate, phone):
    ada = await gate.user("ada@example.com")
    key = {"id": "webauthn|1", "kind": "webauthn", "credential": "c"}
    await give_factor(gate, ada, **key)
    url = phone.authorize_url()
    alone = await Inside(gate).sign_in(url, "ada@example.com")
    assert alone.url.path == "/u/mfa"
    assert is_way_out(alone)
    await give_factor(gate, ada, id="totp|1", kind="totp", credential=None)
    both = await Inside(gate).sign_in(url, "ada@example.com")
    assert 'name="code"' in both.text
    assert is_way_out(both)


async def test_a_key_is_not_set_up_there_where_something_else_can_be(gate, phone):
    await gate.user("ada@example.com")
    await gate.settings(mfa={"policy": "always", "factors": ["otp", "webauthn"]})
    page = await Inside(gate).sign_in(phone.authorize_url(), "ada@example.com")
    assert page.url.path == "/u/mfa-enroll"
    assert 'name="code"' in page.text
    assert is_way_out(page)
