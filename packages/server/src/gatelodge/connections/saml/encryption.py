"""Encrypting an assertion for its party (SAML Core §2.3.4, XML Encryption 1.1).

The mirror of ``decryption``: a fresh content key for AES-GCM, carried by RSA-OAEP. What
it hides proves nothing of who wrote it, so the assertion is signed before.
"""

from __future__ import annotations

import base64
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from gatelodge.connections.saml import certificates, names
from gatelodge.connections.saml.certificates import BadCertificate
from gatelodge.connections.saml.document import alone
from gatelodge.model.saml import Encryption

_KEY: Final = 32
_BLOCK: Final = 16
_GCM_NONCE: Final = 12
BYTES: Final = _KEY + _BLOCK
_NAMES: Final[dict[Encryption, tuple[str, int]]] = {
    "aes256-gcm": (f"{names.ENCRYPTION_11}aes256-gcm", 32),
    "aes128-gcm": (f"{names.ENCRYPTION_11}aes128-gcm", 16),
    "aes256-cbc": (f"{names.ENCRYPTION}aes256-cbc", 32),
}


def check(certificate: str) -> None:
    """Only an RSA key can carry a content key here.

    Raises:
        BadCertificate: it holds another key.
    """
    _public_key(certificate)


def sealed(
    element: etree._Element, certificate: str, *, method: Encryption, raw: bytes
) -> etree._Element:
    """The element within ``saml:EncryptedAssertion``; ``raw`` are ``BYTES`` drawn now.

    OAEP's own randomness is the library's.

    Raises:
        BadCertificate: the certificate holds no RSA key.
    """
    uri, size = _NAMES[method]
    key, start = raw[:size], raw[_KEY:BYTES]
    seal = _cbc if method == "aes256-cbc" else _gcm
    content = seal(key, start, alone(element))
    root = etree.Element(
        names.assertion("EncryptedAssertion"),
        nsmap={
            "saml": names.ASSERTION,
            "xenc": names.ENCRYPTION,
            "ds": names.SIGNATURE,
        },
    )
    kind = f"{names.ENCRYPTION}Element"
    data = etree.SubElement(root, names.encryption("EncryptedData"), Type=kind)
    etree.SubElement(data, names.encryption("EncryptionMethod"), Algorithm=uri)
    info = etree.SubElement(data, names.signature("KeyInfo"))
    _carry(info, certificate, key)
    _value(data, content)
    return root


def _carry(info: etree._Element, certificate: str, key: bytes) -> None:
    """The content key for the holder of the certificate.

    OAEP with SHA-1, the standard's default and all that PHP's readers know: it needs
    no collision resistance.
    """
    carrier = etree.SubElement(info, names.encryption("EncryptedKey"))
    way = f"{names.ENCRYPTION}rsa-oaep-mgf1p"
    method = etree.SubElement(
        carrier, names.encryption("EncryptionMethod"), Algorithm=way
    )
    digest = f"{names.SIGNATURE}sha1"
    etree.SubElement(method, names.signature("DigestMethod"), Algorithm=digest)
    whose = etree.SubElement(carrier, names.signature("KeyInfo"))
    data = etree.SubElement(whose, names.signature("X509Data"))
    etree.SubElement(data, names.signature("X509Certificate")).text = certificate
    oaep = padding.OAEP(
        mgf=padding.MGF1(hashes.SHA1()),  # noqa: S303
        algorithm=hashes.SHA1(),  # noqa: S303
        label=None,
    )
    _value(carrier, _public_key(certificate).encrypt(key, oaep))


def _value(parent: etree._Element, content: bytes) -> None:
    data = etree.SubElement(parent, names.encryption("CipherData"))
    value = etree.SubElement(data, names.encryption("CipherValue"))
    value.text = base64.b64encode(content).decode()


def _gcm(key: bytes, start: bytes, plain: bytes) -> bytes:
    nonce = start[:_GCM_NONCE]
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _cbc(key: bytes, start: bytes, plain: bytes) -> bytes:
    """Padded by ``n`` bytes of which the last says ``n`` (XML Encryption §5.2.2)."""
    missing = _BLOCK - len(plain) % _BLOCK
    padded = plain + bytes(missing - 1) + bytes([missing])
    cipher = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return start + cipher.update(padded) + cipher.finalize()


def _public_key(certificate: str) -> rsa.RSAPublicKey:
    key = certificates.load(certificate).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise BadCertificate("encryption needs an RSA key")
    return key
