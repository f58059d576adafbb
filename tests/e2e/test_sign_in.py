"""Signing in: by keyboard, with a wrong password, with and without an account."""

from __future__ import annotations

import pytest

from tests.e2e.site import PASSWORD

_FOCUSED = "document.activeElement.name || document.activeElement.textContent.trim()"


def focus(visitor) -> str:
    """What has the focus: an input's name, else the words on it."""
    return str(visitor.tab.evaluate(_FOCUSED))


def test_keyboard_alone_signs_in(meet, app, site, person) -> None:
    ada = meet()
    ada.ask()
    assert focus(ada) == "username"
    ada.tab.keyboard.type(person)
    ada.tab.keyboard.press("Tab")
    assert focus(ada) == "password"
    ada.tab.keyboard.type(PASSWORD)
    ada.tab.keyboard.press("Enter")
    ada.tab.wait_for_url(f"{app.callback}?**")
    assert set(app.answer) == {"code", "state", "iss"}
    assert app.answer["state"] == "st&ate=1"
    assert app.answer["iss"] == site.issuer
    tokens = app.redeem(site.issuer, app.answer["code"])
    assert {"access_token", "id_token", "refresh_token"} <= set(tokens)


def test_focus_goes_from_top_to_bottom(meet) -> None:
    ada = meet()
    ada.ask()
    heights = [ada.tab.evaluate("document.activeElement.getBoundingClientRect().y")]
    seen = [focus(ada)]
    for _ in range(5):
        ada.tab.keyboard.press("Tab")
        seen.append(focus(ada))
        heights.append(
            ada.tab.evaluate("document.activeElement.getBoundingClientRect().bottom")
        )
    assert heights == sorted(heights), seen
    assert "Sign in" in seen
    assert seen.index("password") < seen.index("Sign in")
    assert seen[-1] == "Create an account"


def test_known_person_starts_at_the_password(meet) -> None:
    ada = meet()
    ada.ask(login_hint="ada@example.com")
    assert ada.field("E-mail address").input_value() == "ada@example.com"
    assert focus(ada) == "password"


def test_a_wrong_password(meet, app, person) -> None:
    ada = meet()
    ada.ask()
    ada.sign_in(person, "not my password")
    alert = ada.tab.get_by_role("alert")
    assert "not right" in alert.inner_text()
    assert ada.field("E-mail address").input_value() == person
    assert ada.field("Password").input_value() == ""
    assert ada.tab.title().startswith("Please check:")
    assert focus(ada) == "password"
    ada.sign_in(person)
    assert "code" in app.answer


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_cancel_by_keyboard_goes_back_to_the_app(meet, app, key) -> None:
    ada = meet()
    ada.ask()
    ada.tab.get_by_role("button", name="Cancel and go back to Phone").focus()
    ada.tab.keyboard.press(key)
    ada.tab.wait_for_url(f"{app.callback}?**")
    assert app.answer["error"] == "access_denied"
    assert app.answer["state"] == "st&ate=1"


def test_nothing_is_sent_while_a_field_is_empty(meet) -> None:
    ada = meet()
    ada.ask()
    ada.tab.get_by_role("button", name="Sign in").click()
    assert ada.path == "/u/login"
    assert focus(ada) == "username"


def test_password_managers_know_the_fields(meet) -> None:
    ada = meet()
    ada.ask()
    username, password = ada.field("E-mail address"), ada.field("Password")
    assert username.get_attribute("autocomplete") == "username webauthn"
    assert password.get_attribute("autocomplete") == "current-password"
    assert password.get_attribute("type") == "password"
