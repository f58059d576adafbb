"""Every page fits its window, at 320 pixels and enlarged, and names its parts."""

from __future__ import annotations

import pytest

from tests.e2e.tour import tour

_PHONE = {"viewport": {"width": 320, "height": 640}}
# A window of 1280 x 800 at 200 % zoom (WCAG 2.2 §1.4.4, §1.4.10).
_ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
_LARGE_TYPE = "document.documentElement.style.fontSize = '200%'"
_SURPLUS = "document.documentElement.scrollWidth - innerWidth"
# What sticks out of the card, or is cut off by it.
_CUT = """[...document.querySelectorAll('main *')]
  .filter(each => each.getClientRects().length)
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1
               || each.scrollWidth > each.clientWidth + 1 && each.clientWidth
                  && getComputedStyle(each).overflowX !== 'visible'
                  && each.tagName !== 'INPUT')
  .map(each => each.outerHTML.slice(0, 80))"""
_UNNAMED = """[...document.querySelectorAll('input:not([type=hidden]):not([hidden])')]
  .filter(each => !each.labels.length).map(each => each.outerHTML)"""
_SMALL = """[...document.querySelectorAll('a, button, input, summary')]
  .filter(each => !each.closest('.letter'))
  .map(each => [each, each.getBoundingClientRect()])
  .filter(([, box]) => box.width && box.height && box.height < 43.5)
  .map(([each]) => each.outerHTML.slice(0, 80))"""
_TWINS = """[...document.querySelectorAll('[id]')].map(each => each.id)
  .filter((id, place, all) => all.indexOf(id) !== place)"""
_DANGLING = """[...document.querySelectorAll('[aria-describedby]')]
  .flatMap(each => each.getAttribute('aria-describedby').split(' '))
  .filter(id => !document.getElementById(id))"""

_PRESSED = """[...document.querySelectorAll('a, button, summary')]
  .filter(each => each.getClientRects().length)"""
_FOCUSED = f"""[{_PRESSED}.indexOf(document.activeElement),
  getComputedStyle(document.activeElement).outlineStyle]"""


@pytest.mark.parametrize("window", [_PHONE, _ZOOMED], ids=["320", "zoom"])
def test_pages_fit(meet, person, window) -> None:
    ada = meet(**window)
    for name in tour(ada, person):
        assert (name, ada.tab.evaluate(_SURPLUS)) == (name, 0)
        assert (name, ada.tab.evaluate(_CUT)) == (name, [])
        ada.tab.evaluate(_LARGE_TYPE)
        assert (name, "large", ada.tab.evaluate(_SURPLUS)) == (name, "large", 0)


def test_pages_name_their_parts(meet, person) -> None:
    ada, titles = meet(), {}
    for name in tour(ada, person):
        assert (name, ada.tab.locator("h1").count()) == (name, 1)
        assert ada.tab.locator("html").get_attribute("lang") == "en"
        assert ada.tab.locator("main").count() == 1
        for rule in (_UNNAMED, _SMALL, _TWINS, _DANGLING):
            assert (name, ada.tab.evaluate(rule)) == (name, [])
        titles[name] = ada.tab.title()
    assert all(title.endswith(" · Example Company") for title in titles.values())
    assert len(titles) > 25


def test_pages_need_no_mouse(meet, person) -> None:
    """Whatever can be pressed can be reached by Tab, and shows that it is."""
    ada = meet()
    for name in tour(ada, person):
        wanted = ada.tab.evaluate(f"{_PRESSED}.length")
        reached = set()
        for _ in range(wanted + 8):
            ada.tab.keyboard.press("Tab")
            place, outline = ada.tab.evaluate(_FOCUSED)
            if place >= 0:
                reached.add(place)
                assert (name, outline) != (name, "none")
        assert (name, len(reached)) == (name, wanted)
