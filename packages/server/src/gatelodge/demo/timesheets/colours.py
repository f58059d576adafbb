"""The desktop app's colours by day and by night, and which of them the person wants."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Wish: TypeAlias = Literal["auto", "light", "dark"]
WISHES: Final[tuple[Wish, ...]] = ("auto", "light", "dark")
_PATIENCE: Final = 1.0  # seconds for the system's own tool
_WINDOWS_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """One set; the hosted pages use the same."""

    ground: str
    card: str
    ink: str
    soft: str
    line: str
    edge: str
    accent: str
    accent_down: str
    accent_soft: str
    on_accent: str
    wrong: str
    good: str
    pale: str


LIGHT: Final = Colours(
    ground="#f6f5f2",
    card="#ffffff",
    ink="#23221f",
    soft="#66635c",
    line="#e4e1da",
    edge="#b9b5ac",
    accent="#3a5bc7",
    accent_down="#2f4ba8",
    accent_soft="#e9edf9",
    on_accent="#ffffff",
    wrong="#b3261e",
    good="#2c6e49",
    pale="#b9b5ac",
)
DARK: Final = Colours(
    ground="#191817",
    card="#242321",
    ink="#efede8",
    soft="#b0aca3",
    line="#3a3834",
    edge="#5c5953",
    accent="#8aa0ee",
    accent_down="#a4b5f3",
    accent_soft="#32364a",
    on_accent="#191817",
    wrong="#ffb4ab",
    good="#8fd3ab",
    pale="#6f6b64",
)


def chosen(wish: Wish) -> Colours:
    """The colours for a wish; ``auto`` asks the system."""
    dark = wish == "dark" or (wish == "auto" and _system_is_dark())
    return DARK if dark else LIGHT


def _system_is_dark() -> bool:
    """What the person has set for all their programs; day where nobody says."""
    if sys.platform == "win32":
        return _windows_is_dark()
    if sys.platform == "darwin":
        return _said("defaults", "read", "-g", "AppleInterfaceStyle") == "Dark"
    if "dark" in os.environ.get("GTK_THEME", "").lower():
        return True
    scheme = ("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
    return "dark" in _said(*scheme)


def _windows_is_dark() -> bool:
    if sys.platform != "win32":
        return False
    import winreg  # noqa: PLC0415 - there is none elsewhere

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS_KEY) as key:
            return winreg.QueryValueEx(key, "AppsUseLightTheme")[0] == 0
    except OSError:
        return False


def _said(*command: str) -> str:
    """What a tool of the system says; nothing where it is missing or slow."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
