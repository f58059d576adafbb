"""A new account, its verified address, and a forgotten password, click by click."""

from __future__ import annotations

import re

from tests.e2e.site import PASSWORD

NEW = "another Horse 8 battery"


def test_sign_up_and_verify_the_address(meet, app, site) -> None:
    ada = meet()
    ada.ask()
    ada.follow("Create an account")
    ada.field("Your name (optional)").fill("New Person")
    ada.field("E-mail address").fill("signs-up@example.com")
    ada.field("Password").fill(PASSWORD)
    ada.press("Create account")
    tokens = app.redeem(site.issuer, app.answer["code"])
    assert tokens["token_type"] == "Bearer"
    ada.read_mail("signs-up@example.com", "Confirm")
    assert "signs-up@example.com" in ada.tab.locator("main").inner_text()
    ada.press("Yes, it is mine")
    assert ada.heading() == "Thank you"
    ada.follow("Go back to Phone")
    assert "code" in app.answer


def test_screen_hint_opens_the_form_for_new_people(meet) -> None:
    ada = meet()
    ada.ask(screen_hint="signup", login_hint="hinted@example.com")
    assert ada.path == "/u/signup"
    assert ada.field("E-mail address").input_value() == "hinted@example.com"


def test_a_weak_password_keeps_the_rest(meet, app) -> None:
    ada = meet()
    ada.ask(screen_hint="signup")
    ada.field("Your name (optional)").fill("Weak")
    ada.field("E-mail address").fill("weak@example.com")
    ada.field("Password").fill("short")
    ada.press("Create account")
    password = ada.field("Password")
    assert password.get_attribute("aria-invalid") == "true"
    described = (password.get_attribute("aria-describedby") or "").split()
    said = " ".join(ada.tab.locator(f"#{each}").inner_text() for each in described)
    assert "not strong enough" in said
    assert "At least 8 characters" in said
    assert password.input_value() == ""
    assert ada.field("E-mail address").input_value() == "weak@example.com"
    assert ada.field("Your name (optional)").input_value() == "Weak"
    password.fill(PASSWORD)
    ada.press("Create account")
    assert "code" in app.answer


def test_a_taken_address_offers_the_way_in(meet, app, person) -> None:
    ada = meet()
    ada.ask(screen_hint="signup")
    ada.field("E-mail address").fill(person)
    ada.field("Password").fill(NEW)
    ada.press("Create account")
    assert ada.tab.get_by_role("alert").count() == 1
    ada.follow("Sign in")
    ada.sign_in(person)
    assert "code" in app.answer


def test_forgotten_password(meet, app, person) -> None:
    ada = meet()
    ada.ask()
    ada.follow("Forgot password?")
    ada.field("E-mail address").fill(person)
    ada.press("Send the link")
    assert ada.heading() == "Look into your mail"
    ada.read_mail(person, "Choose a new password")
    ada.field("New password").fill(NEW)
    ada.press("Save the password")
    assert ada.heading() == "Your password is changed"
    ada.follow("Go to sign in")
    ada.sign_in(person, PASSWORD)
    assert "not right" in ada.tab.get_by_role("alert").inner_text()
    ada.sign_in(person, NEW)
    assert "code" in app.answer


def test_a_used_link_leads_to_a_new_one(meet, person) -> None:
    ada = meet()
    ada.ask()
    ada.follow("Forgot password?")
    ada.field("E-mail address").fill(person)
    ada.press("Send the link")
    ada.read_mail(person, "Choose a new password")
    link = ada.tab.url
    ada.field("New password").fill(NEW)
    ada.press("Save the password")
    ada.open(link)
    assert ada.heading() == "This link no longer works"
    ada.follow("Get a new link")
    assert ada.heading() == "Forgot your password?"


def test_a_reset_ends_the_session_elsewhere(meet, app, person) -> None:
    phone, desk = meet().signed_in(person), meet()
    desk.open("/u/forgot")
    desk.field("E-mail address").fill(person)
    desk.press("Send the link")
    desk.read_mail(person, "Choose a new password")
    desk.field("New password").fill(NEW)
    desk.press("Save the password")
    phone.ask(prompt="none")
    assert app.answer["error"] == "login_required"


def test_verify_link_used_twice_offers_another(meet, site, person) -> None:
    ada = meet()
    ada.read_mail(person, "Confirm")
    link = ada.tab.url
    ada.press("Yes, it is mine")
    ada.open(link)
    assert ada.heading() == "This link no longer works"
    ada.press("Send a new link")
    assert ada.heading() == "Look into your mail"


def test_who_has_said_no_name_is_not_called_by_their_address(meet, person) -> None:
    ada = meet()
    ada.open("/mailbox")
    mail = ada.tab.get_by_role("link", name=re.compile(person)).first
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", mail.inner_text())
    ada.go(mail)
    assert ada.tab.locator(".letter").inner_text().startswith("Hello,\n")
    ada.signed_in(person).ask(prompt="select_account")
    assert ada.tab.locator(".who").inner_text() == person


def test_a_sign_up_sent_twice_is_one_account(meet, app, site) -> None:
    ada = meet()
    ada.ask(screen_hint="signup")
    ada.field("E-mail address").fill("twice@example.com")
    ada.field("Password").fill(PASSWORD)
    ada.go(ada.tab.get_by_role("button", name="Create account"), twice=True)
    assert ada.at_app
    assert "access_token" in app.redeem(site.issuer, app.answer["code"])
