"""The verbs of ``make``, and what stands behind them."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from scripts import clean, lock, new_adr, verbs
from tests.house.sources import ROOT

VERBS = {
    "help", "setup", "demo", "test", "check", "serve", "e2e", "interop", "bench",
    "docs", "drills", "lock", "new-adr", "fmt", "clean",
}  # fmt: skip


@pytest.fixture(scope="module")
def makefile() -> str:
    return (ROOT / "Makefile").read_text()


def test_every_verb_is_in_the_help(makefile):
    assert set(verbs.verbs(makefile)) == VERBS


def test_make_alone_prints_the_help():
    make = shutil.which("make")
    done = subprocess.run([make], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f"make {verb} " in done.stdout for verb in VERBS)


def test_ci_runs_the_tests_with_nothing_skipped():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert {"set -eu", "export CI=true", "exec make test"} <= set(
        script.read_text().splitlines()
    )


def test_scripts_need_the_standard_library_alone():
    code = (
        "import sys, scripts.bootstrap, scripts.environment, scripts.node\n"
        "import scripts.system, scripts.verbs, scripts.new_adr, scripts.clean\n"
        "print('site' in sys.modules)"
    )
    python = shutil.which("python3")
    done = subprocess.run(
        [python, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_a_decision_record_gets_the_next_number(tmp_path):
    first = new_adr.create(tmp_path, "Rows, not documents")
    second = new_adr.create(tmp_path, "Writes as values!")
    assert [first.name, second.name] == [
        "0001-rows-not-documents.md",
        "0002-writes-as-values.md",
    ]
    assert second.read_text().startswith("# 2. Writes as values!\n")


def test_clean_leaves_the_environment_and_data(tmp_path):
    for name in (".venv/__pycache__", "a/__pycache__", "gatelodge-data/x", ".build"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".coverage.1").touch()
    names = [path.relative_to(tmp_path).as_posix() for path in clean.made(tmp_path)]
    assert sorted(names) == [".build", ".coverage.1", "a/__pycache__"]


def test_locks_take_dependencies_from_the_manifests_and_leave_ours_out():
    found = lock.requirements(("demo",))
    assert any(line.startswith("starlette") for line in found)
    # gatelodge[demo] asks for gatelodge-guard[fastapi]: what that asks for is there.
    assert any(line.startswith("fastapi") for line in found)
    assert not any(line.startswith("gatelodge") for line in found)
