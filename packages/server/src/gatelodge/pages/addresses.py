"""Which addresses a page may link to; all others are left out (security 43)."""

from __future__ import annotations

import re
from typing import Final

from gatelodge.base import urls
from gatelodge.base.errors import Mistake

_PATH: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_WEB: Final = frozenset({"http", "https", "mailto"})
_IN_TEXT: Final = re.compile(r"(?<![\w:])https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def web_link(url: object) -> str:
    """The address when it is http(s), mailto or a path of ours, else empty."""
    return _link(url, own_schemes=False)


def app_link(url: object) -> str:
    """As :func:`web_link`, and an app's own scheme too (RFC 8252 §7.1)."""
    return _link(url, own_schemes=True)


def reachable(url: object) -> bool:
    """Whether :func:`app_link` would link to it."""
    return app_link(url) != ""


def picture(url: object) -> str:
    """A path of our own origin, else empty: the policy would not load it anyway."""
    return url if isinstance(url, str) and _PATH.fullmatch(url) else ""


def needed(url: object) -> str:
    """An address that must be there, or the page is a dead end; raises ``Mistake``."""
    found = web_link(url)
    if not found or found.startswith("mailto:"):
        raise Mistake(
            "an address that must be there is neither http(s) nor a path of ours"
        )
    return found


def pieces(text: str) -> list[tuple[str, str]]:
    """Cut plain text into (words, link) pairs, link empty where there is none."""
    found: list[tuple[str, str]] = []
    end = 0
    for match in _IN_TEXT.finditer(text):
        found += [(text[end : match.start()], ""), (match[0], web_link(match[0]))]
        end = match.end()
    return [*found, (text[end:], "")]


def _link(url: object, *, own_schemes: bool) -> str:
    if not isinstance(url, str):
        return ""
    if _PATH.fullmatch(url):
        return url
    parts = urls.parse(url)
    if parts is None:
        return ""
    allowed = parts.scheme in _WEB or (
        own_schemes and urls.is_private_use_scheme(parts)
    )
    return url if allowed else ""
