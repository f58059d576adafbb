"""How pages look and where they link, from tenant settings (decisions 20)."""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.pages import contrast

ACCENT: Final = "#3a5bc7"
_ACCENT: Final = (58, 91, 199)
# The surfaces of styles/page.css an accent stands on, and the text that stands on it.
_LIGHT: Final = ((246, 245, 242), (255, 255, 255))
_DARK: Final = ((25, 24, 23), (36, 35, 33))


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant's look.

    Attributes:
        logo_path: a path of our own origin, None for our mark (security 43).
        accent: ``#rgb`` or ``#rrggbb``; anything else means the default.
    """

    tenant_name: str = "Gatelodge"
    logo_path: str | None = None
    accent: str = ACCENT
    privacy_url: str | None = None
    terms_url: str | None = None
    support_url: str | None = None
    support_email: str | None = None


def accent_pair(accent: str) -> tuple[str, str]:
    """The accent for light and for dark pages, both readable (WCAG 2.2 §1.4.3).

    In light pages white stands on it and it stands on paper and card; in dark pages
    the ground's colour stands on it. An accent that passes comes back as it was.
    """
    rgb = contrast.parse_hex(accent) or _ACCENT
    light = contrast.repair(rgb, _LIGHT, darker=True)
    dark = contrast.repair(rgb, _DARK, darker=False)
    return contrast.to_hex(light), contrast.to_hex(dark)
