"""Colours that can be read: contrast ratio and its repair (WCAG 2.2 §1.4.3)."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from typing import Final, TypeAlias

Rgb: TypeAlias = tuple[int, int, int]
ENOUGH: Final = 4.5
_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
_STEPS: Final = 400
_LINEAR_BELOW: Final = 0.04045


def parse_hex(colour: str) -> Rgb | None:
    """Read ``#rgb`` or ``#rrggbb``; None for anything else."""
    text = colour.strip().lower()
    if not _HEX.fullmatch(text):
        return None
    digits = text[1:]
    if len(digits) == len("rgb"):
        digits = "".join(char * 2 for char in digits)
    return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))


def to_hex(rgb: Rgb) -> str:
    """Write ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def luminance(rgb: Rgb) -> float:
    """Relative luminance, 0 for black and 1 for white."""
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Rgb, other: Rgb) -> float:
    """Contrast from 1 (same) to 21 (black on white), in either order."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(rgb: Rgb, against: Sequence[Rgb]) -> bool:
    """Whether text of this colour can be read on each of ``against``, or they on it."""
    return all(ratio(rgb, other) >= ENOUGH for other in against)


def repair(rgb: Rgb, against: Sequence[Rgb], *, darker: bool) -> Rgb:
    """Move lightness only as far as needed; hue and saturation stay.

    ``against`` is all light when ``darker``, else all dark; so the end of the way,
    black or white, is always readable.
    """
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in rgb))
    goal = 0.0 if darker else 1.0
    found = rgb
    for step in range(1, _STEPS + 1):
        if readable(found, against):
            break
        moved = light + (goal - light) * step / _STEPS
        found = _from_hls(hue, moved, saturation)
    return found


def _from_hls(hue: float, light: float, saturation: float) -> Rgb:
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return (round(red * 255), round(green * 255), round(blue * 255))


def _linear(channel: float) -> float:
    if channel <= _LINEAR_BELOW:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
