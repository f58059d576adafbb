"""URLs: read strictly, extended without rewriting."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from gatelodge.base.urls import (
    add_fragment,
    add_query,
    is_loopback_literal,
    is_private_use_scheme,
    origin_of,
    parse,
    without_fragment,
)

ABSOLUTE = [
    "com.example.app:/cb",
    "com.app://host/cb?x=1",
    "com.app:///cb",
    "exp://127.0.0.1:19000/--/cb",
    "msauth.com.example://auth",
    "http://[::1]:1234/cb",
    "http://127.0.0.1/",
    "https://app.example.com:8443/cb?x=1",
    "com.app://host:8080/android/com.app/callback",
]


@pytest.mark.parametrize("url", ABSOLUTE)
def test_absolute_uris_are_read(url: str) -> None:
    assert parse(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/cb",
        "//host/cb",
        "app.example.com/cb",
        "https:///cb",
        "https:cb",
        "https://",
        "https://user@host/",
        "https://good.example@evil.example/",
        "https://host:port/",
        "https://host:99999/",
        "http://[::1",
        "http://[::g]/",
        "https://host/a b",
        "https://host/\\evil",
        "https://host/\r\nSet-Cookie: a=b",
        "https://hést/",
        "https://host/<x>",
        "1http://host/",
        "https://host/\x7f",
        "https://host/\u2028",
        "https://host/\ud800",
    ],
)
def test_everything_else_is_not(url: str) -> None:
    assert parse(url) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1/x", True),
        ("http://[::1]/x", True),
        ("HTTP://127.0.0.1/x", True),
        ("https://127.0.0.1/x", False),
        ("http://localhost/x", False),
        ("http://127.0.0.2/x", False),
        ("http://127.1/x", False),
        ("http://127.0.0.1.evil.example/x", False),
        ("http://[::ffff:127.0.0.1]/x", False),
        ("com.app://127.0.0.1/x", False),
    ],
)
def test_loopback_literals(url: str, expected: bool) -> None:
    parts = parse(url)
    assert parts is not None
    assert is_loopback_literal(parts) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("com.app:/x", True),
        ("exp://h/x", True),
        ("https://h/x", False),
        ("javascript:x", False),
        ("JavaScript:x", False),
        ("data:x", False),
    ],
)
def test_private_use_schemes(url: str, expected: bool) -> None:
    parts = parse(url)
    assert parts is not None
    assert is_private_use_scheme(parts) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("com.example.app:/cb", "com.example.app:/cb?code=1"),
        ("com.app://host/cb?x=1", "com.app://host/cb?x=1&code=1"),
        ("com.app:///cb", "com.app:///cb?code=1"),
        ("com.app://", "com.app://?code=1"),
        ("com.app:cb", "com.app:cb?code=1"),
        ("MyApp:/cb", "MyApp:/cb?code=1"),
        ("exp://h:1/--/", "exp://h:1/--/?code=1"),
        ("http://[::1]:1234/cb", "http://[::1]:1234/cb?code=1"),
        ("https://h", "https://h?code=1"),
        ("https://h/cb?", "https://h/cb?code=1"),
        ("https://h/cb?x=1&", "https://h/cb?x=1&code=1"),
        ("https://h/cb?a=b+c%20d", "https://h/cb?a=b+c%20d&code=1"),
        ("https://h/cb#frag?ment", "https://h/cb?code=1#frag?ment"),
        ("/u/login", "/u/login?code=1"),
    ],
)
def test_a_query_is_added_and_nothing_else_changes(url: str, expected: str) -> None:
    assert add_query(url, [("code", "1")]) == expected
    assert add_query(url, []) == url


def test_values_travel_whole() -> None:
    pairs = [("state", "a&b=c#d +%?é/"), ("iss", "https://id.example.com/")]
    url = add_query("com.app:/cb", pairs)
    assert parse_qsl(urlsplit(url).query) == pairs
    assert "+" not in url
    assert url.isascii()
    fragment = urlsplit(add_fragment("com.app:/cb?x=1", pairs)).fragment
    assert parse_qsl(fragment) == pairs


def test_a_fragment_replaces_a_fragment() -> None:
    assert add_fragment("https://h/cb?x=1#old", [("a", "b")]) == "https://h/cb?x=1#a=b"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h/cb#x", "https://h/cb"),
        ("com.app:///cb#", "com.app:///cb"),
        ("http://[::1#x", "http://[::1"),
        ("HTTPS://h/cb?#x#y", "HTTPS://h/cb?"),
        ("", ""),
    ],
)
def test_the_fragment_goes_and_nothing_else_changes(url: str, expected: str) -> None:
    assert without_fragment(url) == expected


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://App.Example.com/cb", "https://app.example.com"),
        ("https://h:443/cb", "https://h"),
        ("http://h:80/cb", "http://h"),
        ("http://h:443/cb", "http://h:443"),
        ("http://h:/cb", "http://h"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://[::80]/", "http://[::80]"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("http://localhost:4200/cb", "http://localhost:4200"),
    ],
)
def test_origins_as_browsers_write_them(url: str, origin: str) -> None:
    parts = parse(url)
    assert parts is not None
    assert origin_of(parts) == origin
