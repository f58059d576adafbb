"""Normal forms of what people type."""

from __future__ import annotations

import pytest

from gatelodge.base.text import echo, email_key, is_email, password_text, printable


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("\uff41da@example.com", "ada@example.com"),
        ("ada\uff20example.com", "ada@example.com"),
        ("STRASSE@example.com", "strasse@example.com"),
        ("Jose\u0301@example.com", "jos\u00e9@example.com"),
    ],
)
def test_two_spellings_are_one_account(typed: str, key: str) -> None:
    assert email_key(typed) == key


def test_lower_case_may_compose_what_upper_case_could_not() -> None:
    """J with a caron has no letter of its own, j with a caron has one."""
    assert email_key("J\u030can@example.com") == "\u01f0an@example.com"


def test_a_key_is_its_own_key_for_every_character() -> None:
    odd = []
    for point in range(0x110000):
        once = email_key(f"a{chr(point)}b@example.com")
        if email_key(once) != once:
            odd.append(hex(point))
    assert odd == []


@pytest.mark.rule("Auth0-email")
@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("ada@example.com", True),
        ("a.b+c'd@sub.example.com", True),
        ("ada@localhost", True),
        ("j\u00fcrg@b\u00fccher.example", True),
        ("a" * 64 + "@example.com", True),
        ("a" * 65 + "@example.com", False),
        ("a@" + "b" * 253, False),
        ("", False),
        ("ada", False),
        ("@example.com", False),
        ("ada@", False),
        ("a@b@example.com", False),
        (".ada@example.com", False),
        ("a..b@example.com", False),
        ("ada@-example.com", False),
        ("ada@example.com.", False),
        ("ada @example.com", False),
        ("ada@example.com\r\nBcc: eve@example.com", False),
        ("ada\x01@example.com", False),
        ("ada@exa\x00mple.com", False),
        ("ada@exa\u2028mple.com", False),
        ("ada@exa\u202emple.com", False),
        ("ada\ud800@example.com", False),
        ("<ada@example.com>", False),
        ('"ada"@example.com', False),
        ("ada@[127.0.0.1]", False),
    ],
)
def test_what_can_be_an_address(key: str, good: bool) -> None:
    assert is_email(key) is good


def test_one_password_typed_on_two_keyboards() -> None:
    assert password_text("e\u0301") == password_text("\u00e9") == "\u00e9"
    assert password_text("\ufb01") == "\ufb01"  # NFC, not NFKC: nothing is lost


def test_logs_hold_printable_text_of_a_known_length() -> None:
    assert printable("a\r\nb\x1b[31m\ud800c", 4) == "ab[3"


def test_an_echo_fits_an_error_description() -> None:
    assert echo('a"b\\c\nd\u00e9e', 40) == "a?b?c?d?e"
    assert echo("x" * 50, 40) == "x" * 40
