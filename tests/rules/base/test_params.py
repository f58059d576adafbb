"""Parameters: each name once, empty is absent, and all of it is text."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.base.errors import InvalidRequest
from gatelodge.base.params import from_json, parse_form, single


@pytest.mark.rule("RFC6749-3.1")
def test_a_name_comes_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        single([("a", "1"), ("b", "2"), ("a", "1")])
    assert caught.value.rule == "RFC6749-3.1"
    assert "'a'" in caught.value.says


@pytest.mark.rule("RFC6749-3.1")
def test_an_empty_value_is_an_absent_one_but_still_counts_as_sent() -> None:
    assert single([("scope", ""), ("b", "2")]) == {"b": "2"}
    with pytest.raises(InvalidRequest):
        single([("a", ""), ("a", "1")])


@pytest.mark.rule("RFC6749-3.1")
def test_a_value_has_a_limit() -> None:
    assert single([("a", "x" * 8192)])
    with pytest.raises(InvalidRequest) as caught:
        single([("a", "x" * 8193)])
    assert caught.value.rule == "RFC6749-3.1"


def test_what_a_refusal_repeats_fits_an_error_description() -> None:
    name = 'a"\\\r\né' + "x" * 60
    with pytest.raises(InvalidRequest) as caught:
        single([(name, "1"), (name, "2")])
    assert caught.value.says.isascii()
    assert not set('"\\\r\n') & set(caught.value.says)
    assert "x" * 41 not in caught.value.says


def test_a_form_is_read_as_utf8_with_plus_for_space() -> None:
    text = "name=J%C3%BCrg+M&empty=&bare&plus=a%2Bb"
    assert parse_form(text) == [
        ("name", "Jürg M"),
        ("empty", ""),
        ("bare", ""),
        ("plus", "a+b"),
    ]


@pytest.mark.rule("RFC6749-B")
@pytest.mark.parametrize(
    "text", ["a=%ff", "a=%ED%A0%80", "&".join(f"p{n}=1" for n in range(201))]
)
def test_an_unreadable_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_form(text)
    assert caught.value.rule == "RFC6749-B"


@pytest.mark.rule("RFC6749-A")
@pytest.mark.parametrize("text", ["a=%00", "%00=b", "a=x\ud800", "\udfff=1"])
def test_what_is_not_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_form(text)
    assert caught.value.rule == "RFC6749-A"


@pytest.mark.rule("Auth0-json")
def test_json_members_are_parameters() -> None:
    body = {
        "client_id": "x",
        "scope": "",
        "code": None,
        "max_age": 5,
        "flag": True,
        "off": False,
        "user_metadata": {"a": "b"},
        "list": [1],
    }
    assert from_json(body) == {
        "client_id": "x",
        "max_age": "5",
        "flag": "true",
        "off": "false",
    }


@pytest.mark.rule("Auth0-json")
@pytest.mark.parametrize("body", [[], "x", 5, None, {"n": 2**64}, {"n": 10**5000}])
def test_json_that_is_no_set_of_parameters(body: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_json(body)
    assert caught.value.rule == "Auth0-json"


@pytest.mark.rule("RFC6749-A")
@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_json_text_no_database_can_hold(value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_json({"email": value})
    assert caught.value.rule == "RFC6749-A"


def test_json_numbers_keep_their_spelling() -> None:
    assert from_json(msgspec.json.decode(b'{"a": 1.5, "b": 18446744073709551615}')) == {
        "a": "1.5",
        "b": "18446744073709551615",
    }
