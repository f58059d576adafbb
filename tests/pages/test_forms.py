"""What a person typed, what a password manager needs, what each button sends."""

from __future__ import annotations

import pytest

from gatelodge.pages.render import Pages

from . import samples
from .reader import Document, read


def shown(pages: Pages, name: str, **changes: object) -> Document:
    context = {**samples.PAGES[name], **changes}
    return read(pages.page(name, context=context, locale="en", theme=samples.FULL).html)


@pytest.mark.parametrize(
    ("page", "field", "complete"),
    [
        ("login", "username", "username webauthn"),
        ("login", "password", "current-password"),
        ("signup", "email", "email"),
        ("signup", "username", "username"),
        ("signup", "password", "new-password"),
        ("forgot", "email", "username"),
        ("reset", "password", "new-password"),
    ],
)
def test_fields_tell_the_browser_what_they_are(pages: Pages, page, field, complete):
    (found,) = shown(pages, page).by_name(field)
    assert found.get("autocomplete") == complete
    assert found.get("autocapitalize") == "none"
    assert found.get("spellcheck") == "false"
    assert ("password" in field) == (found.get("type") == "password")


def test_an_error_keeps_what_was_typed_but_no_password(pages: Pages):
    document = shown(pages, "login")
    assert document.by_name("username")[0].get("value") == "ada@example.com"
    assert document.by_name("password")[0].get("value") is None
    kept = {
        each.get("name"): each.get("value")
        for each in shown(pages, "signup").all("input")
    }
    assert kept["email"] == "ada@example"
    assert kept["username"] == "ada"
    assert kept["name"] == "Ada"
    assert kept["password"] is None


def test_errors_are_announced_and_tied_to_their_field(pages: Pages):
    document = shown(pages, "signup")
    (alert,) = [each for each in document.elements if each.get("role") == "alert"]
    assert alert.text.startswith("We could not create this account.")
    (password,) = document.by_name("password")
    assert password.get("aria-invalid") == "true"
    assert password.get("aria-describedby") == "password-wrong password-rules"
    assert "At least 8 characters" in document.text()
    assert document.one("title").text.startswith("Please check: ")


def test_a_fine_form_shows_no_error(pages: Pages):
    document = shown(pages, "signup", error=None, errors={})
    assert not [each for each in document.elements if each.get("role") == "alert"]
    assert document.by_name("password")[0].get("aria-invalid") is None
    assert document.one("title").text.startswith("Create your account")


@pytest.mark.parametrize(
    ("page", "choices"),
    [
        ("consent", ["accept", "deny", "switch"]),
        ("confirm", ["continue", "cancel", "switch"]),
        ("select_account", ["continue", "another"]),
        ("logout_confirm", ["logout", "stay"]),
    ],
)
def test_choices_are_buttons_of_one_form_with_its_state(pages: Pages, page, choices):
    document = shown(pages, page)
    assert len(document.all("form")) == 1
    assert document.by_name("state")[0].get("value") == "sealed.state"
    decisions = document.by_name("decision")
    assert [each.get("value") for each in decisions] == choices
    assert all("form" in each.within for each in decisions)


def test_cancel_is_not_held_up_by_empty_fields_and_enter_signs_in(pages: Pages):
    document = shown(pages, "login")
    first, *others = document.all("button")
    assert first.get("name") is None
    (cancel,) = [each for each in others if each.get("name") == "cancel"]
    assert cancel.get("value") == "1"
    assert "formnovalidate" in cancel.attributes


def test_scopes_show_their_text_else_description_else_value(pages: Pages):
    items = [each.text for each in shown(pages, "consent").all("li")]
    assert items == [
        "See your name and picture",
        "Read your timesheets",
        "Add hours to them",
        "approve:timesheets",
        "Stay signed in, also while you are not using the app",
    ]


def test_a_lost_verification_asks_for_the_address_only_without_a_ticket(pages: Pages):
    assert not shown(pages, "verify_email_failed").by_name("email")
    document = shown(pages, "verify_email_failed", ticket=None)
    assert document.by_name("email")[0].get("value") == "ada@example.com"


@pytest.mark.parametrize(
    ("page", "changes", "focused"),
    [
        ("login", {"login_hint": ""}, "username"),
        ("login", {}, "password"),
        ("signup", {}, "email"),
        ("signup", {"errors": {"password": "error.password_weak"}}, "password"),
        ("reset", {}, "password"),
    ],
)
def test_the_cursor_waits_where_typing_goes_on(pages: Pages, page, changes, focused):
    fields = shown(pages, page, **changes).all("input")
    with_focus = [each.get("name") for each in fields if "autofocus" in each.attributes]
    assert with_focus == [focused]
