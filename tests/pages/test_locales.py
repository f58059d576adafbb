"""Choosing a language from what app and browser ask for (RFC 4647 §3.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.pages.locales import choose, direction

ENABLED = ("en", "de", "pt-BR", "zh-Hant")


@pytest.mark.parametrize(
    ("ui_locales", "accept_language", "chosen"),
    [
        (None, None, "en"),
        ("", "", "en"),
        ("de", "en", "de"),
        ("de-AT", None, "de"),
        ("DE-at", None, "de"),
        ("fr de", None, "de"),
        ("fr", "de", "de"),
        ("fr-CA de-CH", "en", "de"),
        ("pt-br", None, "pt-BR"),
        ("pt", None, "en"),
        ("zh-Hant-CN-x-private1-private2", None, "zh-Hant"),
        ("zh-x-hant", "de", "de"),
        (None, "de", "de"),
        (None, "fr, de;q=0.5, en;q=0.1", "de"),
        (None, "en;q=0.2, de;q=0.8", "de"),
        (None, "de;q=0.8, en;q=0.8", "de"),
        (None, "de;q=0, en", "en"),
        (None, "de;q=0", "en"),
        (None, "*", "en"),
        (None, "fr, *;q=0.1", "en"),
        (None, "de;q=1.000", "de"),
        (None, "de ; q = 0.9 , en ; q = 0.8", "de"),
        (None, "de;q=7", "en"),
        (None, "de;q=-1", "en"),
        (None, "de;q=nan", "en"),
        (None, ";;;,,,=,q=1,;q=1,ü", "en"),
        ("../../etc/passwd", "de", "de"),
        ("x" * 5_000, "de", "de"),
    ],
)
def test_the_best_wish_we_can_meet(ui_locales, accept_language, chosen):
    assert choose(ui_locales, accept_language, ENABLED) == chosen


def test_with_nothing_enabled_there_is_still_a_language():
    assert choose("de", "de", ()) == "en"


@given(st.text(), st.text(), st.lists(st.sampled_from(ENABLED), min_size=1))
def test_whatever_is_asked_the_answer_is_enabled(ui_locales, accept_language, enabled):
    assert choose(ui_locales, accept_language, enabled) in enabled


@given(
    st.sampled_from(ENABLED),
    st.lists(st.from_regex(r"[A-Za-z0-9]{2,8}", fullmatch=True), max_size=4),
)
def test_a_longer_name_of_an_enabled_language_finds_it(name, more):
    chosen = choose("-".join((name, *more)), None, ENABLED)
    assert chosen.lower().startswith(name.lower())


@given(st.permutations([("en", 1.0), ("de", 0.7), ("pt-BR", 0.3)]))
def test_order_in_the_header_does_not_matter_quality_does(wishes):
    header = ",".join(f"{name};q={quality}" for name, quality in wishes)
    assert choose(None, header, ("pt-BR", "de", "en")) == "en"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "ltr"),
        ("de-AT", "ltr"),
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa_IR", "rtl"),
        ("az-Arab", "rtl"),
        ("ks-Deva", "ltr"),
        ("", "ltr"),
    ],
)
def test_direction(locale, expected):
    assert direction(locale) == expected
