"""Tenant settings that change a page: each is seen from outside."""

from __future__ import annotations

from .gatehouse import WEB_SECRET, Phone

THIRD = "https://web.example.com/callback"
APP = "https://app.example.com/start"


async def test_a_sign_in_page_without_an_app_has_the_way_the_tenant_names(
    gate, visitor
) -> None:
    page = await visitor.get("/u/login")
    assert page.status_code == 400
    assert APP not in page.text
    await gate.settings(default_redirection_uri=APP)
    assert f'href="{APP}"' in (await visitor.get("/u/login")).text


async def test_a_stale_sign_in_leads_to_where_the_app_begins(
    gate, visitor, phone
) -> None:
    page = await visitor.get(phone.authorize_url())
    gate.clock.turn(seconds=86_401)
    late = (await visitor.get(str(page.url))).text
    assert 'href="/authorize?' in late
    assert "Native app" in late
    await gate.change_options("native", initiate_login_uri=APP)
    late = (await visitor.get(str(page.url))).text
    assert f'href="{APP}"' in late
    assert 'href="/authorize?' not in late


async def test_consent_speaks_in_descriptions_or_in_scopes(gate, visitor) -> None:
    await gate.user("ada@example.com")
    third = Phone(gate, "third", THIRD, WEB_SECRET)
    page = await visitor.sign_in(third.authorize_url(), "ada@example.com")
    assert page.url.path == "/u/consent"
    assert "Read x" in page.text
    await gate.settings(use_scope_descriptions_for_consent=False)
    page = await visitor.get(str(page.url))
    assert "Read x" not in page.text
    assert "read:x" in page.text


async def test_a_shorter_session_life_holds_from_the_next_visit_on(
    gate, visitor, phone
) -> None:
    await gate.user("ada@example.com")
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    await gate.settings(session_lifetime=3_600)
    gate.clock.turn(seconds=120)
    silent = phone.authorize_url(prompt="none")
    assert "code" in phone.answer(await visitor.get(silent))
    gate.clock.turn(seconds=3_480)
    refused = phone.answer(await visitor.get(silent))
    assert refused["error"] == "login_required"


async def test_a_longer_session_life_is_for_sessions_to_come(
    gate, visitor, phone
) -> None:
    await gate.user("ada@example.com")
    await gate.settings(session_lifetime=3_600)
    await visitor.sign_in(phone.authorize_url(), "ada@example.com")
    await gate.settings(session_lifetime=604_800)
    gate.clock.turn(seconds=120)
    silent = phone.authorize_url(prompt="none")
    assert "code" in phone.answer(await visitor.get(silent))
    gate.clock.turn(seconds=3_480)
    assert phone.answer(await visitor.get(silent))["error"] == "login_required"
