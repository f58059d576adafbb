"""demo: handed to the demo's room; what is not installed is named."""

from __future__ import annotations

import pytest

from gatelodge import demo


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), (False, None)),
        (("--stay", "--headless"), (True, True)),
        (("--window",), (False, False)),
    ],
)
def test_the_switches_reach_the_demo(office, monkeypatch, words, asked):
    seen = []
    monkeypatch.setattr(demo, "run", lambda *given: seen.append(given) or 3)
    office.says("demo", *words, code=3)
    assert seen == [asked]


def test_missing_packages_are_named(office, monkeypatch):
    def run(stay, headless):
        raise ModuleNotFoundError("No module", name="fastapi")

    monkeypatch.setattr(demo, "run", run)
    said = office.says("demo", code=1)
    assert "the demo needs fastapi: pip install 'gatelodge[demo]'" in said
