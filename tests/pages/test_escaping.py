"""Nothing that comes from outside becomes markup, script or a dangerous link."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gatelodge.base.errors import Mistake
from gatelodge.pages import addresses
from gatelodge.pages.render import Pages
from gatelodge.pages.theme import Theme

from . import samples
from .passkey_samples import PASSKEY, scripts
from .reader import read

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
OURS = frozenset({"action", "text_id", "title", "text", "error", "href", "params"})
DANGEROUS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://example.com/1",
    "//evil.example.com/",
    "/\\evil.example.com/",
    "https://user@evil.example.com/",
    "",
]


def twisted(value: object, change: Callable[[str, str], str], key: str = "") -> object:
    """The same value with every string changed."""
    if isinstance(value, str):
        return change(key, value)
    if isinstance(value, dict):
        return {name: twisted(each, change, name) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [
            (each[0], twisted(each[1], change, key))
            if isinstance(each, tuple)
            else twisted(each, change, key)
            for each in value
        ]
    return value


def is_text_id(value: str) -> bool:
    return value.split(".", maxsplit=1)[0] in {
        "error",
        "rule",
        "scope",
        "way",
        "problem",
        "section",
        "done",
        "ago",
        "factor",
        "own_factor",
    }


def theme_of(words: str) -> Theme:
    return Theme(
        tenant_name=words,
        logo_path=words,
        accent=words,
        privacy_url=words,
        terms_url=words,
        support_url=words,
        support_email=words,
    )


@pytest.mark.parametrize("name", sorted(samples.PAGES))
def test_every_string_is_escaped(pages: Pages, name):
    def poison(key: str, value: str) -> str:
        return value if key == "action" or is_text_id(value) else EVIL

    context = twisted(samples.PAGES[name], poison)
    page = pages.page(name, context=context, locale="en", theme=theme_of(EVIL))
    document = read(page.html)
    assert len(document.all("script")) == scripts(name, context)
    assert not [each for each in document.all("img") if each.get("src") == "x"]
    assert not [each for each in document.elements if "onerror" in each.attributes]
    assert EVIL in document.one("title").text


@pytest.mark.parametrize("url", DANGEROUS)
@pytest.mark.parametrize("name", sorted(samples.PAGES))
def test_no_dangerous_link_is_ever_rendered(pages: Pages, name, url):
    def poison(key: str, value: str) -> str:
        return value if key == "action" or is_text_id(value) else url

    context = twisted(samples.PAGES[name], poison)
    page = pages.page(name, context=context, locale="en", theme=theme_of(url))
    document = read(page.html)
    own = {context.get("action"), "/favicon.svg", "/", "/mailbox"}
    own |= {
        "/.well-known/openid-configuration",
        "/account",
        "/account/security",
        "/oidc/logout",
    }
    own |= {(context.get("form") or {}).get("action")}
    own |= {PASSKEY["action"]} if context.get("passkey") else set()
    mailto = f"mailto:{url}"
    assert {link for link in document.links() if link != mailto} <= own
    ways = [each for each in document.all("a", "button") if "main" in each.within]
    assert ways, "a refused link must not leave a dead end"


@pytest.mark.parametrize("name", ["login", "form_post", "reset"])
def test_a_form_never_goes_to_a_dangerous_place(pages: Pages, name):
    for url in DANGEROUS:
        context = {**samples.PAGES[name], "action": url}
        with pytest.raises(Mistake):
            pages.page(name, context=context, locale="en", theme=samples.BARE)


def test_a_passkey_never_goes_to_a_dangerous_place(pages: Pages):
    for url in DANGEROUS:
        passkey = {**PASSKEY, "action": url}
        context = {**samples.PAGES["passkey_offer"], "passkey": passkey}
        with pytest.raises(Mistake):
            pages.page(
                "passkey_offer", context=context, locale="en", theme=samples.BARE
            )


def test_an_error_never_goes_to_a_dangerous_place(pages: Pages):
    for url in DANGEROUS:
        form = {"action": url, "fields": [("error", "access_denied")]}
        with pytest.raises(Mistake):
            pages.page(
                "error",
                context={**samples.PAGES["error"], "form": form},
                locale="en",
                theme=samples.BARE,
            )


def test_only_the_way_back_into_an_app_may_have_its_own_scheme():
    own = "com.example.app:/cb?code=1"
    assert addresses.app_link(own) == own
    assert addresses.web_link(own) == ""
    assert addresses.picture("https://elsewhere.example.com/logo.png") == ""
    assert addresses.picture("/branding/logo?v=2") == "/branding/logo?v=2"
    for url in DANGEROUS:
        assert addresses.app_link(url) == ""
        assert addresses.picture(url) == ""


def test_the_way_back_into_an_app_is_a_link(pages: Pages):
    page = pages.page(
        "return_to_app",
        context=samples.PAGES["return_to_app"],
        locale="en",
        theme=samples.BARE,
    )
    assert "com.example.app:/cb?code=c&state=s" in read(page.html).links()


def test_links_in_a_letter_can_be_followed_and_end_before_the_full_stop(pages: Pages):
    text = 'See http://localhost:8080/u/reset?ticket=a&b=c. <b>"Bye"</b>'
    context = {**samples.PAGES["mailbox_message"], "text": text}
    page = pages.page("mailbox_message", context=context, locale="en", theme=Theme())
    document = read(page.html)
    assert "http://localhost:8080/u/reset?ticket=a&b=c" in document.links()
    assert not document.all("b")
    assert "".join(words for words, _ in addresses.pieces(text)) == text
