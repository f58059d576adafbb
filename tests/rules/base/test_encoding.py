"""Base64url with one spelling for each value, and digests that never fail."""

from __future__ import annotations

import pytest

from gatelodge.base.encoding import b64url, digest_of, unb64url


@pytest.mark.rule("RFC7515-2")
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\x03\xec\xff\xe0\xc1", "A-z_4ME"),  # RFC 7515, appendix C
        (b"\xff", "_w"),
        (b"ab", "YWI"),
    ],
)
def test_base64url(raw: bytes, text: str) -> None:
    assert b64url(raw) == text
    assert unb64url(text) == raw


@pytest.mark.rule("RFC7515-2")
@pytest.mark.parametrize(
    "text", ["_w==", "_x", "a", "+w", "/w", "_ w", "_w\n", "é", "\ud800", "_w=", "_.w"]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        unb64url(text)


def test_digests() -> None:
    # SHA-256 of "abc" (FIPS 180-4).
    expected = "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    assert digest_of("abc") == digest_of(b"abc") == expected


def test_half_a_character_has_a_digest_too() -> None:
    assert digest_of("\ud800") != digest_of("\ud801")
