"""Every page of the running server, one after the other, as a person meets them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.person import Person
from tests.e2e.site import PASSWORD

_NEW = "another Horse 8 battery"


def tour(person: Person, email: str) -> Iterator[str]:
    """Yield each page's name while the person is on it; ``email`` has an account."""
    yield from _before_sign_in(person, email)
    yield from _new_password(person, email)
    yield from _address(person, email)
    yield from _passwordless(person)
    yield from _signed_in(person, email)
    yield from _errors(person)
    yield from _sign_out(person)


def _before_sign_in(person: Person, email: str) -> Iterator[str]:
    person.open("/")
    yield "home"
    person.ask(login_hint=email)
    yield "login-hinted"
    person.ask()
    yield "login"
    person.sign_in(email, "wrong")
    yield "login-wrong"
    person.tab.context.clear_cookies()
    person.sign_in(email)
    yield "login-lost"
    person.follow("Create an account")
    yield "signup"
    person.field("E-mail address").fill(email)
    person.field("Password").fill("short")
    person.press("Create account")
    yield "signup-weak"
    person.field("Password").fill(_NEW)
    person.press("Create account")
    yield "signup-taken"


def _new_password(person: Person, email: str) -> Iterator[str]:
    person.ask()
    person.follow("Forgot password?")
    yield "forgot"
    person.tab.evaluate("document.forms[0].noValidate = true")
    person.field("E-mail address").fill("nobody")
    person.press("Send the link")
    yield "forgot-wrong"
    person.field("E-mail address").fill(email)
    person.press("Send the link")
    yield "forgot-sent"
    person.follow("Open the mailbox")
    yield "mailbox"
    person.go(person.tab.locator(".list a").first)
    yield "mailbox-message"
    person.go(person.tab.locator(".letter a").first)
    link = person.tab.url
    yield "reset"
    person.field("New password").fill("short")
    person.press("Save the password")
    yield "reset-weak"
    person.field("New password").fill(PASSWORD)
    person.press("Save the password")
    yield "reset-done"
    person.open(link)
    yield "ticket-expired"


def _address(person: Person, email: str) -> Iterator[str]:
    person.read_mail(email, "Confirm")
    link = person.tab.url
    yield "verify-email"
    person.press("Yes, it is mine")
    yield "verify-email-done"
    person.open(link)
    yield "verify-email-failed"
    person.press("Send a new link")
    yield "verify-email-sent"


def _passwordless(person: Person) -> Iterator[str]:
    person.ask("tablet")
    yield "login-codes"
    person.follow("Get a code by text message")
    yield "passwordless-sms"
    person.field("Mobile number").fill("+44 20 7946 0958")
    person.press("Send the code")
    yield "passwordless-sms-wrong"
    person.field("Mobile number").fill("+44 7400 123456")
    person.press("Send the code")
    yield "passwordless-code-sms"
    person.ask("tablet", connection="email")
    person.field("E-mail address").fill("grace@example.com")
    person.press("Send the code")
    yield "passwordless-code"
    person.field("Code").fill("000000")
    person.press("Sign in")
    yield "passwordless-code-wrong"
    person.ask("tablet", connection="email-link")
    yield "passwordless-link-asked"
    person.field("E-mail address").fill("grace@example.com")
    person.press("Send the link")
    yield "passwordless-link-sent"
    person.follow("Open the mailbox")
    yield "mailbox-texts"
    person.read_mail("grace@example.com", "Your link")
    yield "passwordless-link"
    link = person.tab.url
    person.tab.context.clear_cookies()
    person.open(link)
    yield "passwordless-link-browser"


def _signed_in(person: Person, email: str) -> Iterator[str]:
    person.ask("third", scope="openid profile email offline_access read:x write:x")
    person.sign_in(email)
    yield "consent"
    person.press("Allow", exact=True)
    person.ask("desktop")
    yield "confirm"
    person.ask(prompt="select_account")
    yield "select-account"
    person.ask(response_mode="form_post")
    yield "form-post"
    person.open("/ios/com.example.app/callback?code=ac_x&state=y")
    yield "return-to-app"


def _errors(person: Person) -> Iterator[str]:
    person.ask("nobody")
    yield "error-client"
    person.tab.locator("summary").click()
    yield "error-details"
    person.ask(redirect_uri="https://elsewhere.example.com/")
    yield "error-redirect"
    person.open("/u/nothing")
    yield "error-not-found"
    person.open("/u/login?state=forged")
    yield "session-expired"


def _sign_out(person: Person) -> Iterator[str]:
    person.open("/oidc/logout")
    yield "logout-confirm"
    person.press("Sign out")
    yield "logged-out"
