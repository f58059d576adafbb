"""How the answer reaches the app: query, fragment, form; and the pages in between."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest


def test_fragment_stays_in_the_browser(meet, app, person) -> None:
    ada = meet()
    ada.ask(response_mode="fragment")
    ada.sign_in(person)
    assert app.answer == {}
    fields = dict(parse_qsl(urlsplit(ada.tab.url).fragment))
    assert set(fields) == {"code", "state", "iss"}


def test_form_post_sends_itself(meet, app, site, person) -> None:
    ada = meet(java_script_enabled=True)
    ada.ask(response_mode="form_post")
    ada.sign_in(person)
    ada.tab.wait_for_url(app.callback)
    assert app.arrivals[-1].method == "POST"
    assert app.arrivals[-1].query == {}
    assert set(app.answer) == {"code", "state", "iss"}
    assert app.answer["state"] == "st&ate=1"
    assert "access_token" in app.redeem(site.issuer, app.answer["code"])


def test_form_post_has_a_button_without_javascript(meet, app, person) -> None:
    ada = meet()
    ada.ask(response_mode="form_post")
    ada.sign_in(person)
    assert ada.heading() == "One moment"
    assert app.arrivals == []
    ada.press("Continue")
    ada.tab.wait_for_url(app.callback)
    assert app.arrivals[-1].method == "POST"
    assert "code" in app.answer


@pytest.mark.parametrize("javascript", [False, True])
def test_form_post_carries_errors(meet, app, javascript) -> None:
    ada = meet(java_script_enabled=javascript)
    ada.ask(response_mode="form_post", prompt="none")
    if not javascript:
        ada.press("Continue")
    ada.tab.wait_for_url(app.callback)
    assert app.answer["error"] == "login_required"


def test_return_to_the_app_by_a_tap(meet) -> None:
    ada = meet()
    ada.open("/ios/com.example.app/callback?code=ac_x&state=a%26b")
    assert ada.heading() == "Back to Phone"
    link = ada.tab.get_by_role("link", name="Open Phone").get_attribute("href")
    own = "com.example.app://localhost/ios/com.example.app/callback"
    assert link == f"{own}?code=ac_x&state=a%26b"


def test_an_unknown_app_is_told_so(meet, app) -> None:
    ada = meet()
    ada.ask("nobody")
    assert ada.heading() == "We do not know this app"
    ada.tab.get_by_text("Details for support").click()
    assert ada.tab.locator("dd").first.is_visible()
    assert app.arrivals == []


def test_a_bad_redirect_is_never_followed(meet, app) -> None:
    ada = meet()
    ada.ask(redirect_uri=f"{app.origin}/elsewhere")
    assert ada.heading() == "This app may not get you back"
    assert app.origin not in ada.tab.url.partition("?")[0]
    assert app.arrivals == []
    ada.follow("Go to the start page")
    assert ada.path == "/"


def test_other_mistakes_go_to_the_app(meet, app) -> None:
    ada = meet()
    ada.ask(response_type="token")
    assert app.answer["error"] == "unsupported_response_type"
    ada.ask(code_challenge=None, code_challenge_method=None)
    assert app.answer["error"] == "invalid_request"


def test_an_address_that_does_not_exist(meet) -> None:
    ada = meet()
    ada.open("/u/nothing")
    assert ada.heading() == "There is nothing here"
    ada.follow("Go to the start page")
    assert ada.path == "/"


def test_a_forged_place_offers_no_start_that_is_none(meet) -> None:
    ada = meet()
    ada.open("/u/login?state=forged")
    assert ada.heading() == "Let us start again"
    ada.follow("Go to the start page")
    assert ada.path == "/"
