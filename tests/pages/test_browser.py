"""Every page in Chromium: nothing refused, nothing sticks out, nothing too small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gatelodge.pages.render import Pages

from . import samples
from .scene import CHROMIUM, ORIGIN, chromium, show, small_targets, too_wide

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium here"),
]
LONG = "A_very_long_name_without_any_place_to_break_it_" * 3


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


# 320 CSS pixels are also a 640-pixel window at 200 % zoom (WCAG 2.2 §1.4.10).
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("locale", ["en", "de"])
def test_pages_fit_and_obey_their_policy(pages: Pages, browser, width, locale):
    context = browser.new_context(
        viewport={"width": width, "height": 640}, java_script_enabled=True
    )
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    for name in sorted(set(samples.PAGES) - {"form_post"}):
        shown = pages.page(
            name, context=samples.PAGES[name], locale=locale, theme=samples.FULL
        )
        show(tab, pages, shown)
        assert (name, too_wide(tab), small_targets(tab)) == (name, 0, [])
        colour = tab.evaluate("getComputedStyle(document.body).position")
        assert colour == "relative", "the style was not applied"
    context.close()
    assert complaints == []


def test_long_names_break_instead_of_sticking_out(pages: Pages, browser):
    context = browser.new_context(viewport={"width": 320, "height": 640})
    tab = context.new_page()
    for name in ("login", "consent", "confirm", "select_account", "return_to_app"):
        changed = {"client_name": LONG, "user_email": LONG, "user_name": LONG}
        known = samples.PAGES[name]
        context_of_page = {
            **known,
            **{key: value for key, value in changed.items() if key in known},
        }
        shown = pages.page(
            name, context=context_of_page, locale="de", theme=samples.FULL
        )
        show(tab, pages, shown)
        assert (name, too_wide(tab)) == (name, 0)
    context.close()


def test_form_post_sends_itself(pages: Pages, browser):
    tab = browser.new_page()
    shown = _form_post(pages)
    sent = show(tab, pages, shown)
    tab.wait_for_url("https://app.example.com/cb")
    tab.close()
    assert sent == ["https://app.example.com/cb code=c"]


def test_form_post_has_a_button_where_scripts_do_not_run(pages: Pages, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    sent = show(tab, pages, _form_post(pages))
    assert sent == []
    tab.get_by_role("button", name="Continue").click()
    tab.wait_for_url("https://app.example.com/cb")
    context.close()
    assert sent == ["https://app.example.com/cb code=c"]


def test_the_keyboard_signs_in_without_script(pages: Pages, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    document = {**samples.MINIMAL["login"], "back_url": "/back"}
    sent = show(
        tab,
        pages,
        pages.page("login", context=document, locale="en", theme=samples.BARE),
    )
    tab.get_by_label("E-mail address").fill("ada@example.com")
    tab.get_by_label("Password", exact=True).fill("correct horse")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{ORIGIN}/u/step")
    context.close()
    assert sent == [
        (
            f"{ORIGIN}/u/step "
            "state=sealed.state&username=ada%40example.com&password=correct+horse"
        )
    ]


def _form_post(pages: Pages):
    return pages.page(
        "form_post",
        context=samples.MINIMAL["form_post"],
        locale="en",
        theme=samples.BARE,
    )
