"""Imports go downstairs only; the contracts stand in ``pyproject.toml``."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.sources import ROOT, SERVER
from tests.house.verdict import nothing

# What wires the house stands outside its stairs.
OUTSIDE = {"__init__", "__main__"}


def test_the_contracts_are_kept():
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_has_its_place_on_the_stairs():
    rooms = {
        path.stem
        for path in SERVER.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    nothing(rooms - OUTSIDE - _layered())


def _layered() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    names = (name for layer in layers for name in layer.split("|"))
    return {name.strip(" ()").removeprefix("gatelodge.") for name in names}
