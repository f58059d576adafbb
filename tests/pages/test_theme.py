"""An accent is corrected until it can be read, and only then (WCAG 2.2 §1.4.3)."""

from __future__ import annotations

import colorsys
import re
from importlib import resources

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatelodge.pages.contrast import luminance, parse_hex, ratio, to_hex
from gatelodge.pages.theme import ACCENT, accent_pair

WHITE, PAPER = (255, 255, 255), (246, 245, 242)
GROUND, CARD = (25, 24, 23), (36, 35, 33)
CHANNEL = st.integers(0, 255)
COLOURS = st.builds(
    lambda red, green, blue: to_hex((red, green, blue)), CHANNEL, CHANNEL, CHANNEL
)


@given(COLOURS)
@example("#ffffff")
@example("#000000")
@example("#ffff00")
@example("#0000ff")
def test_both_accents_can_be_read(accent):
    light, dark = (parse_hex(each) for each in accent_pair(accent))
    assert min(ratio(light, WHITE), ratio(light, PAPER)) >= 4.5
    assert min(ratio(dark, GROUND), ratio(dark, CARD)) >= 4.5


@given(COLOURS)
def test_an_accent_that_passes_stays(accent):
    rgb = parse_hex(accent)
    light, dark = accent_pair(accent)
    if min(ratio(rgb, WHITE), ratio(rgb, PAPER)) >= 4.5:
        assert light == accent
    if min(ratio(rgb, GROUND), ratio(rgb, CARD)) >= 4.5:
        assert dark == accent


@given(COLOURS)
def test_the_hue_stays_and_lightness_moves_the_right_way(accent):
    before = parse_hex(accent)
    light, dark = (parse_hex(each) for each in accent_pair(accent))
    assert luminance(light) <= luminance(before) + 1e-9
    assert luminance(dark) >= luminance(before) - 1e-9
    for after in (light, dark):
        chroma = min(max(rgb) - min(rgb) for rgb in (before, after))
        if chroma > 0:
            # Eight-bit channels cannot hold the hue of a near-grey exactly.
            assert _turn(before, after) <= 120 / chroma


@pytest.mark.parametrize(
    "accent", ["", "red", "#12", "#12345g", "#fff;}body{}", "#١٢٣", "url(x)"]
)
def test_what_is_no_colour_means_our_own(accent):
    assert accent_pair(accent) == accent_pair(ACCENT)


def test_short_and_upper_case_forms_are_read():
    assert accent_pair("#36C") == accent_pair(" #3366cc ")


def test_the_formula_agrees_with_known_pairs():
    assert ratio((0, 0, 0), WHITE) == pytest.approx(21)
    assert ratio((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)
    assert ratio((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("index", "surfaces"), [(0, (WHITE, PAPER)), (1, (GROUND, CARD))]
)
def test_texts_of_the_sheet_can_be_read_on_its_surfaces(index, surfaces):
    """And these surfaces are the ones the accent is corrected for."""
    sheet = (resources.files("gatelodge.pages") / "styles" / "page.css").read_text()
    colours = {
        name: list(map(parse_hex, re.findall(rf"--{name}:(#\w+)", sheet)))
        for name in ("ground", "card", "ink", "soft", "wrong", "edge", "wrong-ground")
    }
    assert {colours["ground"][index], colours["card"][index]} == set(surfaces)
    for surface in surfaces:
        for text in ("ink", "soft", "wrong"):
            assert ratio(colours[text][index], surface) >= 4.5, text
    assert ratio(colours["edge"][index], colours["card"][index]) >= 3
    assert ratio(colours["ink"][index], colours["wrong-ground"][index]) >= 4.5


def _turn(one, other) -> float:
    first, second = (
        colorsys.rgb_to_hls(*(channel / 255 for channel in rgb))[0] * 360
        for rgb in (one, other)
    )
    return min(abs(first - second), 360 - abs(first - second))
