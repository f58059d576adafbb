"""``make clean``: remove what can be made again. The environment and data stay."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.places import ROOT, say

_MADE = (
    ".build",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "dist",
)
_KEPT = frozenset({".git", ".venv", "node_modules", "gatelodge-data"})


def made(root: Path) -> list[Path]:
    """Caches and build results below ``root``."""
    found = [root / name for name in _MADE if (root / name).exists()]
    found += sorted(root.glob(".coverage*"))
    for folder in (child for child in root.iterdir() if child.is_dir()):
        if folder.name not in _KEPT and folder not in found:
            found += [p for p in folder.rglob("__pycache__") if not _kept(p, root)]
    return found


def _kept(path: Path, root: Path) -> bool:
    return not _KEPT.isdisjoint(path.relative_to(root).parts)


if __name__ == "__main__":
    for path in made(ROOT):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    say("Removed caches and build results. To begin anew, delete .venv too.")
