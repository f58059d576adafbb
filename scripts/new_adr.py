"""``make new-adr TITLE="…"``: the next decision record, with its four questions."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from scripts.places import ROOT, say

_PAGE = """# {number}. {title}

## Context

What makes us decide, and what we know.

## Decision

What we do.

## Cost

What it takes from us.

## What would change our mind

What we would have to see.
"""


def main(arguments: list[str]) -> int:
    """Write the record titled by the arguments."""
    title = " ".join(arguments).strip()
    if not title:
        print('Give it a title: make new-adr TITLE="Rows, not documents"')
        return 2
    say(f"Wrote {create(ROOT / 'docs' / 'adr', title).relative_to(ROOT)}")
    return 0


def create(folder: Path, title: str) -> Path:
    """Write the next record into ``folder``; numbers are never used twice."""
    taken = [int(file.name[:4]) for file in folder.glob("[0-9][0-9][0-9][0-9]-*.md")]
    number = max(taken, default=0) + 1
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    file = folder / f"{number:04}-{slug}.md"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(_PAGE.format(number=number, title=title))
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
