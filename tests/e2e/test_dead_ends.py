"""No dead ends, in a real browser: any mishap ends at the app, or at a form that works.

The tests meet every screen, and any mishap before with any after; ``make drills`` runs
all of them with each other.
"""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import Error

from tests.e2e.mishaps import (
    AFTER,
    BEFORE,
    CLIENTS,
    PATHS,
    SCREENS,
    SCRIPTED,
    small,
    whole,
)
from tests.e2e.way_on import arrived, email_for, go_to_the_end, take_step

_CHOSEN = set(small())


def _cases():
    for case in whole():
        marks = () if case in _CHOSEN else (pytest.mark.drill,)
        yield pytest.param(*case, id=", ".join(case), marks=marks)


@pytest.mark.parametrize(("screen", "before", "after"), [*_cases()])
def test_there_is_a_way_on(meet, app, site, screen, before, after) -> None:
    email = email_for(screen, site.new_person())
    person = meet(java_script_enabled=screen in SCRIPTED)
    SCREENS[screen](person, email)
    assert person.path.endswith(f"/{PATHS.get(screen, screen)}"), person.tab.url
    form = person.tab.url
    person = BEFORE[before](person, meet)
    if not arrived(person):
        take_step(person, email, twice=after == "double click")
    go_to_the_end(person, email)
    if after != "double click":
        _come_again(person, after, form)
        go_to_the_end(person, email)
    _check_arrivals(app)
    if screen == "logout":
        person.ask(prompt="none")
        assert app.answer["error"] == "login_required"
        return
    if not person.at_app:  # at the account page: an app is next
        person.ask()
        go_to_the_end(person, email)
    client = CLIENTS.get(screen, "phone")
    tokens = app.redeem(site.issuer, app.answer["code"], client)
    assert tokens["token_type"] == "Bearer"


def _come_again(person, after: str, form: str) -> None:
    """The person has arrived, and returns all the same."""
    if after == "address again":
        person.open(form)
        return
    if after == "back without cookies":
        person.tab.context.clear_cookies()
    # The answer to a form is not kept (ERR_CACHE_MISS): people go back once more.
    with contextlib.suppress(Error):
        person.tab.go_back()
    if not person.tab.url.startswith("http"):
        person.open(form)


def _check_arrivals(app) -> None:
    answers = [each.query for each in app.arrivals if each.path == "/callback"]
    assert all("code" in each or "error" in each for each in answers)


def test_the_selection_meets_everything() -> None:
    assert {screen for screen, _, _ in _CHOSEN} == set(SCREENS)
    assert {(before, after) for _, before, after in _CHOSEN} == {
        (before, after) for before in BEFORE for after in AFTER
    }
