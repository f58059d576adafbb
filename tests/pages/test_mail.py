"""Mails: one line of subject, the link in both bodies, nothing unescaped."""

from __future__ import annotations

import pytest

from gatelodge.base.errors import Mistake
from gatelodge.pages.fields import MAILS
from gatelodge.pages.render import Pages
from gatelodge.pages.theme import Theme

from . import samples
from .reader import read

EVIL = '<script>alert(1)</script>"\r\nBcc: all@example.com'


def test_the_samples_know_every_mail_and_every_field():
    assert set(samples.MAILS) == set(MAILS)
    for name, fields in MAILS.items():
        assert set(samples.MAILS[name]) == set(fields.known)


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("name", sorted(MAILS))
@pytest.mark.parametrize("theme", [samples.BARE, samples.FULL], ids=["bare", "full"])
def test_every_mail_in_every_language(pages: Pages, name, locale, theme):
    context = samples.MAILS[name]
    url = context.get("url") or context.get("forgot_url")
    told = url or context.get("code") or theme.tenant_name
    mail = pages.mail(name, context=context, locale=locale, theme=theme)
    document = read(mail.html)
    assert theme.tenant_name in mail.subject
    assert document.one("html").get("lang") == locale
    assert set(document.links()) == ({url} if url else set())
    assert told in mail.text
    assert told in mail.html
    assert "Ada" in mail.text
    assert "Ada" in document.text()
    assert "<" not in mail.text
    assert "\n\n\n" not in mail.text
    assert not document.all("table", "script", "style", "img")


@pytest.mark.parametrize("name", sorted(MAILS))
def test_a_mail_needs_only_what_it_says(pages: Pages, name):
    needed = {key: samples.MAILS[name][key] for key in MAILS[name].required}
    mail = pages.mail(name, context=needed, locale="en", theme=Theme())
    assert "Hello," in mail.text
    assert "Ada" not in mail.html


@pytest.mark.parametrize("name", sorted(MAILS))
def test_what_people_typed_cannot_make_headers_or_markup(pages: Pages, name):
    context = {**samples.MAILS[name], "user_name": EVIL}
    theme = Theme(tenant_name=EVIL, support_email=EVIL)
    mail = pages.mail(name, context=context, locale="en", theme=theme)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert len(mail.subject) <= 150
    assert not read(mail.html).all("script")


def test_a_mail_never_carries_a_dangerous_link(pages: Pages):
    for url in ("javascript:alert(1)", "//evil.example.com", ""):
        with pytest.raises(Mistake):
            pages.mail("verify_email", context={"url": url}, locale="en", theme=Theme())


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 minute,"),
        (45, "45 minutes,"),
        (60, "1 hour,"),
        (1_440, "1 day,"),
        (7_200, "5 days,"),
    ],
)
def test_the_life_of_a_link_is_told_in_the_largest_whole_unit(
    pages: Pages, minutes, words
):
    context = {"url": "https://id.example.com/r", "minutes": minutes}
    mail = pages.mail("reset_password", context=context, locale="en", theme=Theme())
    assert words in mail.text
    assert words in mail.html


def test_a_mail_that_does_not_exist_is_a_mistake(pages: Pages):
    with pytest.raises(Mistake):
        pages.mail("welcome", context={}, locale="en", theme=Theme())
