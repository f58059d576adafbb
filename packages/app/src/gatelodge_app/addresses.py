"""Which addresses may carry secrets: https, or http that stays on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from .errors import InsecureAddress, printable

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_private(url: str) -> str:
    """Return ``url`` if the network cannot read along (RFC 6749 §10.3).

    Raises ``InsecureAddress`` for anything but https and loopback http, and for
    addresses that carry a user name or a fragment.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
        host.encode("idna")  # a name that no resolver takes
    except ValueError:
        raise InsecureAddress(f"Not an address: {printable(url, 80)!r}.") from None
    if not host or "@" in parts.netloc or parts.fragment or not url.isprintable():
        raise InsecureAddress(f"Not a plain address: host {printable(host, 80)!r}.")
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK):
        return url
    raise InsecureAddress(f"{parts.scheme} to {printable(host, 80)} is not private.")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address (RFC 6454 §4)."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or usual
