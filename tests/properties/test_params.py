"""Whatever is sent, parameters are read or refused; nothing else happens."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.base.encoding import b64url, digest_of, unb64url
from gatelodge.base.errors import InvalidRequest
from gatelodge.base.params import from_json, parse_form, single
from gatelodge.base.text import echo, email_key, is_email, printable

ANY = st.text(st.characters(), max_size=40)  # surrogates too
CLEAN = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(CLEAN.filter(bool), CLEAN, max_size=8))
def test_what_is_sent_arrives(params: dict[str, str]) -> None:
    arrived = single(parse_form(urlencode(params)))
    assert arrived == {name: value for name, value in params.items() if value}


@given(st.text(st.sampled_from("a=&%+;é\x00\ud800ff0CD")) | ANY)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        params = single(parse_form(text))
    except InvalidRequest:
        return
    for value in (*params, *params.values()):
        assert "\x00" not in value
        value.encode("utf-8")
    assert all(params.values())


@given(JSON)
def test_any_json_is_read_or_refused(body: object) -> None:
    try:
        params = from_json(body)
    except InvalidRequest:
        return
    assert isinstance(body, dict)
    assert set(params) <= set(body)
    for value in params.values():
        value.encode("utf-8")


@given(CLEAN.filter(bool), CLEAN, CLEAN)
def test_twice_is_always_refused(name: str, one: str, other: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        single([(name, one), (name, other)])
    assert caught.value.says.isascii()


@given(st.binary(max_size=80))
def test_base64url_round_trips(raw: bytes) -> None:
    text = b64url(raw)
    assert unb64url(text) == raw
    assert not set(text) & set("+/= ")


@given(st.text(st.sampled_from("AZaz09-_=+/ \né\ud800")) | ANY)
def test_one_value_has_one_spelling(text: str) -> None:
    try:
        raw = unb64url(text)
    except ValueError:
        return
    assert b64url(raw) == text


@given(ANY, ANY)
def test_digests_tell_texts_apart(one: str, other: str) -> None:
    assert (digest_of(one) == digest_of(other)) is (one == other)


@given(ANY)
def test_normal_forms_are_normal(typed: str) -> None:
    key = email_key(typed)
    assert email_key(key) == key
    assert email_key(typed.upper().lower()) == email_key(typed.upper())
    if is_email(key):
        assert key.count("@") == 1
        assert key.isprintable()
        key.encode("utf-8")


@given(ANY, st.integers(0, 50))
def test_what_we_repeat_is_fit_to_be_repeated(text: str, limit: int) -> None:
    assert len(echo(text, limit)) <= limit
    assert all(" " <= char <= "~" and char not in '"\\' for char in echo(text, limit))
    assert printable(text, limit).isprintable()
