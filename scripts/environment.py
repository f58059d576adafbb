"""The virtual environment, filled from the lock files and from nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts import debian
from scripts.places import (
    BIN,
    DISTRIBUTIONS,
    PYTHON,
    REQUIREMENTS,
    ROOT,
    VENV,
    manifests,
    say,
)

STAGES: Final = ("demo", "dev")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two ``make`` at once take turns."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    (ROOT / ".build").mkdir(exist_ok=True)
    with (ROOT / ".build" / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def provide(stage: str) -> bool:
    """Have the environment hold the lock of ``stage``; False when it cannot be made."""
    wanted = digest(stage)
    if _stamped(stage, wanted):
        return True
    if not _usable() and not _create():
        return False
    lock = REQUIREMENTS / f"{stage}.txt"
    say(f"Installing the locked packages of requirements/{lock.name}")
    # The lock is complete: pip has nothing to resolve.
    if not _pip("--require-hashes", "--no-deps", "--requirement", str(lock)):
        return False
    say("Installing gatelodge-guard, gatelodge-app and gatelodge from this clone")
    if not _pip("--no-deps", "--no-build-isolation", *_editables()):
        return False
    _stamp(stage).write_text(wanted)
    return True


def digest(stage: str) -> str:
    """What the environment is made of; another digest means set it up again."""
    # The root is part of it: an editable install points to the folder it was made in.
    seen = hashlib.sha256(f"{ROOT}\n{sys.version_info[:2]}\n".encode())
    for file in (REQUIREMENTS / f"{stage}.txt", *manifests()):
        seen.update(file.read_bytes())
    return seen.hexdigest()


def _stamp(stage: str) -> Path:
    return VENV / f"{stage}.stamp"


def _stamped(stage: str, wanted: str) -> bool:
    # What tests contains what runs: a tested clone needs no second step for its demo.
    for known in (stage, "dev"):
        expected = wanted if known == stage else digest(known)
        stamp = _stamp(known)
        if PYTHON.exists() and stamp.exists() and stamp.read_text() == expected:
            return True
    return False


def _usable() -> bool:
    if not PYTHON.exists():
        return False
    asked = "import sys, pip; print(sys.version_info[:2] >= (3, 11))"
    answer = subprocess.run(
        [str(PYTHON), "-c", asked], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() == "True"


def _create() -> bool:
    if importlib.util.find_spec("ensurepip") is None and not _install_venv():
        return False
    say(f"Creating .venv with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    return made.returncode == 0


def _install_venv() -> bool:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    say(f"This Python cannot make virtual environments: {package} is missing")
    if debian.can_install() and debian.install(("python3-venv", package)):
        return True
    print(f"Install it ({debian.remedy(('python3-venv',))}) and try again.")
    return False


def _editables() -> list[str]:
    pairs = [("--editable", str(ROOT / "packages" / name)) for name in DISTRIBUTIONS]
    return [word for pair in pairs for word in pair]


def _pip(*arguments: str) -> bool:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input"]
    # The build backend looks for its own command on the path.
    path = os.pathsep.join((str(BIN), os.environ.get("PATH", "")))
    settings = {**os.environ, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    settings |= {"PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run([*command, *arguments], cwd=ROOT, env=settings, check=False)
    return done.returncode == 0
