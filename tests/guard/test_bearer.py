"""Reading the Authorization header and writing the challenge."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge_guard.bearer import challenge, read
from gatelodge_guard.errors import (
    ExpiredToken,
    InsufficientScope,
    InvalidRequest,
    MalformedToken,
    NoCredentials,
    Refusal,
)

TOKENS = st.from_regex(r"[A-Za-z0-9._~+/-]{1,80}={0,2}", fullmatch=True)


@given(TOKENS, st.sampled_from(["Bearer", "bearer", "BEARER"]), st.integers(1, 4))
def test_a_token_is_read_as_it_was_sent(token, scheme, spaces):
    assert read([f"{scheme}{' ' * spaces}{token}"]) == token


@given(st.text(max_size=40))
def test_whatever_is_read_is_the_token_of_a_bearer_header(text):
    try:
        token = read([text])
    except Refusal:
        return
    assert re.fullmatch(r"(?i)\s*bearer +" + re.escape(token) + r"\s*", text)
    assert re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token)


@given(TOKENS, TOKENS)
def test_two_credentials_are_never_read_as_one(one, two):
    both = [
        [f"Bearer {one}", f"Bearer {two}"],
        [f"Bearer {one}, Bearer {two}"],
        [f"Bearer {one},{two}"],
        [f"Bearer {one}", "Basic eDp5"],
    ]
    for values in both:
        with pytest.raises(InvalidRequest, match="more than one"):
            read(values)


@pytest.mark.parametrize(
    "values", [[], [""], ["Basic eDp5"], ["DPoP abc"], ["abc.d.e"]]
)
def test_other_schemes_are_no_credentials_here(values):
    with pytest.raises(NoCredentials) as refused:
        read(values)
    assert challenge(refused.value) == "Bearer"


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer  ",
        "Bearer a b",
        "Bearer a=b",
        "Bearer é",
        "Bearer ==",
        "Bearer a\tb",
        'Bearer "a"',
        "Bearer a\x00",
    ],
)
def test_a_broken_header_is_an_invalid_request(value):
    with pytest.raises(InvalidRequest) as refused:
        read([value])
    assert refused.value.status == 400


def test_a_token_in_the_query_is_never_used():
    for query in ("access_token=abc", "a=1&access_token=", "access%5ftoken=abc"):
        with pytest.raises(NoCredentials):
            read([], query=query)
        with pytest.raises(InvalidRequest, match="more than one"):
            read(["Bearer abc"], query=query)
    assert read(["Bearer abc"], query="q=access_token&my_access_token=1") == "abc"


def test_an_oversized_token_is_refused():
    with pytest.raises(MalformedToken):
        read([f"Bearer {'a' * 20_000}"])


def test_a_challenge_says_what_is_wanted_and_where_to_ask():
    refusal = InsufficientScope("Not allowed", scope=("read:a", "read:b"))
    said = challenge(refusal, realm="api", resource_metadata="https://api.test/m")
    assert said == (
        'Bearer realm="api", error="insufficient_scope", '
        'error_description="Not allowed", scope="read:a read:b", '
        'resource_metadata="https://api.test/m"'
    )


@given(st.text(max_size=60))
def test_no_text_breaks_out_of_its_quotes(text):
    said = challenge(ExpiredToken(text), realm=text)
    parts = r'(realm="[^"\\]*", )?error="invalid_token"(, error_description="[^"\\]*")?'
    assert re.fullmatch(f"Bearer {parts}", said)
    assert said.isascii()
    assert said.isprintable()
