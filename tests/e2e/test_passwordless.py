"""Signing in by a code or a link, in a real browser without a script."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.e2e.test_sign_in import focus

_NUMBERS = itertools.count(100)


@pytest.fixture
def address() -> str:
    """An e-mail address that nobody has used here."""
    return f"tablet{next(_NUMBERS)}@example.com"


@pytest.fixture
def number() -> str:
    """A mobile number that nobody has used here."""
    return f"+44 7400 {123000 + next(_NUMBERS)}"


def code_for(person, recipient: str) -> str:
    """The code in the newest message to this recipient, read in another tab."""
    back = person.tab
    person.new_tab()
    person.open("/mailbox")
    person.go(
        person.tab.get_by_role("link", name=re.compile(re.escape(recipient))).first
    )
    found = re.search(r"(?<!\d)\d{6}(?!\d)", person.tab.locator(".letter").inner_text())
    person.tab.close()
    person.tab = back
    assert found
    return found[0]


def test_by_keyboard_alone(meet, app, site, address) -> None:
    ada = meet()
    ada.ask("tablet")
    ada.follow("Get a code by e-mail")
    assert focus(ada) == "username"
    ada.tab.keyboard.type(address)
    with ada.tab.expect_event("framenavigated"):
        ada.tab.keyboard.press("Enter")
    assert ada.heading() == "Look into your mail"
    assert focus(ada) == "code"
    assert address not in ada.tab.url
    ada.tab.keyboard.type(code_for(ada, address))
    ada.tab.keyboard.press("Enter")
    ada.tab.wait_for_url(f"{app.callback}?**")
    tokens = app.redeem(site.issuer, app.answer["code"], "tablet")
    assert "id_token" in tokens


def test_by_text(meet, app, number) -> None:
    ada = meet()
    ada.ask("tablet", connection="sms")
    field = ada.field("Mobile number")
    assert field.get_attribute("autocomplete") == "tel"
    field.fill(number)
    ada.press("Send the code")
    assert ada.heading() == "Look at your phone"
    field = ada.field("Code")
    assert field.get_attribute("autocomplete") == "one-time-code"
    assert field.get_attribute("inputmode") == "numeric"
    field.fill(code_for(ada, number))
    ada.press("Sign in")
    assert "code" in app.answer


def test_a_wrong_code_and_then_the_right_one(meet, app, address) -> None:
    ada = meet()
    ada.ask("tablet", connection="email")
    ada.field("E-mail address").fill(address)
    ada.press("Send the code")
    code = code_for(ada, address)
    ada.field("Code").fill(f"{(int(code) + 1) % 10**6:06d}")
    ada.press("Sign in")
    assert ada.tab.title().startswith("Please check:")
    assert ada.field("Code").get_attribute("aria-invalid") == "true"
    ada.field("Code").fill(code)
    ada.press("Sign in")
    assert "code" in app.answer


def test_another_one_and_another_address(meet, address) -> None:
    ada = meet()
    ada.ask("tablet", connection="email")
    ada.field("E-mail address").fill(address)
    ada.press("Send the code")
    ada.press("Send a new code")
    assert "half a minute" in ada.tab.get_by_role("alert").inner_text()
    ada.follow("Use another address")
    assert ada.path == "/u/passwordless"
    ada.tab.reload()
    assert ada.field("E-mail address").input_value() == ""


def test_reload_and_back_lead_to_working_pages(meet, app, address) -> None:
    ada = meet()
    ada.ask("tablet", connection="email")
    ada.field("E-mail address").fill(address)
    ada.press("Send the code")
    ada.tab.reload()
    assert ada.heading() == "Look into your mail"
    ada.tab.go_back()
    ada.tab.go_forward()
    ada.field("Code").fill(code_for(ada, address))
    ada.press("Sign in")
    assert "code" in app.answer


def test_a_link(meet, app, address) -> None:
    ada = meet()
    ada.ask("tablet", connection="email-link")
    ada.field("E-mail address").fill(address)
    ada.press("Send the link")
    ada.read_mail(address, "Your link")
    link = ada.tab.url
    eve = meet()
    eve.open(link)
    assert eve.heading() == "Please use the other browser"
    ada.press(f"Sign in as {address}")
    assert "code" in app.answer
    ada.open(link)
    assert ada.heading() == "This link no longer works"
    ada.follow("Start again")
    assert ada.path == "/u/passwordless"


def test_back_to_the_app(meet, app) -> None:
    ada = meet()
    ada.ask("tablet", connection="sms")
    ada.press("Cancel and go back to Tablet")
    assert app.answer["error"] == "access_denied"


def test_it_fits_a_small_phone(meet, number) -> None:
    ada = meet(viewport={"width": 320, "height": 640})
    ada.ask("tablet", connection="sms")
    ada.field("Mobile number").fill(number)
    ada.press("Send the code")
    wide = ada.tab.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
