"""Other parties who vouch for people: how one gets there, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.person import Person


def parties(person: Person, email: str) -> Iterator[str]:
    """Buttons, addresses of organisations, and a form that carries a question."""
    person.ask("shop")
    yield "login:parties"
    person.site.elsewhere.refuses()
    person.follow("Continue with Partner")
    yield "login:refused elsewhere"
    person.follow("Continue with Acme")
    yield "form_post:question"
    person.ask("portal")
    yield "login:organisation"
    person.field("Work e-mail address").fill(email)
    person.press("Next")
    yield "login:no organisation"
