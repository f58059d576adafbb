"""System packages on Debian and its kin: installed as root, otherwise named."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable

from scripts.places import say

# Another apt-get may be at work: wait for it instead of giving up.
_PATIENCE = ("-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=3")


def can_install() -> bool:
    """Are we root on a system that has apt-get?"""
    return has_apt() and hasattr(os, "geteuid") and os.geteuid() == 0


def has_apt() -> bool:
    """Is this Debian or one of its kin?"""
    return shutil.which("apt-get") is not None and shutil.which("dpkg") is not None


def install(packages: Iterable[str]) -> bool:
    """Install ``packages``; False when apt-get refused."""
    names = tuple(packages)
    say(f"Installing with apt-get: {' '.join(names)}")
    if not _updated():
        return False
    return _apt("install", "--yes", "--no-install-recommends", *names)


def remedy(packages: Iterable[str]) -> str:
    """The command a person would type."""
    names = " ".join(packages)
    return f"sudo apt-get install --no-install-recommends {names}"


@functools.cache
def _updated() -> bool:
    return _apt("update")


def _apt(*arguments: str) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-qq", *_PATIENCE, *arguments],
        env=quiet,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
    return done.returncode == 0
