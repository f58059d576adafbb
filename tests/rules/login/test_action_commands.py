"""Commands are read strictly, and all or none of an action's hold."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.login.action_commands import LARGEST_CLAIMS, after, read
from gatelodge.login.command import Unreadable
from gatelodge.oauth.outcome import NOTHING, Denial


def outcome(*commands, trigger="post-login", before=NOTHING):
    return after(before, read(msgspec.json.encode(commands), trigger))


def claim(name, value, kind="idToken"):
    return {"command": f"{kind}.setCustomClaim", "name": name, "value": value}


def scope(name, verb="add"):
    return {"command": f"accessToken.{verb}Scope", "scope": name}


def test_what_came_before_stays_and_the_last_word_holds() -> None:
    first = outcome(claim("a", 1), claim("b", 1), scope("x"), scope("y"))
    both = outcome(claim("a", 2), scope("x", "remove"), before=first)
    assert both.id_token == {"a": 2, "b": 1}
    assert both.scopes == {"x": False, "y": True}


def test_a_denial_for_the_app_and_for_the_person() -> None:
    denied = outcome(
        {"command": "access.deny", "reason": 'nö "x"\n', "userMessage": "Nö\n"},
        trigger="pre-user-registration",
    ).denied
    assert denied == Denial(reason="n? ?x??", user_message="Nö")


def test_the_stricter_of_two_demands_holds() -> None:
    enable = {"command": "multifactor.enable"}
    lax = outcome(enable)
    assert (lax.mfa, lax.remember_browser) == (True, True)
    strict = outcome({**enable, "allowRememberBrowser": False}, before=lax)
    assert not strict.remember_browser
    assert not outcome(enable, before=strict).remember_browser


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"null",
        b"[1]",
        b"[[]]",
        b"[" * 10_000,
        b'[{"command": "access.allow"}]',
        b'[{"reason": "x"}]',
        b'[{"command": "access.deny"}]',
        b'[{"command": "access.deny", "reason": 1}]',
        b'[{"command": "access.deny", "reason": "x", "more": 1}]',
        b'[{"command": "access.deny", "reason": "x", "code": "made_up"}]',
        b'[{"command": "idToken.setCustomClaim", "name": "", "value": 1}]',
        b'[{"command": "idToken.setCustomClaim", "name": "a"}]',
    ],
)
def test_what_cannot_be_read(raw) -> None:
    with pytest.raises(Unreadable):
        read(raw, "post-login")


@pytest.mark.parametrize(
    ("trigger", "command"),
    [
        ("credentials-exchange", claim("a", 1)),
        ("credentials-exchange", {"command": "multifactor.enable"}),
        ("pre-user-registration", claim("a", 1, "accessToken")),
        ("post-user-registration", {"command": "access.deny", "reason": "x"}),
    ],
)
def test_what_a_trigger_cannot_give(trigger, command) -> None:
    with pytest.raises(Unreadable, match=trigger):
        outcome(command, trigger=trigger)


@pytest.mark.parametrize(
    "command",
    [
        scope("two words"),
        scope('quo"te'),
        {"command": "user.setAppMetadata", "name": "user_id", "value": "x"},
        {"command": "user.setAppMetadata", "name": "a.b", "value": "x"},
        {"command": "user.setUserMetadata", "name": "$a", "value": "x"},
        {"command": "user.setUserMetadata", "name": "a", "value": "x" * 70_000},
        claim("a", "x" * LARGEST_CLAIMS, "accessToken"),
        {"command": "redirect.sendUserTo", "url": "/login"},
        {"command": "redirect.sendUserTo", "url": "javascript:alert(1)"},
        {"command": "redirect.sendUserTo", "url": "https://a@evil.example/"},
        {"command": "redirect.sendUserTo", "url": "https://x/\r\nset-cookie: a"},
    ],
)
def test_what_may_not_be(command) -> None:
    with pytest.raises(Unreadable):
        outcome(command)


def test_user_metadata_may_have_names_that_app_metadata_may_not() -> None:
    command = {"command": "user.setUserMetadata", "name": "email", "value": "x"}
    assert outcome(command).user_metadata == {"email": "x"}
