"""The account page in a real browser, without script: what people do there."""

from __future__ import annotations

import json

import pytest

from tests.e2e.site import PASSWORD


def at_account(meet, person, **options):
    ada = meet(**options)
    ada.open("/account")
    ada.sign_in(person)
    assert ada.path == "/account"
    return ada


def test_a_profile_is_kept(meet, person) -> None:
    ada = at_account(meet, person)
    ada.follow("Profile")
    ada.field("Full name").fill("Ada Lovelace")
    ada.press("Save")
    assert ada.tab.get_by_role("status").inner_text() == "Your profile is saved."
    assert ada.field("Full name").input_value() == "Ada Lovelace"
    ada.follow("Your account")
    assert "Ada Lovelace" in ada.tab.inner_text("main")


def test_another_address_proves_itself(meet, person) -> None:
    new = f"new.{person}"
    ada = at_account(meet, person)
    ada.follow("E-mail address")
    ada.field("New e-mail address").fill(new)
    ada.press("Send a link to the new address")
    ada.read_mail(new, "Confirm your new e-mail address")
    ada.press("Yes, it is mine")
    assert "Your e-mail address is changed" in ada.tab.inner_text("main")
    ada.follow("Your account")
    assert new in ada.tab.inner_text("main")


def test_another_password_signs_the_other_browser_out(meet, person) -> None:
    other = at_account(meet, person)
    ada = at_account(meet, person)
    ada.follow("Password Choose a new one")
    ada.field("Current password").fill(PASSWORD)
    ada.field("New password").fill("another Horse 8 battery")
    ada.press("Save the password")
    assert "Your password is changed" in ada.tab.inner_text("main")
    other.open("/account")
    assert other.path == "/u/login"


def test_a_device_is_known_by_its_name_and_signed_out(meet, person) -> None:
    other = at_account(meet, person)
    ada = at_account(meet, person)
    ada.follow("Devices")
    assert "Chrome on Linux" in ada.tab.inner_text("main")
    ada.press("Sign out everywhere else")
    assert "All others are signed out" in ada.tab.inner_text("main")
    other.open("/account/devices")
    assert other.path == "/u/login"


def test_my_data_is_a_file(meet, person) -> None:
    ada = at_account(meet, person)
    ada.follow("Your data")
    with ada.tab.expect_download() as download:
        ada.tab.get_by_role("button", name="Download my data").click()
    assert download.value.suggested_filename == "my-data.json"
    body = json.loads(download.value.path().read_text("utf-8"))
    assert body["accounts"][0]["email"] == person


def test_leaving_and_thinking_again(meet, app, person) -> None:
    ada = at_account(meet, person)
    ada.follow("Delete account")
    ada.field(f"To confirm, type {person}").fill("somebody else")
    ada.press("Delete my account")
    assert "not the name of this account" in ada.tab.inner_text("main")
    ada.field(f"To confirm, type {person}").fill(person)
    ada.press("Delete my account")
    assert "Goodbye" in ada.tab.inner_text("main")
    ada.ask()
    ada.sign_in(person)
    assert ada.path == "/u/keep-account"
    ada.press("Keep my account")
    assert "code" in app.answer


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_every_page_fits_a_small_phone(meet, person, locale) -> None:
    ada = meet(locale=locale, viewport={"width": 320, "height": 640})
    ada.open("/account")
    ada.tab.locator("input[name=username]").fill(person)
    ada.tab.locator("input[name=password]").fill(PASSWORD)
    ada.go(ada.tab.locator("button[type=submit]").first)
    links = ada.tab.locator("main .list a")
    paths = [links.nth(at).get_attribute("href") for at in range(links.count())]
    assert len(paths) == 9
    for path in paths:
        ada.open(path)
        assert ada.path == path
        wide = ada.tab.evaluate(
            "document.documentElement.scrollWidth - window.innerWidth"
        )
        assert wide <= 0, path
        assert ada.tab.locator("h1").count() == 1
