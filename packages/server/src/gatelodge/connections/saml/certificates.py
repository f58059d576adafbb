"""Certificates that an administrator or metadata pinned, never one from a message."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_ARMOUR: Final = re.compile(r"-----(BEGIN|END) CERTIFICATE-----")
_LEAST_RSA_BITS: Final = 2048


class BadCertificate(ValueError):
    """No X.509 certificate, or one whose key is not worth trusting."""


def normal(text: str) -> str:
    """A certificate as base64 of its DER, from PEM, bare base64 or base64 of PEM.

    Raises:
        BadCertificate: it is none, or its key is too weak.
    """
    body = text.strip()
    if not _ARMOUR.search(body):
        inner = _decoded(body)
        if inner.startswith(b"-----BEGIN"):
            body = inner.decode("ascii", "replace")
    der = _decoded(_ARMOUR.sub("", body))
    encoded = base64.b64encode(der).decode()
    load(encoded)
    return encoded


def load(encoded: str) -> x509.Certificate:
    """The certificate behind the form ``normal`` gives.

    Raises:
        BadCertificate: it is none, or its key is too weak.
    """
    try:
        found = x509.load_der_x509_certificate(base64.b64decode(encoded))
        key = found.public_key()
    except (ValueError, TypeError) as error:
        raise BadCertificate("no X.509 certificate") from error
    strong = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _LEAST_RSA_BITS
    curve = isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256  # noqa: PLR2004 - bits
    if not (strong or curve):
        raise BadCertificate("the key is neither RSA of 2048 bits nor on a curve")
    return found


def ends_at(encoded: str) -> int:
    """When the certificate expires, in milliseconds."""
    return int(load(encoded).not_valid_after_utc.timestamp() * 1000)


def holds_at(encoded: str, now: int) -> bool:
    """Whether it is valid at this moment, in milliseconds."""
    begins = int(load(encoded).not_valid_before_utc.timestamp() * 1000)
    return begins <= now <= ends_at(encoded)


def fingerprint(encoded: str) -> str:
    """SHA-256 in hexadecimal, as consoles show it."""
    return load(encoded).fingerprint(hashes.SHA256()).hex()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadCertificate("neither PEM nor base64") from error
