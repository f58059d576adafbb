"""One sign-in for all apps, silent answers, and signing out."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest


def logout(app, path: str, **fields: str) -> str:
    name = "returnTo" if path == "/v2/logout" else "post_logout_redirect_uri"
    return f"{path}?" + urlencode({name: app.bye, **fields})


def test_one_sign_in_serves_two_apps(meet, app, site, person) -> None:
    ada = meet().signed_in(person)
    first = app.redeem(site.issuer, app.answer["code"])
    ada.ask("desktop")
    ada.press("Yes, continue")
    second = app.redeem(site.issuer, app.answer["code"], "desktop")
    assert first["id_token"] != second["id_token"]
    assert ada.at_app


def test_another_browser_is_signed_out(meet, app, person) -> None:
    meet().signed_in(person)
    other = meet()
    other.ask()
    assert other.path == "/u/login"


def test_silent_requests_never_show_a_page(meet, app, person) -> None:
    ada = meet()
    ada.ask(prompt="none")
    assert app.answer["error"] == "login_required"
    ada.signed_in(person)
    ada.ask(prompt="none")
    assert "code" in app.answer
    ada.ask("desktop", prompt="none")
    assert app.answer["error"] == "interaction_required"
    ada.ask("third", prompt="none")
    assert app.answer["error"] == "consent_required"


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_proof_can_be_asked_again(meet, app, person, more) -> None:
    ada = meet().signed_in(person)
    before = len(app.arrivals)
    ada.ask(**more)
    assert ada.path == "/u/login"
    ada.sign_in(person)
    assert len(app.arrivals) == before + 1
    assert "code" in app.answer


@pytest.mark.parametrize("path", ["/v2/logout", "/oidc/logout"])
def test_signing_out_returns_to_the_app(meet, app, person, path) -> None:
    ada = meet().signed_in(person)
    ada.open(logout(app, path, client_id="phone"))
    assert app.arrivals[-1].path == "/bye"
    ada.ask(prompt="none")
    assert app.answer["error"] == "login_required"


def test_a_hint_and_a_state_come_along(meet, app, site, person) -> None:
    ada = meet().signed_in(person)
    token = app.redeem(site.issuer, app.answer["code"])["id_token"]
    ada.open(logout(app, "/oidc/logout", id_token_hint=token, state="s&1"))
    assert app.arrivals[-1].path == "/bye"
    assert app.arrivals[-1].query == {"state": "s&1"}


def test_who_asks_without_proof_is_asked_back(meet, app, person) -> None:
    ada = meet().signed_in(person)
    ada.open("/oidc/logout")
    assert ada.heading() == "Sign out?"
    assert person in ada.tab.locator("main").inner_text()
    ada.press("Stay signed in")
    ada.ask(prompt="none")
    assert "code" in app.answer
    ada.open(logout(app, "/oidc/logout"))
    ada.press("Sign out")
    assert app.arrivals[-1].path == "/bye"
    ada.ask(prompt="none")
    assert app.answer["error"] == "login_required"


def test_signing_out_without_an_address_ends_at_our_page(meet, app, person) -> None:
    ada = meet().signed_in(person)
    ada.open("/oidc/logout")
    ada.press("Sign out")
    assert ada.heading() == "You are signed out"
    ada.follow("Go to the start page")
    assert ada.heading() == "Welcome to the gatelodge"


def test_an_unregistered_address_is_never_visited(meet, app, person) -> None:
    ada = meet().signed_in(person)
    before = len(app.arrivals)
    ada.open("/v2/logout?" + urlencode({"returnTo": f"{app.origin}/evil"}))
    assert ada.path == "/v2/logout"
    assert len(app.arrivals) == before
    ada.ask(prompt="none")
    assert "code" in app.answer
