"""Strict reading and comparison of URLs; nothing is ever prefix-matched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, quote, urlencode, urlsplit

_BAD: Final = re.compile(r"[\x00-\x20\x7f\\<>\"{}|^`]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_USUAL_PORTS: Final = MappingProxyType({"http": 80, "https": 443})
LOOPBACK_LITERALS: Final = frozenset({"127.0.0.1", "::1"})
LOOPBACK_HOSTS: Final = LOOPBACK_LITERALS | {"localhost"}
DANGEROUS_SCHEMES: Final = frozenset(
    {"javascript", "data", "vbscript", "blob", "file", "about", "view-source"}
)


def parse(url: str) -> SplitResult | None:
    """Take an absolute URI apart; None when it is not one (RFC 3986 §4.3)."""
    if _BAD.search(url) or not _SCHEME.match(url) or not url.isascii():
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and (
        not parts.hostname or "@" in parts.netloc
    ):
        return None
    return parts


def is_loopback_literal(parts: SplitResult) -> bool:
    """``http`` on 127.0.0.1 or [::1]; the name localhost is not one (RFC 8252 §7.3)."""
    return parts.scheme == "http" and parts.hostname in LOOPBACK_LITERALS


def is_private_use_scheme(parts: SplitResult) -> bool:
    """A scheme an app made for itself (RFC 8252 §7.1)."""
    return parts.scheme not in {"http", "https"} | DANGEROUS_SCHEMES


def without_port(parts: SplitResult) -> tuple[str, str, str, str]:
    """What two loopback URIs must share when the port may differ."""
    return (parts.scheme, parts.hostname or "", parts.path, parts.query)


def add_query(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Append parameters, keeping a query that is there (RFC 6749 §3.1.2)."""
    # Text is added to text: taking the URL apart and joining it again would rewrite
    # what was registered (`com.app:///cb`, `MyApp:/cb`, `app://`).
    added = urlencode(list(pairs), quote_via=quote, safe="")
    base, mark, fragment = url.partition("#")
    if added and "?" not in base:
        added = f"?{added}"
    elif added and not base.endswith(("?", "&")):
        added = f"&{added}"
    return f"{base}{added}{mark}{fragment}"


def add_fragment(url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Answer in the fragment (OAuth 2.0 Multiple Response Types §5)."""
    fragment = urlencode(list(pairs), quote_via=quote, safe="")
    return f"{without_fragment(url)}#{fragment}"


def without_fragment(url: str) -> str:
    """The URL up to its fragment; any text will do, nothing else is changed."""
    return url.partition("#")[0]


def origin_of(parts: SplitResult) -> str:
    """Scheme, host and port as a browser writes an origin (RFC 6454 §6.2).

    The scheme's usual port is left out, as browsers do.
    """
    usual = _USUAL_PORTS.get(parts.scheme)
    netloc = parts.netloc.lower()
    if parts.port is None or parts.port == usual:
        netloc = netloc.removesuffix(f":{usual}").removesuffix(":")
    return f"{parts.scheme}://{netloc}"
