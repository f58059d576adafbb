"""The issuer's one spelling: scheme, host, one trailing slash (RFC 8414 §2)."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlunsplit

from gatelodge.base.urls import parse

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LOOPBACK_NAMES: Final = frozenset({"localhost"})


def normal_issuer(text: str) -> str:
    """Lower-case host, no default port, exactly one trailing slash.

    Raises:
        ValueError: not an http(s) URL, or it has a query, fragment or user part.
    """
    parts = parse(text.strip())
    if parts is None or parts.scheme not in _DEFAULT_PORTS:
        raise ValueError(f"{text!r} is not an http or https URL without a user part")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError(f"{text!r} must not have a query or a fragment")
    path = parts.path.rstrip("/") + "/"
    return urlunsplit((parts.scheme, _netloc(parts), path, "", ""))


def is_loopback_host(host: str) -> bool:
    """Whether a host or address means this machine only."""
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _netloc(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    shown = f"[{host}]" if ":" in host else host
    port = parts.port
    if port is None or port == _DEFAULT_PORTS[parts.scheme]:
        return shown
    return f"{shown}:{port}"
