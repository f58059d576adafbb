"""What stands between a session and an app, what goes wrong, and the way out."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.person import Person


def at_the_gate(person: Person, email: str) -> Iterator[str]:
    """Questions to somebody who is signed in."""
    person.ask("third", scope="openid profile email offline_access read:x write:x")
    person.sign_in(email)
    yield "consent"
    person.press("Allow", exact=True)
    person.ask("desktop")
    yield "confirm"
    person.ask("desktop", redirect_uri="com.example.desktop:/callback")
    yield "confirm:scheme"
    person.ask(prompt="select_account")
    yield "select_account"
    person.ask(response_mode="form_post")
    yield "form_post"
    person.open("/samlp/wiki")
    yield "form_post:assertion"
    person.open("/ios/com.example.app/callback?code=ac_x&state=y")
    yield "return_to_app"


def mishaps(person: Person, email: str) -> Iterator[str]:
    """What cannot be done, and why."""
    person.ask("nobody")
    yield "error:client"
    person.tab.locator("summary").click()
    yield "error:details"
    person.ask(redirect_uri="https://elsewhere.example.com/")
    yield "error:redirect"
    person.ask("third", response_type="nothing")
    yield "error:told first"
    person.open("/u/nothing")
    yield "error:not found"
    person.open("/samlp/wiki?SAMLRequest=forged")
    yield "error:forged"
    person.open("/u/login?state=forged")
    yield "session_expired"


def sign_out(person: Person, email: str) -> Iterator[str]:
    """Out again."""
    person.signed_in(email)
    person.open("/oidc/logout")
    yield "logout_confirm"
    person.press("Sign out")
    yield "logged_out"
    person.signed_in(email)
    person.open("/oidc/logout?client_id=desktop")
    yield "logout_confirm:app"
    person.open("/samlp/wiki")
    person.open("/v2/logout")
    person.tab.wait_for_url("**/healthz?*")
    person.open("/v2/logout")  # the wiki was asked, and has not answered
    yield "logout_apps"
