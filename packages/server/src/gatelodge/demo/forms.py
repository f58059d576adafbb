"""Read the forms of a page and fill them in as a person would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]


@dataclass(slots=True)
class Form:
    """A form: where it goes, its inputs with their values, its buttons in order."""

    action: str
    inputs: dict[str, str] = field(default_factory=dict, repr=False)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, answers: Mapping[str, str]) -> dict[str, str]:
        """What pressing the first button sends, with ``answers`` where asked for."""
        known = {name: answers.get(name, value) for name, value in self.inputs.items()}
        pressed = [pair for pair in self.buttons[:1] if pair[0]]
        return {**known, **dict(pressed)}


@dataclass(slots=True)
class Page:
    """What a person sees of a page: heading, complaint, first form, links by text."""

    heading: str = ""
    alert: str = ""
    form: Form | None = None
    links: dict[str, str] = field(default_factory=dict)


def read(html: str) -> Page:
    """Read one of the server's pages."""
    reader = _Reader()
    reader.feed(html)
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._inside: Form | None = None
        self._text: str | None = None
        self._link: str | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form" and self.page.form is None:
            self._inside = self.page.form = Form(said.get("action", ""))
        elif tag == "input" and self._inside is not None and said.get("name"):
            self._inside.inputs[said["name"]] = said.get("value", "")
        elif tag == "button" and self._inside is not None:
            pair = (said.get("name", ""), said.get("value", ""))
            self._inside.buttons.append(pair)
        if tag == "a":
            self._link, self._words = said.get("href"), ""
        if tag == "h1":
            self._text = "heading"
        elif said.get("role") == "alert":
            self._text = "alert"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        if tag == "a" and self._link is not None:
            self.page.links[" ".join(self._words.split())] = self._link
            self._link = None
        if tag in ("h1", "p"):
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._words += data
        if self._text is not None:
            seen = f"{getattr(self.page, self._text)} {data}"
            setattr(self.page, self._text, " ".join(seen.split()))
