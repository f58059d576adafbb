"""No dead ends: whatever happens to the browser, there is a way on (issue, point 4)."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from .gatehouse import (
    PASSWORD,
    Gatehouse,
    Phone,
    Visitor,
    form_of,
    open_gatehouse,
)


@pytest.fixture
async def ada(gate: Gatehouse) -> str:
    await gate.user("ada@example.com")
    return "ada@example.com"


async def sign_in(visitor: Visitor, page, email: str):
    return await visitor.send(page, username=email, password=PASSWORD)


async def test_reload_of_the_form(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    again = await visitor.get(str(page.url))
    assert "code" in phone.answer(await sign_in(visitor, again, ada))


async def test_wrong_password_keeps_what_was_typed(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    wrong = await visitor.send(page, username=ada, password="wrong")
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.text
    assert f'value="{ada}"' in wrong.text
    assert "code" in phone.answer(await sign_in(visitor, wrong, ada))


async def test_unknown_and_known_get_the_same_page(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    known = await visitor.send(page, username=ada, password="wrong")
    unknown = await visitor.send(page, username="no@example.com", password="wrong")
    texts = _without_seals(known.text), _without_seals(unknown.text)
    assert texts[0] == texts[1].replace("no@example.com", ada)


def _without_seals(page: str) -> str:
    """A page without what is drawn anew for each."""
    drawn = r'name="(?:state|challenge)" value="[^"]*"|challenge&#34;:&#34;[\w-]*'
    state = form_of(page).fields["state"]
    return re.sub(drawn, "", page).replace(state, "")


async def test_double_submit_answers_twice(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    first = await sign_in(visitor, page, ada)
    second = await sign_in(visitor, page, ada)
    assert phone.answer(first)["code"] != phone.answer(second)["code"]


async def test_double_submit_of_consent(gate, visitor, ada) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", "cs_" + "w" * 43)
    page = await visitor.sign_in(third.authorize_url(scope="openid read:x"), ada)
    assert "code" in third.answer(await visitor.send(page, decision="accept"))
    assert "code" in third.answer(await visitor.send(page, decision="accept"))


async def test_double_submit_of_consent_after_prompt_login(gate, visitor, ada) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", "cs_" + "w" * 43)
    url = third.authorize_url(scope="openid read:x", prompt="login")
    page = await visitor.sign_in(url, ada)
    assert "code" in third.answer(await visitor.send(page, decision="accept"))
    again = await visitor.send(page, decision="accept")
    assert again.url.path == "/u/login"  # the proof was spent: it is asked for anew
    assert "code" in third.answer(await sign_in(visitor, again, ada))


async def test_two_tabs(visitor, phone, ada) -> None:
    one = await visitor.get(phone.authorize_url(state="1"))
    two = await visitor.get(phone.authorize_url(state="2"))
    assert phone.answer(await sign_in(visitor, two, ada))["state"] == "2"
    assert phone.answer(await sign_in(visitor, one, ada))["state"] == "1"


async def test_lost_cookies_before_the_form_is_sent(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    visitor.client.cookies.clear()
    again = await sign_in(visitor, page, ada)
    assert again.status_code == 200
    assert "lost its place" in again.text
    assert "code" in phone.answer(await sign_in(visitor, again, ada))


async def test_lost_cookies_before_the_form_is_opened(visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    visitor.client.cookies.clear()
    again = await visitor.get(str(page.url))
    assert "code" in phone.answer(await sign_in(visitor, again, ada))


@pytest.mark.parametrize("path", ["/u/consent", "/u/confirm", "/u/select-account"])
async def test_lost_cookies_on_a_page_for_signed_in_people(
    gate, visitor, ada, path
) -> None:
    await gate.change_options("native", skip_confirmation=False)
    asked = {
        "/u/consent": {"prompt": "consent"},
        "/u/confirm": {},
        "/u/select-account": {"prompt": "select_account"},
    }[path]
    phone = Phone(gate)
    await phone.tokens(visitor, ada)
    page = await visitor.get(phone.authorize_url(**asked))
    assert page.url.path == path
    visitor.client.cookies.clear()
    lost = await visitor.send(page, decision="accept")
    assert lost.url.path == "/u/login"
    landed = await sign_in(visitor, lost, ada)
    if path == "/u/consent":
        landed = await visitor.send(landed, decision="accept")
    assert "code" in phone.answer(landed)


async def test_a_pause_of_an_hour(gate, visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    gate.clock.turn(seconds=3600)
    assert "code" in phone.answer(await sign_in(visitor, page, ada))


async def test_a_pause_of_an_hour_before_consent(gate, visitor, ada) -> None:
    third = Phone(gate, "third", "https://web.example.com/callback", "cs_" + "w" * 43)
    page = await visitor.sign_in(third.authorize_url(scope="openid read:x"), ada)
    gate.clock.turn(seconds=3600)
    assert "code" in third.answer(await visitor.send(page, decision="accept"))


async def test_a_pause_of_two_days_offers_to_start_again(
    gate, visitor, phone, ada
) -> None:
    page = await visitor.get(phone.authorize_url())
    gate.clock.turn(seconds=2 * 86_400)
    late = await sign_in(visitor, page, ada)
    assert late.status_code == 400
    assert "Let us start again" in late.text
    assert "/authorize?" in late.text


async def test_a_restarted_server(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/gatelodge.db"
    async with open_gatehouse(url) as before:
        await before.user("ada@example.com")
        visitor, phone = Visitor(before), Phone(before)
        page = await visitor.get(phone.authorize_url())
        cookies = dict(visitor.client.cookies)
    async with open_gatehouse(url, seed=8) as after:
        visitor, phone = Visitor(after), Phone(after)
        visitor.client.cookies.update(cookies)
        landed = await sign_in(visitor, page, "ada@example.com")
        tokens = await phone.exchange(phone.answer(landed)["code"])
        assert tokens.status_code == 200
        assert "code" in phone.answer(await visitor.get(phone.authorize_url()))


async def test_another_person_signed_in_meanwhile(gate, visitor, ada) -> None:
    """Consent shown to one person is never given by another."""
    await gate.user("bob@example.com")
    third = Phone(gate, "third", "https://web.example.com/callback", "cs_" + "w" * 43)
    page = await visitor.sign_in(third.authorize_url(scope="openid read:x"), ada)
    await Phone(gate).tokens(visitor, "bob@example.com", prompt="login")
    again = await visitor.send(page, decision="accept")
    assert again.url.path == "/u/consent"
    assert "bob@example.com" in again.text


async def test_a_forged_state(visitor) -> None:
    page = await visitor.get("/u/login?state=forged")
    assert page.status_code == 400
    assert 'href="/"' in page.text


async def test_cancel_goes_back_to_the_app(visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url())
    answer = phone.answer(await visitor.send(page, cancel="1"))
    assert answer["error"] == "access_denied"


async def test_a_form_from_another_site_does_nothing(gate, visitor, phone, ada) -> None:
    page = await visitor.get(phone.authorize_url())
    form = form_of(page.text)
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example.com"},
        {"origin": "null"},
    ):
        answer = await visitor.client.post(
            form.action,
            data={**form.fields, "username": ada, "password": PASSWORD},
            headers=headers,
        )
        assert answer.status_code == 403
    assert await gate.log_types() == []


async def test_login_form_of_another_browser_signs_nobody_in(gate, phone, ada) -> None:
    """Login CSRF: an attacker's state does not work in the victim's browser."""
    attacker, victim = Visitor(gate), Visitor(gate)
    page = await attacker.get(phone.authorize_url())
    answer = await victim.send(page, username=ada, password=PASSWORD)
    assert answer.status_code == 200
    assert "gatelodge" not in victim.client.cookies
    assert await gate.log_types() == []


async def test_pages_in_german(gate, visitor, phone) -> None:
    english = await visitor.get(phone.authorize_url(ui_locales="fr en"))
    german = await visitor.get(phone.authorize_url(ui_locales="de-AT"))
    assert 'lang="en"' in english.text
    assert 'lang="de"' in german.text
    preferred = await visitor.client.get(
        str(english.url), headers={"accept-language": "de;q=0.9, en;q=0.5"}
    )
    assert 'lang="en"' in preferred.text  # ui_locales came from the app
    plain = await visitor.client.get("/", headers={"accept-language": "de"})
    assert 'lang="de"' in plain.text


async def test_every_page_is_locked_down(visitor, phone) -> None:
    page = await visitor.get(phone.authorize_url())
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.headers["content-security-policy"]
