"""What no Python package brings: a database, a browser, Node.js, a display."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts import debian
from scripts.places import say


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something of the system that a part of the tests or of the demo needs."""

    name: str
    serves: str
    present: Callable[[], bool]
    packages: tuple[str, ...]
    homebrew: str


def provide(stage: str) -> None:
    """Install what ``stage`` lacks where we may, otherwise say what it is."""
    lacking = [part for part in _needed(stage) if not part.present()]
    if not lacking:
        return
    names = dict.fromkeys(name for part in lacking for name in part.packages)
    if names and debian.can_install():
        debian.install(names)
        importlib.invalidate_caches()
    for part in lacking:
        if not part.present():
            say(f"Missing: {part.name}, {part.serves}. To get it: {_remedy(part)}")


def _needed(stage: str) -> tuple[Part, ...]:
    if stage == "dev":
        return PARTS
    # The demo does without a window where there is no display to show it on.
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return (WINDOW,) if display else ()


def _remedy(part: Part) -> str:
    if part is WINDOW and not _SYSTEM_PYTHON:
        return "use a Python that was built with Tk"
    if debian.has_apt():
        return debian.remedy(part.packages)
    if platform.system() == "Darwin":
        return f"brew install {part.homebrew}"
    return f"install {part.name} with your system's package manager"


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def _postgres() -> bool:
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return shutil.which("initdb") is not None or any(installed)


def _fonts() -> bool:
    folders = (Path("/usr/share/fonts"), Path("/Library/Fonts"))
    return platform.system() != "Linux" or any(
        next(folder.rglob("*.ttf"), None) for folder in folders
    )


def _tk() -> bool:
    return importlib.util.find_spec("_tkinter") is not None


SIMPLESAMLPHP: Final = Path("/usr/share/simplesamlphp")
# A system package adds Tk to the system's own Python only.
_SYSTEM_PYTHON: Final = sys.base_prefix == "/usr"
WINDOW: Final = Part(
    name=f"tkinter for Python {sys.version_info[0]}.{sys.version_info[1]}",
    serves="for the demo's window",
    present=_tk,
    packages=("python3-tk",) if _SYSTEM_PYTHON else (),
    homebrew="python-tk",
)
PARTS: Final = (
    Part(
        name="PostgreSQL",
        serves="for the storage tests on a server",
        present=_postgres,
        packages=("postgresql",),
        homebrew="postgresql",
    ),
    Part(
        name="Chromium",
        serves="for the tests of the pages",
        present=_command("chromium", "chromium-browser", "google-chrome"),
        packages=("chromium",),
        homebrew="chromium",
    ),
    Part(
        name="fonts",
        serves="for the pictures of the pages",
        present=_fonts,
        packages=("fonts-dejavu-core", "fonts-liberation"),
        homebrew="font-dejavu",
    ),
    Part(
        name="Node.js",
        serves="for the clients in JavaScript",
        present=_command("node"),
        packages=("nodejs",),
        homebrew="node",
    ),
    Part(
        name="npm",
        serves="for the clients in JavaScript",
        present=_command("npm"),
        packages=("npm",),
        homebrew="node",
    ),
    Part(
        name="Xvfb",
        serves="for the tests of the demo's window",
        present=_command("Xvfb"),
        packages=("xvfb",),
        homebrew="xquartz",
    ),
    Part(
        name="SimpleSAMLphp",
        serves="for the tests with an identity provider of others",
        present=lambda: SIMPLESAMLPHP.is_dir() and shutil.which("php") is not None,
        packages=("simplesamlphp", "php-cli", "php-xml", "php-mbstring"),
        homebrew="php",
    ),
    WINDOW,
)
