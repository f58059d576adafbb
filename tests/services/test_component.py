"""A missing component skips a test here, and fails it on CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_INI = """
[tool.pytest.ini_options]
markers = ["browser: a", "node: b", "postgres: c"]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]
"""
LACKING = """
import pytest
from tests.services.component import missing

@pytest.fixture
def chess():
    missing("A chess board")

def test_of_chess(chess):
    pass
"""
MARKED = """
import pytest

@pytest.mark.node
@pytest.mark.skipif(True, reason="npm did not run")
def test_of_a_client():
    pass
"""
IMPORTING = """
import pytest
pytest.importorskip("no_such_module_anywhere")
"""
EXPECTED = """
import pytest

@pytest.mark.browser
@pytest.mark.xfail(reason="known", strict=True)
def test_that_fails():
    assert False
"""


@pytest.mark.parametrize("text", [LACKING, MARKED, IMPORTING])
def test_a_skip_is_a_failure_on_ci(tmp_path, text):
    assert run(tmp_path, text, ci="true").returncode in {1, 2}


@pytest.mark.parametrize("text", [LACKING, MARKED])
def test_a_skip_is_a_skip_elsewhere(tmp_path, text):
    done = run(tmp_path, text, ci="")
    assert (done.returncode, "1 skipped" in done.stdout) == (0, True)


def test_what_is_expected_to_fail_may_fail_on_ci(tmp_path):
    assert run(tmp_path, EXPECTED, ci="1").returncode == 0


def test_no_test_found_is_a_failure(tmp_path):
    assert run(tmp_path, "", ci="true").returncode == 5


def run(folder, text, *, ci):
    (folder / "pyproject.toml").write_text(_INI)
    (folder / "test_sample.py").write_text(text)
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.services.component"]')
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={
            **os.environ,
            "CI": ci,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
        },
        check=False,
    )
