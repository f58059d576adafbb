"""The one style element of a page, and the policy that allows it by hash."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from gatelodge.pages.theme import accent_pair

_SPACE: Final = re.compile(r"/\*.*?\*/|\n\s*", re.DOTALL)


def compact(css: str) -> str:
    """Drop comments, line ends and indentation."""
    return _SPACE.sub("", css)


def themed(css: str, accent: str) -> str:
    """The style of one tenant: the sheet, then its accent for light and dark."""
    light, dark = accent_pair(accent)
    return (
        f"{css}:root{{--accent:{light};--on-accent:#fff}}"
        f"@media(prefers-color-scheme:dark){{:root{{--accent:{dark};--on-accent:#191817}}}}"
    )


def source_hash(text: str) -> str:
    """The CSP source of an element with exactly this text, unquoted (CSP3 §2.3)."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def policy(style_hash: str, script_hash: str | None) -> str:
    """The Content-Security-Policy of a page (security 40, decisions 10).

    No ``form-action``: a sign-in ends in a redirect to an app's own scheme.
    """
    script = f"script-src '{script_hash}'; " if script_hash else ""
    return (
        f"default-src 'none'; {script}style-src '{style_hash}'; "
        "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
    )
