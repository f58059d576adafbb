"""Password rules (contract 1.9, security defaults 27)."""

from __future__ import annotations

import pytest

from gatelodge.login.password_policy import broken, rules, spoken
from gatelodge.model.connection import ConnectionOptions


@pytest.mark.parametrize(
    ("policy", "password", "good"),
    [
        ("none", "x", True),
        ("none", "", False),
        ("low", "1234567", False),
        ("low", "12345678", True),
        ("fair", "abcdefgh", False),
        ("fair", "Abcdefg1", True),
        ("good", "abcdefgh1", False),
        ("good", "abcdefg1!", True),
        ("good", "Abcdefgh1", True),
        ("good", "Äöüäöüä1!", True),
        ("excellent", "Abcdefg1!", False),
        ("excellent", "Abcdefgh1!", True),
        ("excellent", "Abcdeeegh1!", False),
    ],
)
def test_levels(policy: str, password: str, good: bool) -> None:
    options = ConnectionOptions(password_policy=policy)
    assert (broken(password, options) == ()) is good


def test_a_minimum_may_be_raised_but_not_lowered() -> None:
    longer = ConnectionOptions(password_policy="low", password_min_length=15)
    assert broken("x" * 14, longer) == ("rule.length",)
    shorter = ConnectionOptions(password_policy="excellent", password_min_length=1)
    assert "rule.length" in broken("Abc1!", shorter)


def test_bytes_are_capped_before_hashing() -> None:
    options = ConnectionOptions(password_policy="none")
    assert broken("ä" * 513, options) == ("error.password_too_long",)
    assert broken("ä" * 512, options) == ()


@pytest.mark.parametrize("password", ["ada@example.com", "ADA@example.com"])
def test_not_the_persons_own_address(password: str) -> None:
    options = ConnectionOptions(password_policy="none")
    assert broken(password, options, personal=("ada@example.com",)) == (
        "error.password_personal",
    )


@pytest.mark.parametrize("policy", ["none", "low", "fair", "good", "excellent"])
def test_every_rule_can_be_spoken(policy: str) -> None:
    for rule in rules(ConnectionOptions(password_policy=policy)):
        assert "{" not in spoken(rule)
