"""Setting a clone up: what is missing is installed or named, and nothing twice."""

from __future__ import annotations

import dataclasses
import subprocess

import pytest

from scripts import bootstrap, debian, environment, node, system
from tests.house.sources import ROOT

ABSENT = dataclasses.replace(
    system.PARTS[0], name="Oracle bones", present=lambda: False, packages=("bones",)
)


@pytest.fixture
def lacking(monkeypatch):
    monkeypatch.setattr(system, "PARTS", (ABSENT,))


def test_what_is_missing_is_named_with_its_remedy(lacking, monkeypatch, capsys):
    monkeypatch.setattr(debian, "has_apt", lambda: True)
    monkeypatch.setattr(debian, "can_install", lambda: False)
    system.provide("dev")
    said = capsys.readouterr().out
    assert "Missing: Oracle bones" in said
    assert "sudo apt-get install --no-install-recommends bones" in said


def test_root_on_debian_installs_what_is_missing_and_says_so(
    lacking, monkeypatch, capsys
):
    called = []

    def run(command, **_options):
        called.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(subprocess, "run", run)
    debian._updated.cache_clear()
    system.provide("dev")
    debian._updated.cache_clear()
    assert [command[-1] for command in called] == ["update", "bones"]
    assert "Installing with apt-get: bones" in capsys.readouterr().out


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch, capsys):
    there = dataclasses.replace(ABSENT, present=lambda: True)
    monkeypatch.setattr(system, "PARTS", (there,))
    monkeypatch.setattr(debian, "install", pytest.fail)
    system.provide("dev")
    assert capsys.readouterr().out == ""


def test_the_demo_needs_a_window_only_with_a_display(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert system._needed("demo") == ()
    monkeypatch.setenv("DISPLAY", ":0")
    assert system._needed("demo") == (system.WINDOW,)


def test_without_venv_the_missing_package_is_named(monkeypatch, capsys):
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(debian, "can_install", lambda: False)
    assert environment._create() is False
    assert "python3-venv" in capsys.readouterr().out


def test_an_old_python_is_told_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 1))
    assert bootstrap.main(["dev"]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_an_unknown_stage_is_refused(capsys):
    assert bootstrap.main(["production"]) == 2
    assert "demo or dev" in capsys.readouterr().err


def test_a_changed_lock_asks_for_a_new_setup(monkeypatch, tmp_path):
    for lock in ("demo.txt", "dev.txt"):
        (tmp_path / lock).write_text("one==1\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path)
    before = environment.digest("dev")
    assert environment.digest("dev") == before
    (tmp_path / "dev.txt").write_text("one==2\n")
    assert environment.digest("dev") != before


def test_npm_installs_once_for_each_lock(monkeypatch, tmp_path):
    (tmp_path / "tests/interop/node_modules").mkdir(parents=True)
    lock = tmp_path / "tests/interop/package-lock.json"
    lock.write_text("{}")
    called = []

    def run(command, **_options):
        called.append(command[1:3])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(node, "ROOT", tmp_path)
    monkeypatch.setattr(node.shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", run)
    node.provide()
    node.provide()
    assert called == [["ci", "--ignore-scripts"]]
    lock.write_text('{"changed": true}')
    node.provide()
    assert len(called) == 2


def test_npm_is_told_the_same_by_its_own_settings():
    settings = (ROOT / "tests" / "interop" / ".npmrc").read_text().splitlines()
    assert "ignore-scripts=true" in settings
    assert "omit-lockfile-registry-resolved=true" in settings
