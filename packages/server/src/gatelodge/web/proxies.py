"""Who is really calling: forwarding headers count from configured proxies only.

Security defaults 29: an address list, empty unless configured.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read the configured CIDR list; raises ``ValueError`` on nonsense."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def client_ip(peer: str, forwarded_for: str | None, trusted: Sequence[Network]) -> str:
    """The nearest address that is not a trusted proxy's, read from the right."""
    if not trusted or not _within(peer, trusted):
        return peer
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    nearest = peer
    for hop in reversed(hops):
        if _address(hop) is None:
            break
        nearest = hop
        if not _within(hop, trusted):
            break
    return nearest


def from_proxy(peer: str, trusted: Sequence[Network]) -> bool:
    """Whether the peer may speak for others."""
    return bool(trusted) and _within(peer, trusted)


def _within(text: str, trusted: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
