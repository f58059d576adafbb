"""Who we are to an authenticator, and whose screens we believe (WebAuthn L3 §5.1.2).

An authenticator signs for a domain, the *RP id*; the browser or the phone adds the
*origin* on whose screen it was asked. Both must be ours, or the client's own.
"""

from __future__ import annotations

import binascii
import ipaddress
from typing import Final

import msgspec

from gatelodge.base.encoding import b64url
from gatelodge.base.urls import origin_of, parse
from gatelodge.model.client import Client
from gatelodge.model.settings import Settings

_FINGERPRINT_BYTES: Final = 32


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True):
    """The domain keys are made for, what people are told, and exact origins."""

    id: str
    name: str
    origins: frozenset[str]


def relying_party(
    issuer: str, settings: Settings, *, client: Client | None = None
) -> RelyingParty | None:
    """Who we are at this issuer; None where it is an address, not a name.

    With ``client`` the screens of that client's own apps are believed too: its Android
    signing keys, its iOS app, its web origins within the domain. Nobody else's are.
    """
    parts = parse(issuer)
    host = parts.hostname if parts else None
    if parts is None or host is None or _is_address(host):
        return None
    rp_id = _widened(host, settings.passkey_rp_id)
    own = {origin_of(parts)}
    if client is not None:
        own |= _apps(client, rp_id)
    return RelyingParty(id=rp_id, name=settings.friendly_name, origins=frozenset(own))


def covers(domain: str, issuer: str) -> bool:
    """Whether keys for ``domain`` work on this issuer's pages (WebAuthn L3 §5.1.2).

    It is the issuer's host, or a parent domain of it. What browsers hold for nobody's
    own (``co.uk``) they refuse themselves.
    """
    parts = parse(issuer)
    host = parts.hostname if parts else None
    if host is None or _is_address(host):
        return False
    return _within(host, domain)


def android_origin(fingerprint: str) -> str | None:
    """How Android names an app by its signing key (SHA-256, in hexadecimal)."""
    try:
        raw = binascii.unhexlify(fingerprint.replace(":", ""))
    except ValueError:
        return None
    if len(raw) != _FINGERPRINT_BYTES:
        return None
    return f"android:apk-key-hash:{b64url(raw)}"


def _widened(host: str, wanted: str | None) -> str:
    """The parent domain that is set, where it is one of this host's."""
    if wanted is None or "." not in wanted or not _within(host, wanted):
        return host
    return wanted


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _apps(client: Client, rp_id: str) -> set[str]:
    options = client.options
    prints = options.android.fingerprints if options.android else ()
    found = {origin for text in prints if (origin := android_origin(text))}
    if options.ios is not None:
        # iOS checks the app against our association file and names the domain.
        found.add(f"https://{rp_id}")
    return found | {origin for origin in client.origins if _web(origin, rp_id)}


def _web(origin: str, rp_id: str) -> bool:
    parts = parse(origin)
    host = parts.hostname if parts else None
    if parts is None or host is None or parts.scheme not in ("http", "https"):
        return False
    return origin == origin_of(parts) and _within(host, rp_id)
