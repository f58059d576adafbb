"""What a person does with the page before them, until they are where they wanted."""

from __future__ import annotations

from tests.e2e.person import Person
from tests.e2e.site import PASSWORD
from tests.e2e.walks import factors


class DeadEnd(AssertionError):
    """A page without a way on."""


_FOLLOW = ("Start again", "Go to sign in", "Get a new link", "Your account")
_MOST_PAGES = 14
_DONE = ".notice[role=status]"


def go_to_the_end(person: Person, email: str) -> None:
    """Use what each page offers until the app is reached, or what was wanted is done.

    Raises:
        DeadEnd: a page offers nothing, or the way never ends.
    """
    for _ in range(_MOST_PAGES):
        if arrived(person):
            return
        take_step(person, email)
    raise DeadEnd(f"no end of it: {person.tab.url}")


def arrived(person: Person) -> bool:
    """At the app, at the end of a sign-out, or where the account page says it is done."""
    if person.at_app or person.heading() in ("You are signed out", "Goodbye"):
        return True
    return bool(person.tab.locator(_DONE).count())


def take_step(person: Person, email: str, *, twice: bool = False) -> None:
    """Fill in this page's form and send it, or follow its way on."""
    known = _PAGES.get(str(person.tab.locator("body").get_attribute("data-page")))
    if known is not None and known(person, email):
        return
    _fill(person, email)
    button = person.tab.locator("button.button.first:not([hidden])")
    if button.count():
        person.go(button.first, twice=twice)
        return
    for name in _FOLLOW:
        link = person.tab.get_by_role("link", name=name)
        if link.count():
            person.go(link.first)
            return
    raise DeadEnd(f"{person.heading()!r} at {person.tab.url}")


def _fill(person: Person, email: str) -> None:
    typed = {
        "E-mail address": email,
        "Password": PASSWORD,
        "New password": PASSWORD,
        "Current password": PASSWORD,
        "New e-mail address": f"new.{email}",
        f"To confirm, type {email}": email,
    }
    for label, text in typed.items():
        field = person.field(label)
        if field.count() and field.is_editable():
            field.fill(text)


# -- what some pages take besides; True: that was all ---------------------------
def _reset_mail(person: Person, email: str) -> bool:
    person.read_mail(email, "Choose a new password")
    return True


def _code(person: Person, email: str) -> bool:
    code = person.field("Code")
    if not code.count():
        person.read_mail(email, "Your link")
        return True
    if code.get_attribute("aria-invalid"):  # it was used before: begin anew
        person.follow("Use another address")
        return True
    code.fill(factors.code_sent(person, email))
    return False


def _no_passkey(person: Person, email: str) -> bool:
    person.press("Not now")
    return True


def _enrol(person: Person, email: str) -> bool:
    """By an app; its first code is that of half a minute ago, the next come after it."""
    if not person.tab.locator(".spelled").count():
        person.follow("Authenticator app")
    seed = factors.shown_seed(person)
    person.site.pockets[email] = [factors.code_of(seed, ahead=at) for at in (0, 1)]
    person.field("Code").fill(factors.code_of(seed, ahead=-1))
    return False


def _answer(person: Person, email: str) -> bool:
    """A code of the app; where none is left, or it was used, the recovery code."""
    pocket = person.site.pockets[email]
    recovery = person.field("Recovery code")
    if not recovery.count() and (len(pocket) > 1 and len(pocket[0]) == _DIGITS):
        person.field("Code").fill(pocket.pop(0))
        return False
    if not recovery.count():
        person.follow("Recovery code")
    person.field("Recovery code").fill(pocket[-1])
    return False


def _note(person: Person, email: str) -> bool:
    pocket = person.site.pockets.setdefault(email, [])
    pocket[:] = [one for one in pocket if len(one) == _DIGITS]
    pocket.append(factors.spelled(person))
    return False


_DIGITS = 6
_PAGES = {
    "forgot_sent": _reset_mail,
    "passwordless_code": _code,
    "mfa_enroll": _enrol,
    "mfa": _answer,
    "mfa_recovery": _note,
    "passkey_offer": _no_passkey,
}


def email_for(screen: str, person_of: str) -> str:
    """Whose account the case is about; at these screens it is nobody's yet."""
    new = screen in ("signup", "passwordless", "code", "verify-redirect")
    return f"new-{person_of}" if new else person_of
