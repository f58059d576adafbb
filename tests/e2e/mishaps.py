"""What happens to browsers, and the screens it happens on (issue, point 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from tests.e2e.person import Meet, Person
from tests.e2e.site import PASSWORD, Site

Case = tuple[str, str, str]


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


SCREENS: dict[str, Callable[[Person, str], None]] = {
    "login": _login,
    "signup": _signup,
    "consent": _consent,
    "confirm": _confirm,
    "select-account": _select_account,
    "forgot": _forgot,
    "reset": _reset,
    "logout": _logout,
}


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


def pairwise() -> list[Case]:
    """Few cases in which any two values meet; greedy, and always the same."""
    cases = list(whole())
    open_pairs = {pair for case in cases for pair in _pairs(case)}
    chosen = []
    while open_pairs:
        best = max(cases, key=lambda case: len(open_pairs & _pairs(case)))
        chosen.append(best)
        open_pairs -= _pairs(best)
    return chosen


def _pairs(case: Case) -> set[tuple[int, str, int, str]]:
    (a, b, c) = case
    return {(0, a, 1, b), (0, a, 2, c), (1, b, 2, c)}


# -- what a person does with a page that is before them ------------------------
class DeadEnd(AssertionError):
    """A page without a way on."""


_FOLLOW = ("Start again", "Go to sign in", "Get a new link")
_MOST_PAGES = 12


def go_to_the_end(person: Person, email: str) -> None:
    """Use what each page offers until the app is reached, or the end of a sign-out.

    Raises:
        DeadEnd: a page offers nothing, or the way never ends.
    """
    for _ in range(_MOST_PAGES):
        if arrived(person):
            return
        take_step(person, email)
    raise DeadEnd(f"no end of it: {person.tab.url}")


def arrived(person: Person) -> bool:
    """At the app, or at the end of a sign-out."""
    return person.at_app or person.heading() == "You are signed out"


def take_step(person: Person, email: str, *, twice: bool = False) -> None:
    """Fill in this page's form and send it, or follow its way on."""
    tab = person.tab
    if person.heading() == "Look into your mail":
        person.read_mail(email, "Choose a new password")
        return
    for label in ("E-mail address", "Password", "New password"):
        field = person.field(label)
        if field.count() and field.is_editable():
            field.fill(email if label == "E-mail address" else PASSWORD)
    button = tab.locator("button.button.first")
    if button.count():
        person.go(button.first, twice=twice)
        return
    for name in _FOLLOW:
        link = tab.get_by_role("link", name=name)
        if link.count():
            person.go(link.first)
            return
    raise DeadEnd(f"{person.heading()!r} at {tab.url}")


def email_for(screen: str, site: Site) -> str:
    """Whose account the case is about; at the sign-up nobody's yet."""
    known = site.new_person()
    return f"new-{known}" if screen == "signup" else known
