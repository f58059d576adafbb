"""A copy of the project, to be broken in one place at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.breakage.breaks import Break

ROOT = Path(__file__).parents[2]
_SOURCES = tuple(f"packages/{name}/src" for name in ("server", "app", "guard"))


class Copy:
    """The project's files elsewhere; its tests run on its own sources."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # deleted, not yet committed
                shutil.copy2(ROOT / name, target)

    @contextlib.contextmanager
    def broken(self, change: Break) -> Iterator[None]:
        """With one change made, and taken back at the end."""
        file = self._folder / change.file
        whole = file.read_text()
        file.write_text(change.broken(whole))
        try:
            yield
        finally:
            file.write_text(whole)

    def run(self, *tests: str) -> subprocess.CompletedProcess[str]:
        """Run tests of the copy; pytest's exit code 1 says that tests failed."""
        paths = os.pathsep.join(str(self._folder / source) for source in _SOURCES)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
             "-n", "0", *tests],
            cwd=self._folder,
            env={**inherited, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )  # fmt: skip
