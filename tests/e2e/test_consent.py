"""Consent, confirmation and the choice of an account: a signed-in person answers."""

from __future__ import annotations

import pytest

from tests.e2e.site import PASSWORD


def scopes(visitor) -> list[str]:
    return list(visitor.tab.locator(".scopes li").all_inner_texts())


def test_a_third_party_asks_once(meet, app, site, person) -> None:
    ada = meet()
    ada.ask("third", scope="openid email read:x")
    ada.sign_in(person)
    assert ada.path == "/u/consent"
    assert ada.heading() == "Third party asks for access"
    assert scopes(ada) == ["See your e-mail address", "Read x"]
    assert person in ada.tab.locator("main").inner_text()
    ada.press("Allow", exact=True)
    tokens = app.redeem(site.issuer, app.answer["code"], "third")
    assert {"openid", "email", "read:x"} <= set(tokens["scope"].split())
    ada.ask("third", scope="openid email read:x")
    assert ada.path == "/u/confirm"
    ada.press("Yes, continue")
    assert "code" in app.answer


def test_only_what_is_new_is_asked(meet, app, person) -> None:
    ada = meet()
    ada.ask("third", scope="openid email read:x")
    ada.sign_in(person)
    ada.press("Allow", exact=True)
    ada.ask("third", scope="openid email read:x write:x")
    assert scopes(ada) == ["Change x, also while you are away"]


def test_saying_no_tells_the_app(meet, app, person) -> None:
    ada = meet()
    ada.ask("third")
    ada.sign_in(person)
    ada.press("Do not allow")
    assert app.answer["error"] == "access_denied"
    assert app.answer["state"] == "st&ate=1"
    ada.ask("third", prompt="none")
    assert app.answer["error"] == "consent_required"


def test_consent_as_somebody_else(meet, app, site, person) -> None:
    other = site.new_person()
    ada = meet()
    ada.ask("third")
    ada.sign_in(person)
    ada.press("Not you? Use another account")
    ada.sign_in(other)
    assert other in ada.tab.locator("main").inner_text()
    ada.press("Allow", exact=True)
    assert "code" in app.answer


def test_a_live_session_is_confirmed_where_another_app_could_listen(
    meet, app, person
) -> None:
    ada = meet().signed_in(person)
    ada.ask("desktop")
    assert ada.heading() == "Is it you opening Desktop?"
    assert app.origin.removeprefix("http://") in ada.tab.locator("main").inner_text()
    ada.press("Yes, continue")
    assert "code" in app.answer


def test_a_confirmation_can_be_cancelled(meet, app, person) -> None:
    ada = meet().signed_in(person)
    ada.ask("desktop")
    ada.press("No, cancel")
    assert app.answer["error"] == "access_denied"


def test_a_confirmation_can_be_for_somebody_else(meet, app, site, person) -> None:
    other = site.new_person()
    ada = meet().signed_in(person)
    ada.ask("desktop")
    ada.press("Not you? Use another account")
    ada.sign_in(other)
    assert "code" in app.answer
    ada.ask("desktop")
    assert other in ada.tab.locator("main").inner_text()


def test_who_has_just_signed_in_is_not_asked(meet, app, person) -> None:
    ada = meet()
    ada.ask("desktop")
    ada.sign_in(person)
    assert "code" in app.answer


@pytest.mark.parametrize("another", [False, True])
def test_an_account_is_chosen(meet, app, site, person, another) -> None:
    ada = meet().signed_in(person)
    ada.ask(prompt="select_account")
    assert ada.heading() == "Choose an account"
    if not another:
        ada.press(f"Continue as {person}")
    else:
        ada.press("Use another account")
        ada.sign_in(site.new_person(), PASSWORD)
    assert "code" in app.answer
