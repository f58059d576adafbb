"""Every page fits its window, at 320 pixels and enlarged, names its parts, needs no mouse."""

from __future__ import annotations

import pytest

from tests.e2e.tour import SCRIPTED, WALKS, template_of

_PHONE = {"width": 320, "height": 640}
# A window of 1280 x 800 at 200 % zoom (WCAG 2.2 §1.4.4, §1.4.10).
_ZOOMED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
# How much sticks out of the window, also with large type; and what is cut off.
_TOO_WIDE = """() => {
  const page = document.documentElement;
  const surplus = page.scrollWidth - innerWidth;
  const cut = [...document.querySelectorAll('main *')]
    .filter(each => each.getClientRects().length)
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1
                 || each.scrollWidth > each.clientWidth + 1 && each.clientWidth
                    && getComputedStyle(each).overflowX !== 'visible'
                    && each.tagName !== 'INPUT')
    .map(each => each.outerHTML.slice(0, 80));
  page.style.fontSize = '200%';
  const enlarged = page.scrollWidth - innerWidth;
  page.style.fontSize = '';
  return {surplus, enlarged, cut};
}"""
_FITS = {"surplus": 0, "enlarged": 0, "cut": []}
_PARTS = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const said = found => found.map(each => each.outerHTML.slice(0, 80));
  const ids = all('[id]').map(each => each.id);
  return {
    page: document.body.dataset.page,
    language: document.documentElement.lang,
    headings: all('h1').length,
    mains: all('main').length,
    unnamed: said(all('input:not([type=hidden]):not([hidden])')
      .filter(each => !each.labels.length)),
    small: said(all('a, button, input, summary')
      .filter(each => !each.closest('.letter'))
      .filter(each => {
        const box = (each.type === 'checkbox' ? each.labels[0] : each)
          .getBoundingClientRect();
        return box.width && box.height && box.height < 43.5;
      })),
    twins: ids.filter((id, place, all) => all.indexOf(id) !== place),
    dangling: all('[aria-describedby]')
      .flatMap(each => each.getAttribute('aria-describedby').split(' '))
      .filter(id => !ids.includes(id)),
  };
}"""
_IN_ORDER = {
    "language": "en",
    "headings": 1,
    "mains": 1,
    "unnamed": [],
    "small": [],
    "twins": [],
    "dangling": [],
}
# What can be pressed or filled in, and the place among it of what has the focus.
_STOPS = """() => {
  const all = [...document.querySelectorAll('a, button, summary, input')]
    .filter(each => each.checkVisibility() && each.type !== 'hidden');
  const here = document.activeElement;
  return [all.length, all.indexOf(here), getComputedStyle(here).outlineStyle];
}"""


@pytest.mark.parametrize("walk", WALKS)
def test_pages_are_comfortable(meet, person, walk) -> None:
    ada = meet(java_script_enabled=walk in SCRIPTED, viewport=_PHONE)
    for name in WALKS[walk](ada, person):
        _names_its_parts(ada.tab, name)
        _needs_no_mouse(ada.tab, name)
        assert (name, ada.tab.evaluate(_TOO_WIDE)) == (name, _FITS)


@pytest.mark.drill
@pytest.mark.parametrize("walk", WALKS)
def test_pages_can_be_enlarged(meet, person, walk) -> None:
    ada = meet(java_script_enabled=walk in SCRIPTED, **_ZOOMED)
    for name in WALKS[walk](ada, person):
        assert (name, ada.tab.evaluate(_TOO_WIDE)) == (name, _FITS)


def _names_its_parts(tab, name) -> None:
    wanted = {"page": template_of(name), **_IN_ORDER}
    assert (name, tab.evaluate(_PARTS)) == (name, wanted)
    assert tab.title().endswith(" · Example Company")


def _needs_no_mouse(tab, name) -> None:
    """What can be pressed or filled in is reached by Tab, in the order it stands in."""
    stops, place, _ = tab.evaluate(_STOPS)
    reached = [place] if place >= 0 else []
    for _ in range(stops + 3):
        if len(reached) == stops:
            break
        tab.keyboard.press("Tab")
        _, place, outline = tab.evaluate(_STOPS)
        if place >= 0 and place not in reached:
            reached.append(place)
            assert (name, place, outline) != (name, place, "none")
    start = reached.index(0) if 0 in reached else 0
    turned = [*reached[start:], *reached[:start]]
    assert (name, turned) == (name, list(range(stops)))
