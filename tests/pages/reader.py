"""Reads a page strictly: well nested, quoted, no attribute or id twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "img", "br"})
EMPTY_SVG = frozenset({"path"})
LINKS = ("href", "src", "action", "formaction", "srcset", "poster", "background")


class Malformed(AssertionError):
    """The page is not well formed."""


@dataclass
class Element:
    """One element with its own text."""

    tag: str
    attributes: dict[str, str | None]
    within: tuple[str, ...]
    text: str = ""

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)


@dataclass
class Document:
    """All elements in order."""

    elements: list[Element] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def one(self, tag: str) -> Element:
        (found,) = self.all(tag)
        return found

    def by_name(self, name: str) -> list[Element]:
        return [each for each in self.elements if each.get("name") == name]

    def ids(self) -> set[str]:
        return {each.attributes["id"] or "" for each in self.elements if each.get("id")}

    def links(self) -> list[str]:
        return [
            each.attributes[name] or ""
            for each in self.elements
            for name in LINKS
            if name in each.attributes
        ]

    def text(self) -> str:
        skipped = {"style", "script"}
        return " ".join(
            " ".join(
                each.text for each in self.elements if each.tag not in skipped
            ).split()
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            raise Malformed(f"attribute twice in {tag}: {names}")
        within = tuple(element.tag for element in self.open)
        element = Element(tag, dict(attrs), within)
        if element.get("id") in self.document.ids():
            raise Malformed(f"id twice: {element.get('id')}")
        self.document.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY_SVG:
            raise Malformed(f"<{tag}/> is no HTML")
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            raise Malformed(f"</{tag}> closes {[each.tag for each in self.open]}")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data


def read(html: str) -> Document:
    """Parse, or say what is wrong."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise Malformed(f"left open: {[each.tag for each in reader.open]}")
    return reader.document
