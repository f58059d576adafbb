"""The catalogues: same ids, same placeholders, all used, all there."""

from __future__ import annotations

import ast
import re
from importlib import resources
from pathlib import Path

import pytest

import gatelodge
from gatelodge.base.errors import Mistake
from gatelodge.pages import texts
from gatelodge.pages.fields import MAILS

ROOM = resources.files("gatelodge.pages")
LOCALES = sorted(
    file.name.removesuffix(".toml")
    for file in (ROOM / "locales").iterdir()
    if file.name.endswith(".toml")
)
# What other rooms name in a context; templates see these only as values.
VOCABULARY = (
    "text.",
    "way.",
    "error.",
    "factor.",
    "rule.",
    "scope.",
    "problem.",
    "section.",
    "done.",
    "ago.",
    "own_factor.",
)
_LITERAL = re.compile(r"\bt\(\s*\"([a-z_.]+)\"")
_BUILT = {"home.": ("discovery", "mailbox", "docs")}


def catalogue(locale: str) -> texts.Texts:
    return texts.read(locale, (ROOM / "locales" / f"{locale}.toml").read_text("utf-8"))


def templates() -> str:
    folders = (ROOM / "templates", ROOM / "templates" / "mail")
    return "\n".join(
        file.read_text("utf-8")
        for folder in folders
        for file in folder.iterdir()
        if file.is_file()
    )


def used() -> set[str]:
    source = templates()
    found = set(_LITERAL.findall(source)) | set(
        re.findall(r'"(footer\.[a-z]+)"', source)
    )
    found |= set(re.findall(r'else t\("([a-z_.]+)"', source))
    found |= {f"mail.{name}.subject" for name in MAILS}
    for prefix, names in _BUILT.items():
        found |= {prefix + name + end for name in names for end in ("", "_about")}
    return {text_id for text_id in found if not text_id.endswith(".")}


def test_there_are_two_languages():
    assert LOCALES == ["de", "en"]


@pytest.mark.parametrize("locale", LOCALES)
def test_all_languages_have_the_same_ids_and_placeholders(locale):
    english, other = catalogue("en").entries, catalogue(locale).entries
    assert set(other) == set(english)
    for text_id, entry in english.items():
        assert texts.holes(other[text_id]) == texts.holes(entry), text_id
        assert isinstance(other[text_id], str) == isinstance(entry, str), text_id


@pytest.mark.parametrize("locale", LOCALES)
def test_plural_tables_are_whole_and_no_text_is_empty(locale):
    for text_id, entry in catalogue(locale).entries.items():
        if isinstance(entry, str):
            assert entry.strip() == entry != "", text_id
        else:
            assert set(entry) == {"count", "one", "other"}, text_id
            assert entry["count"] in texts.holes(entry), text_id


def test_every_text_a_template_names_is_there_and_none_is_left_over():
    entries = set(catalogue("en").entries)
    assert used() <= entries
    private = {each for each in entries if not each.startswith(VOCABULARY)}
    assert private <= used()


def test_every_text_another_room_names_is_there():
    entries = set(catalogue("en").entries)
    named = {
        (file.name, text_id)
        for file in Path(gatelodge.__file__).parent.rglob("*.py")
        for text_id in _strings(file)
    }
    assert {each for each in named if each[1] not in entries} == set()


def test_texts_fill_their_placeholders_and_choose_their_plural():
    for locale, one, many in (
        ("en", "1 minute,", "7 minutes,"),
        ("de", "1 Minute ", "7 Minuten "),
    ):
        spoken = catalogue(locale)
        assert one in spoken.say("mail.minutes", {"n": 1})
        assert many in spoken.say("mail.minutes", {"n": 7})


def test_a_value_is_never_read_as_a_text():
    spoken = catalogue("en")
    assert spoken.say("login.lead", {"client": "{client} {x}"}).endswith("{client} {x}")
    shown = spoken.markup("login.lead", {"client": "<b>"})
    assert str(shown) == "to continue to &lt;b&gt;"


def test_an_unknown_text_and_a_missing_value_are_mistakes():
    spoken = catalogue("en")
    with pytest.raises(Mistake, match=r"no\.such"):
        spoken.say("no.such", {})
    with pytest.raises(Mistake, match="client"):
        spoken.say("login.lead", {})


def _strings(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    values = (each.value for each in ast.walk(tree) if isinstance(each, ast.Constant))
    return {
        value
        for value in values
        if isinstance(value, str)
        and re.fullmatch(r"(way|error|rule|scope|problem)\.[a-z_.]+[a-z_]", value)
    }
