"""The texts of one language by id, with placeholders and plural forms."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, cast

from markupsafe import Markup, escape

from gatelodge.base.errors import Mistake

Entry: TypeAlias = str | Mapping[str, str]
_HOLE: Final = re.compile(r"\{([a-z_]+)\}")


class Texts:
    """One catalogue. An entry is a text, or a table of plural forms.

    A table of forms names in ``count`` the placeholder that decides between ``one``
    and ``other``; both of our languages have just these two (Unicode CLDR plurals).
    """

    def __init__(self, locale: str, entries: Mapping[str, Entry]) -> None:
        self.locale = locale
        self.entries = entries

    def say(self, text_id: str, params: Mapping[str, object]) -> str:
        """The text as plain words; raises ``Mistake`` on an unknown id or a hole."""
        return self._fill(text_id, params, str)

    def markup(self, text_id: str, params: Mapping[str, object]) -> Markup:
        """The text for HTML: everything is escaped but params that are ``Markup``."""
        return Markup(self._fill(text_id, params, escape))  # noqa: S704 - all escaped

    def _fill(
        self, text_id: str, params: Mapping[str, object], show: Callable[[object], str]
    ) -> str:
        form = self._form(text_id, params)
        parts = _HOLE.split(form)
        words = [str(show(word)) for word in parts[0::2]]
        try:
            values = [str(show(params[name])) for name in parts[1::2]]
        except KeyError as missing:
            raise Mistake(f"text {text_id} lacks the value of {missing}") from None
        return "".join(
            word + value for word, value in zip(words, [*values, ""], strict=True)
        )

    def _form(self, text_id: str, params: Mapping[str, object]) -> str:
        entry = self.entries.get(text_id)
        if entry is None:
            raise Mistake(f"no text {text_id} in {self.locale}")
        if isinstance(entry, str):
            return entry
        return entry["one" if params.get(entry["count"]) == 1 else "other"]


def read(locale: str, toml: str) -> Texts:
    """Read a catalogue; tables become dotted ids (``[login] title`` is login.title)."""
    return Texts(locale, _flat("", tomllib.loads(toml)))


def holes(entry: Entry) -> frozenset[str]:
    """The placeholders of an entry, whichever form shows them."""
    forms = [entry] if isinstance(entry, str) else list(entry.values())
    return frozenset(name for form in forms for name in _HOLE.findall(form))


def _flat(prefix: str, table: Mapping[str, object]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for key, value in table.items():
        if isinstance(value, str) or (isinstance(value, dict) and "count" in value):
            found[prefix + key] = value
        else:
            found |= _flat(f"{prefix}{key}.", cast("Mapping[str, object]", value))
    return found
