"""What a browser or an app calls itself, in words a person recognises.

A small table, read from top to bottom: many browsers also name the ones they descend
from, so the descendants come first. What is not in it is "unknown", never a guess.
"""

from __future__ import annotations

from typing import Final

import msgspec

_BROWSERS: Final = (
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPad", "iPadOS"),
    ("iPhone", "iOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Darwin/", "macOS"),
    ("Linux", "Linux"),
)


class DeviceName(msgspec.Struct, frozen=True, kw_only=True):
    """What is known; both are proper names, the same in every language."""

    browser: str | None = None
    system: str | None = None


def device_name(agent: str) -> DeviceName:
    """Read a User-Agent header."""
    return DeviceName(browser=_first(agent, _BROWSERS), system=_first(agent, _SYSTEMS))


def _first(agent: str, table: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for mark, name in table if mark in agent), None)
