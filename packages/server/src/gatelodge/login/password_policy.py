"""What a new password has to be (contract 1.9; security defaults 27).

Auth0's five levels; whoever wants length instead of kinds takes ``none`` or ``low`` and
raises the minimum.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatelodge.base.text import password_text, password_too_long
from gatelodge.model.connection import ConnectionOptions

_LENGTHS: Final = {"none": 1, "low": 6, "fair": 8, "good": 8, "excellent": 10}
_KINDS_WANTED: Final = 3
_RUN: Final = 3
_PERSONAL_LENGTH: Final = 4


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, to show beside the field; ``text_id`` is in the catalogues."""

    text_id: str
    params: dict[str, Any] = {}


def rules(options: ConnectionOptions) -> tuple[Rule, ...]:
    """The rules in force, in the order a page shows them."""
    shown = [Rule(text_id="rule.length", params={"n": _shortest(options)})]
    if options.password_policy == "fair":
        shown += [Rule(text_id=f"rule.{kind}") for kind in ("lower", "upper", "digit")]
    if options.password_policy in ("good", "excellent"):
        shown.append(Rule(text_id="rule.three_of_four"))
    if options.password_policy == "excellent":
        shown.append(Rule(text_id="rule.repeats", params={"n": _RUN - 1}))
    return tuple(shown)


_SPOKEN: Final = {
    "rule.length": "At least {n} characters in length",
    "rule.lower": "Lower case letters (a-z)",
    "rule.upper": "Upper case letters (A-Z)",
    "rule.digit": "Numbers (0-9)",
    "rule.three_of_four": "At least 3 of: lower case, upper case, numbers, special",
    "rule.repeats": "No more than {n} identical characters in a row",
}


def spoken(rule: Rule) -> str:
    """A rule in English, for APIs; pages speak the reader's language."""
    return _SPOKEN[rule.text_id].format(**rule.params)


def broken(
    password: str, options: ConnectionOptions, *, personal: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Text ids of the rules this password breaks; empty when it is good.

    ``personal`` are words the password must not be: e-mail address, user name.
    """
    text = password_text(password)
    found: list[str] = []
    if len(text) < _shortest(options):
        found.append("rule.length")
    if password_too_long(text):
        found.append("error.password_too_long")
    if not _kinds_enough(text, options):
        fair = options.password_policy == "fair"
        found.append("error.password_weak" if fair else "rule.three_of_four")
    if options.password_policy == "excellent" and _repeats(text):
        found.append("rule.repeats")
    if text.lower() in _words(personal):
        found.append("error.password_personal")
    return tuple(found)


def _shortest(options: ConnectionOptions) -> int:
    if options.password_policy == "none":
        return 1
    return max(options.password_min_length, _LENGTHS[options.password_policy])


def _kinds_enough(text: str, options: ConnectionOptions) -> bool:
    kinds = (
        any(char.islower() for char in text),
        any(char.isupper() for char in text),
        any(char.isdigit() for char in text),
        any(not char.isalnum() for char in text),
    )
    if options.password_policy == "fair":
        return all(kinds[:3])
    if options.password_policy in ("good", "excellent"):
        return sum(kinds) >= _KINDS_WANTED
    return True


def _repeats(text: str) -> bool:
    runs = zip(*(text[offset:] for offset in range(_RUN)), strict=False)
    return any(len(set(run)) == 1 for run in runs)


def _words(personal: tuple[str, ...]) -> frozenset[str]:
    whole = {word.lower() for word in personal if len(word) >= _PERSONAL_LENGTH}
    local = {word.partition("@")[0] for word in whole}
    return frozenset(whole | local)
