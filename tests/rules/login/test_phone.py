"""Numbers: one spelling, and none that costs whoever sends to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.login.phone import is_region, number, spoken

MOBILE = "+447400123456"


@pytest.mark.parametrize(
    "typed", ["+44 7400 123456", "+447400123456", "+44 (0)7400-123456", "07400 123456"]
)
def test_one_spelling(typed: str) -> None:
    assert number(typed, region="GB") == MOBILE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "nobody",
        "7400",
        "+44 7400 12345",
        "+44 7400 123456 ext. 7",
        "+44 20 7946 0958",  # a landline hears no text
        "+44 909 8790000",  # premium rate
        "+44 800 1111",
        "0" * 41,
        "\ud800",
        "+44\x007400123456",
    ],
)
def test_what_is_none(typed: str) -> None:
    assert number(typed, region="GB") is None


def test_a_number_without_a_country_needs_a_region() -> None:
    assert number("07400 123456") is None
    assert number("07400 123456", region="DE") is None


def test_only_to_some_countries() -> None:
    assert number(MOBILE, regions=("GB", "DE")) == MOBILE
    assert number(MOBILE, regions=("DE",)) is None
    assert number(MOBILE, regions=()) is None


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_number_of_its_own_or_none(typed: str) -> None:
    found = number(typed, region="GB")
    assert found is None or number(found) == found


def test_as_people_write_it() -> None:
    assert spoken(MOBILE) == "+44 7400 123456"
    assert spoken("nobody") == "nobody"


def test_countries() -> None:
    assert is_region("DE")
    assert not is_region("de")
    assert not is_region("")
