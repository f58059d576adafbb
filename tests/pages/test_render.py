"""Every page in every language: well formed, small, styled by hash, never a dead end."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

import pytest

from gatelodge.base.errors import Mistake
from gatelodge.pages.fields import PAGES
from gatelodge.pages.render import Pages
from gatelodge.pages.theme import Theme

from . import samples
from .passkey_samples import scripts
from .reader import read

CASES = [
    pytest.param(name, context, theme, locale, id=f"{name}-{kind}-{locale}")
    for kind, contexts, theme in (
        ("minimal", samples.MINIMAL, samples.BARE),
        ("full", samples.PAGES, samples.FULL),
    )
    for name, context in contexts.items()
    for locale in ("en", "de")
]


def test_the_samples_know_every_page_and_every_field():
    assert set(samples.MINIMAL) == set(samples.PAGES) == set(PAGES)
    for name, fields in PAGES.items():
        assert set(samples.MINIMAL[name]) == set(fields.required)
        either_or = {"host"} if name == "confirm" else {"terms"}
        assert fields.known - set(samples.PAGES[name]) <= either_or | {
            "ticket",
            "state",
        }


@pytest.mark.parametrize(("name", "context", "theme", "locale"), CASES)
def test_every_page_keeps_the_rules(pages: Pages, name, context, theme, locale):
    page = pages.page(name, context=context, locale=locale, theme=theme)
    document = read(page.html)
    root = document.one("html")
    assert (root.get("lang"), root.get("dir")) == (locale, "ltr")
    assert page.html.startswith("<!doctype html>")
    assert len(page.html.encode()) < 50_000
    assert len(document.all("h1")) == 1
    assert document.one("title").text.endswith(f" · {theme.tenant_name}")
    assert len(document.all("style")) == 1
    assert len(document.all("script")) == scripts(name, context)
    for element in document.elements:
        assert "style" not in element.attributes
        assert not [each for each in element.attributes if each.startswith("on")]
    for form in document.all("form"):
        assert form.get("method") == "post"


@pytest.mark.parametrize(("name", "context", "theme", "locale"), CASES)
def test_every_page_has_a_way_on(pages: Pages, name, context, theme, locale):
    page = pages.page(name, context=context, locale=locale, theme=theme)
    within_main = [each for each in read(page.html).elements if "main" in each.within]
    ways = [
        each
        for each in within_main
        if (each.tag == "a" and each.get("href")) or each.tag == "button"
    ]
    assert ways


@pytest.mark.parametrize(("name", "context", "theme", "locale"), CASES)
def test_every_field_has_a_label_and_its_explanations(
    pages: Pages, name, context, theme, locale
):
    document = read(pages.page(name, context=context, locale=locale, theme=theme).html)
    labels = {label.get("for") for label in document.all("label")}
    for field in document.all("input"):
        if field.get("type") == "hidden" or "hidden" in field.attributes:
            continue
        assert field.get("id") in labels
        if field.get("type") == "checkbox":
            continue
        # What a person has to write out themselves, or calls a thing of theirs.
        free = field.get("name") == "confirm" or name == "account_security"
        assert field.get("autocomplete") not in {None, "" if free else "off"}
        assert set((field.get("aria-describedby") or "").split()) <= document.ids()


@pytest.mark.parametrize("accent", ["#3a5bc7", "#ffee00", "rubbish}</style>"])
def test_the_style_is_allowed_by_its_hash_and_nothing_else(pages: Pages, accent):
    theme = Theme(accent=accent)
    page = pages.page(
        "login", context=samples.MINIMAL["login"], locale="en", theme=theme
    )
    style = read(page.html).one("style").text
    assert page.style_hash == _hash(style)
    assert page.script_hash is None
    assert page.policy == (
        f"default-src 'none'; style-src '{_hash(style)}'; img-src 'self' data:; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def test_form_post_has_one_fixed_script_and_a_button(pages: Pages):
    first, second = (
        pages.page("form_post", context=context, locale="en", theme=samples.BARE)
        for context in (samples.MINIMAL["form_post"], samples.PAGES["form_post"])
    )
    document = read(second.html)
    assert second.script_hash == _hash(document.one("script").text)
    assert f"script-src '{second.script_hash}'; " in second.policy
    assert first.script_hash == second.script_hash
    assert document.one("form").get("action") == "https://app.example.com/cb"
    sent = {each.get("name"): each.get("value") for each in document.all("input")}
    assert sent == {"code": "c", "state": "s", "iss": "http://localhost:8080/"}
    assert document.one("button").get("type") == "submit"


def test_a_context_that_does_not_fit_is_a_mistake(pages: Pages):
    whole = samples.MINIMAL["login"]
    for context in ({"action": "/u/login"}, {**whole, "signup_ulr": "/u/signup"}):
        with pytest.raises(Mistake):
            pages.page("login", context=context, locale="en", theme=samples.BARE)
    with pytest.raises(Mistake):
        pages.page("no_such_page", context={}, locale="en", theme=samples.BARE)
    for error in ("error.no_such", {"params": {}}, 7):
        context = {**whole, "error": error}
        with pytest.raises(Mistake):
            pages.page("login", context=context, locale="en", theme=samples.BARE)


def test_a_language_we_do_not_speak_falls_back(pages: Pages):
    for wanted, lang in (("de-AT", "de"), ("fr", "en"), ("", "en")):
        page = pages.page(
            "forgot", context={"action": "/f"}, locale=wanted, theme=Theme()
        )
        assert read(page.html).one("html").get("lang") == lang


def test_the_sheet_mirrors_and_answers_to_the_reader():
    """Right-to-left needs logical properties; no rule may name a physical side."""
    sheet = (resources.files("gatelodge.pages") / "styles" / "page.css").read_text()
    physical = r"(?<![\w-])((margin|padding|border)-(left|right)|left|right|text-align:\s*(left|right))\b"
    assert not re.search(physical, sheet)
    for wish in (
        "prefers-color-scheme:dark",
        "prefers-reduced-motion",
        "forced-colors:active",
        ":focus-visible",
    ):
        assert wish in sheet


def test_the_favicon_is_a_drawing_without_script(pages: Pages):
    assert pages.favicon.startswith(b"<svg")
    assert b"script" not in pages.favicon


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
