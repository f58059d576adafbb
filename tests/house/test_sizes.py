"""Files and functions stay small enough to be read; names say what a thing is."""

from __future__ import annotations

import re

from tests.house.sources import everything, functions, packages, texts
from tests.house.verdict import nothing

FILE_LINES = 400
FUNCTION_LINES = 40
FORBIDDEN = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?)(_|$)")
# Tables and prose are read by lookup, not from top to bottom.
LONG = re.compile(
    r"(^requirements/|^docs/|^LICENSE$|\.md$|package-lock\.json$|\.toml$)"
)


def test_no_file_is_longer_than_400_lines():
    found = [
        f"{name} has {lines} lines"
        for name, text in texts()
        if (lines := text.count("\n")) > FILE_LINES and not LONG.search(name)
    ]
    nothing(found)


def test_no_function_is_longer_than_40_lines():
    found = [
        f"{source.place(node)} {node.name} has {lines} lines"
        for source in everything()
        for node in functions(source.tree)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ]
    nothing(found)


def test_no_name_hides_what_a_module_is():
    found = [
        source.name
        for source in everything()
        if any(FORBIDDEN.search(part) for part in _words(source.name))
    ]
    nothing(found)


def test_no_class_is_a_manager():
    pattern = re.compile(r"^class \w*(Manager|Helper|Utils?)\b", re.MULTILINE)
    nothing(s.name for s in packages() if pattern.search(s.text))


def _words(name: str) -> list[str]:
    return [part.removesuffix(".py").lower() for part in name.split("/")]
