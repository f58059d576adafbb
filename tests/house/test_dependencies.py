"""What we build on: fresh enough, permitted to use, complete, and quiet on import."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scripts.places import manifests
from tests.house.sources import ROOT, imported, packages
from tests.house.verdict import nothing

# Below these a defect was found that this project would suffer from.
FLOORS = {
    "authlib": "1.9.0",
    "h11": "0.16.0",
    "jinja2": "3.1.6",
    "joserfc": "1.7.6",
    "pyjwt": "2.15.0",
    "starlette": "1.3.1",
    "python-multipart": "0.0.32",
}
BANNED = {"python-jose", "python3-saml", "pysaml2"}
PERMITTED = re.compile(
    r"apache|mit\b|bsd|isc\b|psf|python software|mpl|mozilla|unlicense|0bsd|zlib"
    r"|public domain|cc0",
    re.IGNORECASE,
)
VIRAL = re.compile(r"(?<!l)gpl|affero", re.IGNORECASE)
# The plugin runs inside pytest; the demo takes a headless browser where there is one.
FOUND = {"pytest", "playwright"}
OWN = {"gatelodge", "gatelodge-guard", "gatelodge-app"}


def test_nothing_is_older_than_its_floor():
    installed = _installed()
    old = {
        name: str(installed[name])
        for name, floor in FLOORS.items()
        if name in installed and installed[name] < Version(floor)
    }
    assert old == {}


@pytest.mark.parametrize("lock", ["demo", "dev"])
def test_the_locks_keep_the_floors(lock):
    pins = _pins(lock)
    old = {n: p for n, p in pins.items() if n in FLOORS and p < Version(FLOORS[n])}
    assert (old, BANNED & set(pins)) == ({}, set())


@pytest.mark.parametrize("lock", ["demo", "dev"])
def test_the_locks_satisfy_the_manifests(lock):
    pins = _pins(lock)
    for file in manifests():
        for line in tomllib.loads(file.read_text())["project"]["dependencies"]:
            asked = Requirement(line)
            if canonicalize_name(asked.name) not in OWN:
                assert pins[canonicalize_name(asked.name)] in asked.specifier, line


def test_both_locks_agree():
    demo, dev = _pins("demo"), _pins("dev")
    assert {name: dev.get(name) for name in demo} == demo


def test_what_runs_is_permitted_to_be_used():
    refused = {
        name: licence
        for name in sorted(set(_pins("demo")) & set(_installed()))
        if VIRAL.search(licence := _licence(name)) or not PERMITTED.search(licence)
    }
    assert refused == {}


def test_what_is_installed_fits_together():
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["server", "app", "guard"])
def test_what_a_package_imports_it_asks_for(name):
    manifest = tomllib.loads((ROOT / f"packages/{name}/pyproject.toml").read_text())
    project = manifest["project"]
    extras = project.get("optional-dependencies", {}).values()
    asked = {
        canonicalize_name(Requirement(line).name)
        for line in (
            *project["dependencies"],
            *(line for one in extras for line in one),
        )
    }
    made_by = importlib.metadata.packages_distributions()
    nothing(
        f"{root} in {source.name}"
        for source in packages()
        if source.name.startswith(f"packages/{name}/")
        for _, module in imported(source.tree)
        if (root := module.partition(".")[0]) in made_by
        and root != source.path.relative_to(ROOT).parts[3]
        and not (asked | FOUND) & {canonicalize_name(one) for one in made_by[root]}
    )


@pytest.mark.parametrize("package", ["gatelodge", "gatelodge_guard", "gatelodge_app"])
def test_import_warns_of_nothing_and_says_nothing(package):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import {package}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def _installed() -> dict[str, Version]:
    found = importlib.metadata.distributions()
    return {canonicalize_name(d.name): Version(d.version) for d in found}


def _pins(lock: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    found = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def _licence(name: str) -> str:
    about = importlib.metadata.metadata(name)
    kinds = [c for c in about.get_all("Classifier", []) if c.startswith("License")]
    stated = about.get("License-Expression") or (about.get("License") or "")[:200]
    return " ".join((stated, *kinds))
