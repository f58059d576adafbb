"""The pages speak German to whoever asks for it, on the whole way."""

from __future__ import annotations

import pytest

from tests.e2e.site import PASSWORD


def language(visitor) -> str:
    return str(visitor.tab.locator("html").get_attribute("lang"))


@pytest.mark.parametrize(
    ("locale", "wish", "spoken"),
    [
        ("de-AT", None, "de"),
        ("en-GB", "de", "de"),
        ("en-GB", "fr de-CH en", "de"),
        ("de-DE", "en", "en"),
        ("fr-FR", None, "en"),
    ],
)
def test_who_decides_the_language(meet, locale, wish, spoken) -> None:
    ada = meet(locale=locale)
    ada.ask(ui_locales=wish)
    assert language(ada) == spoken
    assert ada.heading() == {"de": "Anmelden", "en": "Sign in"}[spoken]


def test_the_wish_of_the_app_lasts_on_every_step(meet, app, person) -> None:
    ada = meet()
    ada.ask("third", ui_locales="de")
    for link in ("Konto anlegen", "Anmelden", "Passwort vergessen?"):
        ada.follow(link)
        assert language(ada) == "de", link
    ada.field("E-Mail-Adresse").fill(person)
    ada.press("Link senden")
    assert language(ada) == "de"
    ada.read_mail(person, "neues Passwort|new password")
    assert language(ada) == "de"
    ada.ask("third", ui_locales="de")
    ada.field("E-Mail-Adresse").fill(person)
    ada.field("Passwort").fill("wrong")
    ada.press("Anmelden")
    assert language(ada) == "de"
    ada.field("Passwort").fill(PASSWORD)
    ada.press("Anmelden")
    assert ada.path == "/u/consent"
    assert language(ada) == "de"
    ada.press("Erlauben", exact=True)
    assert "code" in app.answer


def test_a_german_browser_resets_its_password_in_german(meet, person) -> None:
    ada = meet(locale="de-DE")
    ada.open("/u/forgot")
    ada.field("E-Mail-Adresse").fill(person)
    ada.tab.keyboard.press("Enter")
    ada.tab.wait_for_url("**sent=**")
    assert language(ada) == "de"
    ada.open("/mailbox")
    assert language(ada) == "de"
