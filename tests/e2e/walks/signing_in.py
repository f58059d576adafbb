"""The sign-in itself, new accounts and passwords, and confirmed addresses."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.person import Person
from tests.e2e.site import PASSWORD

_NEW = "another Horse 8 battery"
_WRONG = 11
_IN_AN_APP = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36"
)


def before_it(person: Person, email: str) -> Iterator[str]:
    """Until the person is in."""
    person.open("/")
    yield "home"
    person.ask(login_hint=email)
    yield "login:hinted"
    person.ask()
    yield "login"
    person.sign_in(email, "wrong")
    yield "login:wrong"
    person.tab.context.clear_cookies()
    person.sign_in(email)
    yield "login:lost"
    person.follow("Create an account")
    yield "signup"
    person.field("E-mail address").fill(email)
    person.field("Password").fill("short")
    person.press("Create account")
    yield "signup:weak"
    person.field("Password").fill(_NEW)
    person.press("Create account")
    yield "signup:taken"
    wire = person.tab.context.new_cdp_session(person.tab)
    wire.send("Emulation.setUserAgentOverride", {"userAgent": _IN_AN_APP})
    person.ask()
    yield "login:inside an app"


def new_password(person: Person, email: str) -> Iterator[str]:
    """A password that was forgotten."""
    person.ask()
    person.follow("Forgot password?")
    yield "forgot"
    person.tab.evaluate("document.forms[0].noValidate = true")
    person.field("E-mail address").fill("nobody")
    person.press("Send the link")
    yield "forgot:wrong"
    person.field("E-mail address").fill(email)
    person.press("Send the link")
    yield "forgot_sent"
    person.follow("Open the mailbox")
    yield "mailbox"
    person.go(person.tab.locator(".list a").first)
    yield "mailbox_message"
    person.go(person.tab.locator(".letter a").first)
    link = person.tab.url
    yield "reset"
    person.field("New password").fill("short")
    person.press("Save the password")
    yield "reset:weak"
    person.field("New password").fill(PASSWORD)
    person.press("Save the password")
    yield "reset_done"
    person.open(link)
    yield "ticket_expired"


def blocked(person: Person, email: str) -> Iterator[str]:
    """Too many wrong passwords, and the link that lifts the block."""
    person.ask()
    for _ in range(_WRONG):
        person.sign_in(email, "wrong")
    yield "login:blocked"
    person.read_mail(email, "Signing in to")
    yield "unblock"
    person.press("Yes, let me sign in")
    yield "unblock_done"


def address(person: Person, email: str) -> Iterator[str]:
    """An address that is confirmed."""
    person.read_mail(email, "Confirm")
    link = person.tab.url
    yield "verify_email"
    person.press("Yes, it is mine")
    yield "verify_email_done"
    person.open(link)
    yield "verify_email_failed"
    person.press("Send a new link")
    yield "verify_email_failed:sent"


def by_code(person: Person, email: str) -> Iterator[str]:
    """Without a password: a code by mail or text, or a link."""
    person.ask("tablet")
    yield "login:codes"
    person.follow("Get a code by text message")
    yield "passwordless:text"
    person.field("Mobile number").fill("+44 20 7946 0958")
    person.press("Send the code")
    yield "passwordless:no mobile"
    person.field("Mobile number").fill("+44 7400 123456")
    person.press("Send the code")
    yield "passwordless_code:text"
    person.ask("tablet", connection="email")
    yield "passwordless"
    person.field("E-mail address").fill(f"code-{email}")
    person.press("Send the code")
    yield "passwordless_code"
    person.field("Code").fill("000000")
    person.press("Sign in")
    yield "passwordless_code:wrong"
    person.press("Send a new code")
    yield "passwordless_code:too soon"
    yield from _by_link(person, f"link-{email}")


def _by_link(person: Person, address: str) -> Iterator[str]:
    person.ask("tablet", connection="email-link")
    yield "passwordless:link"
    person.field("E-mail address").fill(address)
    person.press("Send the link")
    yield "passwordless_code:link"
    person.follow("Open the mailbox")
    yield "mailbox:texts"
    person.read_mail(address, "Your link")
    yield "passwordless_link"
    link = person.tab.url
    person.tab.context.clear_cookies()
    person.open(link)
    yield "passwordless_link_failed:other browser"
    person.open("/passwordless/verify-redirect?ticket=ti_forged")
    yield "passwordless_link_failed"
