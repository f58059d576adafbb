"""The second factor: set up, asked for, mistaken, lost; and passkeys."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator

from gatelodge.login import totp
from tests.e2e.keeper import Keeper, ready
from tests.e2e.person import Person

_STEP_MS = 30_000
_TRIES = 10


def setting_up(person: Person, email: str) -> Iterator[str]:
    """Somebody who has to have one, and has none."""
    person.ask("vault")
    person.sign_in(email)
    yield "mfa_enroll"
    person.follow("Security key or this device")
    yield "mfa_enroll:key without script"
    person.follow("Choose another way")
    person.follow("Code by text message")
    yield "mfa_enroll:number"
    person.field("Mobile number").fill("+44 20 7946 0958")
    person.press("Send the code")
    yield "mfa_enroll:no mobile"
    person.field("Mobile number").fill("+44 7400 123456")
    person.press("Send the code")
    yield "mfa_enroll:text"
    person.field("Code").fill("000000")
    person.press("Set up")
    yield "mfa_enroll:wrong"
    person.follow("Choose another way")
    person.follow("Authenticator app")
    yield "mfa_enroll:app"
    person.tab.locator("summary").click()
    yield "mfa_enroll:typed key"
    seed = shown_seed(person)
    person.field("Code").fill(code_of(seed))
    person.press("Set up")
    yield "mfa_recovery"
    recovery = spelled(person)
    person.press("I have written it down")
    yield from _answering(person, email, seed, recovery)


def _answering(person: Person, email: str, seed: bytes, recovery: str) -> Iterator[str]:
    person.ask("vault", prompt="login")
    person.sign_in(email)
    yield "mfa"
    person.follow("Recovery code")
    yield "mfa:recovery code"
    person.field("Recovery code").fill("wrong")
    person.press("Continue")
    yield "mfa:wrong recovery code"
    person.field("Recovery code").fill(recovery)
    person.press("Continue")
    yield "mfa_recovery:used"
    person.ask("vault", prompt="login")
    person.sign_in(email)
    for _ in range(_TRIES):
        person.field("Code").fill("000000")
        person.press("Continue")
    yield "mfa:wrong"
    person.field("Code").fill(code_of(seed, ahead=1))
    person.press("Continue")
    yield "mfa:too many tries"


def by_mail(person: Person, email: str) -> Iterator[str]:
    """A code by mail, to somebody whose address is known to be theirs."""
    person.read_mail(email, "Confirm")
    person.press("Yes, it is mine")
    person.ask("vault")
    person.sign_in(email)
    person.follow("Code by e-mail")
    yield "mfa_enroll:mail"
    person.press("Send the code")
    yield "mfa_enroll:mail sent"
    person.field("Code").fill(code_sent(person))
    person.press("Set up")
    person.press("I have written it down")
    person.ask("vault", prompt="login")
    person.sign_in(email)
    yield "mfa:mail"
    person.press("Send the code")
    yield "mfa:mail sent"
    person.press("Send a new code")
    yield "mfa:too soon"


def keys(person: Person, email: str) -> Iterator[str]:
    """A security key; the one second factor that takes a script."""
    Keeper(person, transport="usb")
    person.ask("vault")
    person.sign_in(email)
    person.follow("Security key or this device")
    yield "mfa_enroll:key"
    person.press("Set up the key")
    person.press("I have written it down")
    person.ask("vault", prompt="login")
    person.sign_in(email)
    yield "mfa:key"
    person.press("Use the key")


def passkeys(person: Person, email: str) -> Iterator[str]:
    """A passkey: offered, made, and looked after."""
    keeper = Keeper(person)
    person.ask()
    ready(person)
    yield "login:passkey"
    person.sign_in(email)
    yield "passkey_offer"
    keeper.recognise(recognised=False)
    person.tab.get_by_role("button", name="Create a passkey").click()
    person.tab.get_by_text("That did not work").wait_for()
    yield "passkey_offer:trouble"
    keeper.recognise(recognised=True)
    person.press("Create a passkey")
    person.open("/account/security")
    yield "account_security:passkey"
    person.follow("Add a passkey")
    yield "account_passkey"


def code_of(seed: bytes, *, ahead: int = 0) -> str:
    """What the authenticator app shows, ``ahead`` steps from now."""
    return totp.code_at(seed, time.time_ns() // 1_000_000 // _STEP_MS + ahead)


def shown_seed(person: Person) -> bytes:
    """The key that an authenticator app is given."""
    text = spelled(person)
    return base64.b32decode(text + "=" * (-len(text) % 8))


def spelled(person: Person) -> str:
    """What stands there to be copied."""
    text = str(person.tab.locator(".spelled code").text_content())
    return text.replace(" ", "")


def code_sent(person: Person, to: str = "") -> str:
    """The code in the newest message (to this address), read in another tab."""
    page, person.tab = person.tab, person.tab.context.new_page()
    person.watch.over(person.tab)
    person.open("/mailbox")
    person.go(person.tab.locator(".list a").filter(has_text=to).first)
    found = re.search(r"\b\d{6}\b", person.tab.locator(".letter").inner_text())
    person.tab.close()
    person.tab = page
    assert found is not None
    return found[0]
