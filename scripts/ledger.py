"""The ledger of rules: what each document demands, and how we stand to it.

One file a document in ``docs/rules``, named after the prefix of its rules' ids:

    document = "RFC 7636"
    title = "Proof Key for Code Exchange"

    [[rule]]
    id = "RFC7636-4.6"
    section = "4.6"
    level = "MUST"           # MUST, SHOULD or MAY
    wording = "Only the app that asked may redeem the code."
    standing = "done"        # done, by design not, or planned
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LEVELS: Final = ("MUST", "SHOULD", "MAY")
STANDINGS: Final = ("done", "by design not", "planned")
_KEYS: Final = frozenset({"id", "section", "level", "wording", "standing"})


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One demand of one document, in our own words."""

    id: str
    section: str
    level: str
    wording: str
    standing: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file of the ledger."""

    file: str
    document: str
    title: str
    rules: tuple[Rule, ...]


class Malformed(Exception):
    """A file of the ledger says something the ledger does not know."""


def read(folder: Path) -> tuple[Document, ...]:
    """All documents of the ledger, by file name; raises ``Malformed``."""
    return tuple(document(file) for file in sorted(folder.glob("*.toml")))


def document(file: Path) -> Document:
    """One document; raises ``Malformed``."""
    try:
        content = tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"{file.name}: {error}") from error
    if set(content) - {"document", "title", "rule"}:
        raise Malformed(f"{file.name}: only document, title and [[rule]] are known")
    if not content.get("document") or not content.get("title"):
        raise Malformed(f"{file.name}: document and title are missing")
    return Document(
        file=file.name,
        document=content["document"],
        title=content["title"],
        rules=tuple(_rule(entry, file.stem) for entry in content.get("rule", ())),
    )


def _rule(entry: dict[str, Any], stem: str) -> Rule:
    where = f"{stem}.toml, {entry.get('id', 'a rule without id')}"
    if set(entry) != _KEYS:
        odd = ", ".join(sorted(set(entry) ^ _KEYS))
        raise Malformed(f"{where}: missing or unknown: {odd}")
    if not all(isinstance(value, str) and value.strip() for value in entry.values()):
        raise Malformed(f"{where}: every entry is a text")
    rule = Rule(**entry)
    if not rule.id.casefold().startswith(f"{stem}-"):
        raise Malformed(f"{where}: ids here begin with {stem.upper()}-")
    if rule.level not in LEVELS:
        raise Malformed(f"{where}: the level is one of {', '.join(LEVELS)}")
    if rule.standing not in STANDINGS:
        raise Malformed(f"{where}: the standing is one of {', '.join(STANDINGS)}")
    return rule
