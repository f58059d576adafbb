"""Every Python example of the README runs, against the test provider."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import gatelodge_app
from gatelodge_app import MemoryVault, errors

README = Path(__file__).parents[2] / "packages/app/README.md"
TEXT = README.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(op, visitor, monkeypatch, capsys, number):
    vault = MemoryVault()
    monkeypatch.setattr("gatelodge_app.app.SystemBrowser", lambda: visitor)
    monkeypatch.setattr("gatelodge_app.app.SystemVault", lambda: vault)
    monkeypatch.setattr(sys, "argv", ["timesheets"])
    code = EXAMPLES[number].replace("https://login.example.com/", op.issuer)
    code = code.replace("https://api.example.com/timesheets", f"{op.base}/api")
    code = code.replace("https://api.example.com", op.base)
    exec(compile(code, f"README example {number}", "exec"), {"__name__": "example"})  # noqa: S102 - our own README
    visitor.rest()
    needs_browser = "sign_in(" in code
    assert bool(visitor.urls) is needs_browser
    if "/api" in code:
        assert "{'ok': True}" in capsys.readouterr().out


def test_there_are_examples():
    assert len(EXAMPLES) >= 8


def test_every_error_a_person_may_meet_is_explained():
    explained = TEXT.partition("## When it does not")[2].partition("\n## ")[0]
    for name in gatelodge_app.__all__:
        kind = getattr(errors, name, None)
        leaf = isinstance(kind, type) and not kind.__subclasses__()
        if leaf and issubclass(kind, errors.AppError):
            assert f"`{name}`" in explained, name


def test_every_option_is_named():
    named = TEXT.partition("## Options")[2]
    for option in gatelodge_app.app.Options.__annotations__:
        assert f"`{option}`" in named
