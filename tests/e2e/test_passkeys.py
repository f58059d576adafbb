"""Passkeys in a real browser, with an authenticator of its own."""

from __future__ import annotations

import json

import pytest

from gatelodge.base.encoding import unb64url
from tests.e2e.keeper import Keeper, ready
from tests.e2e.person import Person

BUTTON = "Continue with a passkey"
OFFER = "Next time without a password?"


def enrol(person: Person, email: str) -> None:
    """Sign in with the password and take the offer."""
    person.ask()
    ready(person)
    person.sign_in(email)
    assert person.heading() == OFFER
    person.press("Create a passkey")
    assert "code" in person.app.answer


def by_button(person: Person, keeper: Keeper) -> None:
    """Sign in by the button; nobody is there before, or the field would answer."""
    keeper.be_touched(touched=False)
    person.tab.context.clear_cookies()
    person.ask()
    person.tab.get_by_role("button", name=BUTTON).click()  # and nobody touches it
    keeper.be_touched(touched=True)
    person.press(BUTTON)


def amr(app, site) -> list[str]:
    """How the ID token says that its person was proven."""
    tokens = app.redeem(site.issuer, app.answer["code"])
    payload = tokens["id_token"].split(".")[1]
    said: list[str] = json.loads(unb64url(payload))["amr"]
    return said


@pytest.mark.parametrize("synced", [False, True])
def test_a_passkey_is_offered_made_and_used(meet, app, site, person, synced) -> None:
    ada = meet(java_script_enabled=True)
    keeper = Keeper(ada, synced=synced)
    enrol(ada, person)
    (credential,) = keeper.credentials
    assert (credential["rpId"], credential["isResidentCredential"]) == (
        "localhost",
        True,
    )
    by_button(ada, keeper)
    assert amr(app, site) == ["swk" if synced else "hwk", "user", "mfa"]


def test_the_field_offers_the_passkey_by_itself(meet, app, person) -> None:
    ada = meet(java_script_enabled=True)
    Keeper(ada)
    enrol(ada, person)
    app.arrivals.clear()
    ada.tab.context.clear_cookies()
    ada.ask()
    ada.tab.wait_for_url(f"{app.origin}/**")
    assert "code" in app.answer


def test_not_now_goes_on(meet, app, person) -> None:
    ada = meet(java_script_enabled=True)
    Keeper(ada)
    ada.ask()
    ready(ada)
    ada.sign_in(person)
    assert ada.heading() == OFFER
    ada.press("Not now")
    assert "code" in app.answer


def test_what_fails_is_said_and_can_be_tried_again(meet, app, person) -> None:
    ada = meet(java_script_enabled=True)
    keeper = Keeper(ada)
    keeper.recognise(recognised=False)
    ada.ask()
    ready(ada)
    ada.sign_in(person)
    trouble = ada.tab.get_by_text("That did not work")
    assert not trouble.is_visible()
    ada.tab.get_by_role("button", name="Create a passkey").click()
    trouble.wait_for()
    keeper.recognise(recognised=True)
    ada.press("Create a passkey")
    assert "code" in app.answer


def test_a_passkey_that_was_removed_is_told_of(meet, app, site, person) -> None:
    ada = meet(java_script_enabled=True)
    keeper = Keeper(ada)
    enrol(ada, person)
    site.remove_factors(person)
    by_button(ada, keeper)
    assert "not known here" in ada.tab.get_by_role("alert").inner_text()


def test_nothing_is_offered_where_nothing_can_be_kept(meet, app, person) -> None:
    ada = meet(java_script_enabled=True)
    ada.ask()
    ada.sign_in(person)
    assert "code" in app.answer


def test_there_is_no_dead_button_without_script(meet) -> None:
    ada = meet()
    ada.ask()
    assert ada.tab.get_by_role("button", name=BUTTON).count() == 0
    assert not ada.tab.locator(".or").is_visible()
