"""The JavaScript clients of the tests: ``npm ci`` in each folder that has a lock."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from scripts.places import ROOT, say

FOLDERS: Final = ("tests/interop", "bench")


def provide() -> None:
    """Install what the locks name; a second call with the same locks does nothing."""
    for name in FOLDERS:
        lock = ROOT / name / "package-lock.json"
        if lock.exists():
            _install(name, lock)


def _install(name: str, lock: Path) -> None:
    stamp = lock.parent / "node_modules" / ".gatelodge.stamp"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    npm = shutil.which("npm")
    if npm is None:
        say(f"Missing: npm, so the packages of {name} are not installed")
        return
    say(f"Installing the locked packages of {name}/package-lock.json")
    # No package may run a script of its own here.
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    done = subprocess.run([npm, "ci", *quiet], cwd=lock.parent, check=False)
    if done.returncode:
        say(f"npm could not install the packages of {name}")
        return
    stamp.write_text(wanted)
