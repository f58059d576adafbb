"""What is committed speaks of the project alone: no machine, no registry's address."""

from __future__ import annotations

import re

from tests.house.sources import ROOT, texts
from tests.house.verdict import nothing

# Written in pieces, so that this file does not hold what it forbids.
HOSTS = re.compile(
    r"(pypi|crates|proxy[.]golang)[.](org|io)|(python)hosted|(registry[.])(npm|yarn)"
    r"|(npm)mirror|(deb[.])debian|(js)delivr|(un)pkg[.]com"
)
MACHINE = re.compile(r"(?<![\w.])/(work|root)/\w|/(home|Users)/\w+/|C:\\\\Users")
URL = re.compile(r"[a-z+]+://|\bfile:|@ |--index-url|--find-links")


def test_no_registry_is_named():
    nothing(name for name, text in texts() if HOSTS.search(text))


def test_no_path_of_a_machine_is_named():
    found = [
        f"{name}: {match[0]}"
        for name, text in texts()
        if (match := MACHINE.search(text))
    ]
    nothing(found)


def test_python_locks_hold_names_versions_and_hashes_alone():
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert [lock.name for lock in locks] == ["demo.txt", "dev.txt"]
    for lock in locks:
        assert not URL.search(lock.read_text()), lock.name


def test_npm_locks_hold_no_address():
    locks = [
        (name, text) for name, text in texts() if name.endswith("package-lock.json")
    ]
    nothing(name for name, text in locks if '"resolved"' in text)
    nothing(name for name, text in locks if '"integrity"' not in text)


def test_text_ends_with_one_line_end():
    odd = [
        name
        for name, text in texts()
        if text and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text)
    ]
    nothing(odd)
