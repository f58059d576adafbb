"""The pages, taken apart: fenced blocks with their info, links, anchors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/README.md")]
)
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
_INFO = re.compile(r'([\w-]+)=(?:"([^"]*)"|(\S+))')


@dataclass(frozen=True)
class Fence:
    """One fenced block."""

    page: Path
    line: int
    language: str
    info: dict[str, str]
    code: str

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def fences(page: Path) -> list[Fence]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        language, _, rest = match[1].strip().partition(" ")
        info = {name: quoted or bare for name, quoted, bare in _INFO.findall(rest)}
        line = text.count("\n", 0, match.start()) + 1
        found.append(Fence(page, line, language, info, match[2]))
    return found


def all_fences(*languages: str) -> list[Fence]:
    """Blocks of the pages that are ours to run; the SDKs' pages have tests of theirs."""
    ours = [page for page in PAGES if "packages" not in page.parts]
    found = [fence for page in ours for fence in fences(page)]
    return [one for one in found if not languages or one.language in languages]


def block(page: str, language: str) -> str:
    """The first block of that language on a page."""
    return next(f.code for f in fences(ROOT / page) if f.language == language)


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Ids of headings, as they are made where the repository is shown."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(prose(page))
    }


def prose(page: Path) -> str:
    """The text without its blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))
