"""The page that shows the ledger of rules to a reader."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from scripts import ledger

PAGE: Final = "docs/reference/conformance.md"
_HEAD = """# Conformance

What each document demands, in our own words, and how Gatelodge stands to it. The id is
the one that the log names when a request is refused by that rule. This page is printed
from `docs/rules` by `make docs`.
"""


def page(root: Path) -> str:
    """The page for the ledger of the project at ``root``."""
    documents = ledger.read(root / "docs" / "rules")
    return "\n".join((_HEAD, *(_section(document) for document in documents)))


def _section(document: ledger.Document) -> str:
    lines = [
        f"## {document.document}: {document.title}",
        "",
        "| rule | section | level | what it demands | standing |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{r.id}` | {r.section} | {r.level} | {_cell(r.wording)} | {r.standing} |"
        for r in document.rules
    ]
    return "\n".join((*lines, ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()
