"""Where things are in this project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENTS: Final = ROOT / "requirements"
VENV: Final = ROOT / ".venv"
BIN: Final = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON: Final = BIN / ("python.exe" if os.name == "nt" else "python")

# In the order in which they depend on each other.
DISTRIBUTIONS: Final = ("guard", "app", "server")


def tool(name: str) -> str:
    """The command ``name`` of the project's own environment."""
    return str(BIN / name)


def manifests() -> tuple[Path, ...]:
    """The ``pyproject.toml`` of each distribution."""
    return tuple(ROOT / "packages" / name / "pyproject.toml" for name in DISTRIBUTIONS)


def say(line: str) -> None:
    """Tell what is being done, at once."""
    print(f"» {line}", flush=True)
