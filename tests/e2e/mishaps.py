"""What happens to browsers, and the screens it happens on (issue, point 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, product
from random import Random

from tests.e2e.keeper import Keeper, ready
from tests.e2e.person import Meet, Person
from tests.e2e.way_on import take_step

Case = tuple[str, str, str]
SEED = 20260102


# -- how one comes to a screen -------------------------------------------------
def _login(person: Person, email: str) -> None:
    person.ask()


def _signup(person: Person, email: str) -> None:
    person.ask(screen_hint="signup")


def _consent(person: Person, email: str) -> None:
    person.ask("third")
    person.sign_in(email)


def _confirm(person: Person, email: str) -> None:
    person.signed_in(email).ask("desktop")


def _select_account(person: Person, email: str) -> None:
    person.signed_in(email).ask(prompt="select_account")


def _forgot(person: Person, email: str) -> None:
    person.ask()
    person.follow("Forgot password?")


def _reset(person: Person, email: str) -> None:
    _forgot(person, email)
    person.field("E-mail address").fill(email)
    person.press("Send the link")
    person.read_mail(email, "Choose a new password")


def _logout(person: Person, email: str) -> None:
    person.signed_in(email)
    person.open(f"/oidc/logout?post_logout_redirect_uri={person.app.bye}")


def _enrolment(person: Person, email: str) -> None:
    person.ask("vault")
    person.sign_in(email)


def _recovery(person: Person, email: str) -> None:
    _enrolment(person, email)
    take_step(person, email)


def _second_factor(person: Person, email: str) -> None:
    _recovery(person, email)
    take_step(person, email)
    person.ask("vault", prompt="login")
    person.sign_in(email)


def _passkey(person: Person, email: str) -> None:
    Keeper(person)
    person.ask()
    ready(person)
    person.sign_in(email)


def _passwordless(person: Person, email: str) -> None:
    person.ask("tablet", connection="email")


def _code(person: Person, email: str) -> None:
    _passwordless(person, email)
    take_step(person, email)


def _link(person: Person, email: str) -> None:
    person.ask("tablet", connection="email-link")
    person.field("E-mail address").fill(email)
    person.press("Send the link")
    person.read_mail(email, "Your link")


def _keep_account(person: Person, email: str) -> None:
    _delete(person, email)
    take_step(person, email)
    person.ask()
    person.sign_in(email)


def _account(section: str) -> Callable[[Person, str], None]:
    def come(person: Person, email: str) -> None:
        person.open("/account")
        person.sign_in(email)
        person.open(f"/account/{section}")

    return come


_delete = _account("delete")


SCREENS: dict[str, Callable[[Person, str], None]] = {
    "login": _login,
    "signup": _signup,
    "consent": _consent,
    "confirm": _confirm,
    "select-account": _select_account,
    "forgot": _forgot,
    "reset": _reset,
    "logout": _logout,
    "mfa-enroll": _enrolment,
    "recovery": _recovery,
    "mfa": _second_factor,
    "passkey": _passkey,
    "passwordless": _passwordless,
    "code": _code,
    "verify-redirect": _link,
    "keep-account": _keep_account,
    "profile": _account("profile"),
    "email": _account("email"),
    "delete": _delete,
}
PATHS = {"recovery": "mfa-enroll"}
"""Where a screen has another one's address."""
SCRIPTED = frozenset({"passkey"})
CLIENTS = {
    "consent": "third",
    "confirm": "desktop",
    **dict.fromkeys(("mfa-enroll", "recovery", "mfa"), "vault"),
    **dict.fromkeys(("passwordless", "code", "verify-redirect"), "tablet"),
}
"""Whose code it is in the end; the phone's elsewhere."""


# -- what happens before the form is sent --------------------------------------
def _cookies_lost(person: Person, meet: Meet) -> Person:
    person.tab.context.clear_cookies()
    return person


def _other_browser(person: Person, meet: Meet) -> Person:
    other = meet()
    other.open(person.tab.url)
    return other


def _second_tab(person: Person, meet: Meet) -> Person:
    address = person.tab.url
    person.new_tab()
    person.open(address)
    return person


def _reload(person: Person, meet: Meet) -> Person:
    person.tab.reload()
    return person


def _restart(person: Person, meet: Meet) -> Person:
    person.watch.outage = True
    person.site.restart()
    return person


BEFORE: dict[str, Callable[[Person, Meet], Person]] = {
    "cookies lost": _cookies_lost,
    "other browser": _other_browser,
    "second tab": _second_tab,
    "reload": _reload,
    "restart": _restart,
}

# -- how it is sent: twice in one breath; again after going back, the same with the
#    session gone; or once, and its address is opened again when all is done --------
AFTER = ("double click", "back and again", "back without cookies", "address again")


def whole() -> Iterator[Case]:
    """Every screen with every mishap before and after."""
    return product(SCREENS, BEFORE, AFTER)


def small() -> list[Case]:
    """Each screen, and any mishap before with any after: seeded, always the same."""
    mishaps = list(product(BEFORE, AFTER))
    Random(SEED).shuffle(mishaps)
    screens = cycle(SCREENS)
    return [(next(screens), *mishap) for mishap in mishaps]
