"""The account page, section by section, and leaving."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.person import Person
from tests.e2e.site import PASSWORD
from tests.e2e.walks.factors import code_of, shown_seed

_NEW = "another Horse 8 battery"


def about_them(person: Person, email: str) -> Iterator[str]:
    """Profile, address and password."""
    person.open("/account")
    person.sign_in(email)
    yield "account_home"
    person.follow("Profile")
    yield "account_profile"
    person.field("Full name").fill(
        "Wilhelmina-Antoinette Featherstonehaugh-Cholmondeley"
    )
    person.tab.evaluate("document.forms[0].noValidate = true")
    person.field("Phone number, with country code").fill("12")
    person.press("Save")
    yield "account_profile:wrong"
    person.field("Phone number, with country code").fill("")
    person.press("Save")
    yield "account_profile:saved"
    yield from _address(person, email)
    yield from _password(person)


def _address(person: Person, email: str) -> Iterator[str]:
    new = f"a.rather.long.address.for.a.small.screen.{email}"
    person.open("/account/email")
    yield "account_email"
    person.field("New e-mail address").fill(email)
    person.press("Send a link to the new address")
    yield "account_email:same"
    person.field("New e-mail address").fill(new)
    person.press("Send a link to the new address")
    yield "account_email:sent"
    person.read_mail(new, "Confirm your new e-mail address")
    link = person.tab.url
    yield "change_email"
    person.press("Yes, it is mine")
    yield "change_email_done"
    person.open(link)
    yield "change_email_failed"
    person.open("/account")
    yield "account_home:long"


def _password(person: Person) -> Iterator[str]:
    person.open("/account/password")
    yield "account_password"
    person.field("Current password").fill("wrong")
    person.field("New password").fill(_NEW)
    person.press("Save the password")
    yield "account_password:wrong"
    person.field("Current password").fill(PASSWORD)
    person.field("New password").fill(_NEW)
    person.press("Save the password")
    yield "account_password:changed"


def ways_in(person: Person, email: str) -> Iterator[str]:
    """What they sign in and confirm with."""
    person.open("/account")
    person.sign_in(email)
    person.open("/account/security")
    yield "account_security"
    person.follow("Add a passkey")
    yield "account_passkey:without script"
    person.open("/account/security")
    person.follow("Add an authenticator app")
    yield "account_authenticator"
    person.field("Code").fill("000000")
    person.press("Use this app")
    yield "account_authenticator:wrong"
    seed = shown_seed(person)
    person.field("Code").fill(code_of(seed))
    person.press("Use this app")
    yield "account_recovery"
    person.follow("I have written it down")
    yield "account_security:factors"
    person.tab.locator("summary").first.click()
    person.tab.locator("summary").nth(1).click()
    yield "account_security:opened"
    person.field("Name").fill("The telephone on my desk")
    person.press("Save")
    yield "account_security:renamed"
    yield from _connected(person, email)


def _connected(person: Person, email: str) -> Iterator[str]:
    person.open("/account/identities")
    yield "account_identities"
    person.site.elsewhere.refuses()
    person.press("Connect Partner")
    yield "account_identities:refused"
    person.site.elsewhere.knows(f"other-{email}")
    person.press("Connect Partner")
    yield "account_identities:connected"
    person.press("Disconnect Partner")
    yield "account_identities:disconnected"


def traces(person: Person, email: str) -> Iterator[str]:
    """Devices, apps, data; and then they leave, and think again."""
    person.open("/account")
    person.sign_in(email)
    person.open("/account/apps")
    yield "account_apps:none"
    person.open("/account/devices")
    yield "account_devices"
    person.ask("third", scope="openid profile offline_access read:x write:x")
    person.press("Allow", exact=True)
    person.app.redeem(person.site.issuer, person.app.answer["code"], "third")
    person.open("/account/apps")
    yield "account_apps"
    person.open("/account/devices")
    yield "account_devices:app"
    person.press("Sign out everywhere else")
    yield "account_devices:alone"
    person.open("/account/apps")
    person.press("Withdraw from Third party")
    yield "account_apps:withdrawn"
    person.open("/account/data")
    yield "account_data"
    yield from _leaving(person, email)


def _leaving(person: Person, email: str) -> Iterator[str]:
    person.open("/account/delete")
    yield "account_delete"
    person.field(f"To confirm, type {email}").fill("somebody else")
    person.press("Delete my account")
    yield "account_delete:wrong"
    person.field(f"To confirm, type {email}").fill(email)
    person.press("Delete my account")
    yield "account_leaving"
    person.ask()
    person.sign_in(email)
    yield "keep_account"
