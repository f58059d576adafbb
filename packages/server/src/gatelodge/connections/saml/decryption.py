"""Encrypted assertions (SAML Core §2.3.4, XML Encryption 1.1).

A content key is carried by RSA-OAEP; PKCS #1 v1.5 would let a stranger ask us about
any ciphertext. Content is AES-GCM, which proves itself. AES-CBC does not, so it is
opened only within a response whose signature has been checked: then nobody but the
provider chose the ciphertext, and there is nothing to be asked.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from gatelodge.connections.saml import names
from gatelodge.connections.saml.document import (
    SamlRefusal,
    children,
    only,
    parse,
    text_of,
)

_GCM: Final = {
    f"{names.ENCRYPTION_11}aes128-gcm": 16,
    f"{names.ENCRYPTION_11}aes192-gcm": 24,
    f"{names.ENCRYPTION_11}aes256-gcm": 32,
}
_CBC: Final = {
    f"{names.ENCRYPTION}aes128-cbc": 16,
    f"{names.ENCRYPTION}aes192-cbc": 24,
    f"{names.ENCRYPTION}aes256-cbc": 32,
}
_OAEP: Final = frozenset(
    {f"{names.ENCRYPTION}rsa-oaep-mgf1p", f"{names.ENCRYPTION_11}rsa-oaep"}
)
_DIGESTS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "": hashes.SHA1,  # the standard's default; OAEP needs no collision resistance
    f"{names.SIGNATURE}sha1": hashes.SHA1,
    f"{names.ENCRYPTION}sha256": hashes.SHA256,
    f"{names.ENCRYPTION}sha512": hashes.SHA512,
}
_MGFS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "": hashes.SHA1,
    f"{names.ENCRYPTION_11}mgf1sha1": hashes.SHA1,
    f"{names.ENCRYPTION_11}mgf1sha256": hashes.SHA256,
    f"{names.ENCRYPTION_11}mgf1sha512": hashes.SHA512,
}
_GCM_NONCE: Final = 12
_BLOCK: Final = 16
_MOST_KEYS: Final = 4


def opened(
    encrypted: etree._Element, keys: Sequence[rsa.RSAPrivateKey], *, authentic: bool
) -> etree._Element:
    """The element within ``saml:EncryptedAssertion``.

    ``authentic`` says that a signature around the ciphertext has been checked.

    Raises:
        SamlRefusal: not for our keys, or by means that are not safe.
    """
    data = only(encrypted, "xenc:EncryptedData")
    if data is None:
        raise SamlRefusal("nothing is encrypted", rule="SAML-encryption")
    method = _algorithm(data, "xenc:EncryptionMethod")
    if method not in _GCM and not (authentic and method in _CBC):
        unfit = "AES-CBC without a signed response" if method in _CBC else method[:100]
        raise SamlRefusal(f"encrypted by {unfit}", rule="SAML-encryption-method")
    content = _base64(only(data, "xenc:CipherData/xenc:CipherValue"))
    for carrier in _carriers(encrypted, data):
        for key in keys:
            plain = _content(method, _content_key(carrier, key), content)
            if plain is not None:
                return parse(plain)
    # One text for every reason: no answer of ours tells ciphertexts apart.
    raise SamlRefusal("it does not open with our keys", rule="SAML-encryption")


def _carriers(encrypted: etree._Element, data: etree._Element) -> list[etree._Element]:
    """Content keys for us: within the data's own key info, or beside the data."""
    found = [
        *children(data, "ds:KeyInfo/xenc:EncryptedKey"),
        *children(encrypted, "xenc:EncryptedKey"),
    ]
    if len(found) > _MOST_KEYS:
        raise SamlRefusal("too many encrypted keys", rule="SAML-encryption")
    for carrier in found:
        method = _algorithm(carrier, "xenc:EncryptionMethod")
        if method not in _OAEP:
            text = f"its key is carried by {method[:100]}"
            raise SamlRefusal(text, rule="SAML-encryption-method")
    return found


def _content_key(carrier: etree._Element, key: rsa.RSAPrivateKey) -> bytes | None:
    digest = _DIGESTS.get(_algorithm(carrier, "xenc:EncryptionMethod/ds:DigestMethod"))
    mask = _MGFS.get(_algorithm(carrier, "xenc:EncryptionMethod/xenc11:MGF"))
    if digest is None or mask is None:
        raise SamlRefusal("another digest of OAEP", rule="SAML-encryption-method")
    sealed = _base64(only(carrier, "xenc:CipherData/xenc:CipherValue"))
    way = padding.OAEP(mgf=padding.MGF1(mask()), algorithm=digest(), label=None)
    try:
        return key.decrypt(sealed, way)
    except ValueError:
        return None


def _content(method: str, key: bytes | None, content: bytes) -> bytes | None:
    if key is None or len(key) != (_GCM.get(method) or _CBC.get(method)):
        return None
    if method in _CBC:
        return _cbc(key, content)
    try:
        return AESGCM(key).decrypt(content[:_GCM_NONCE], content[_GCM_NONCE:], None)
    except (InvalidTag, ValueError):
        return None


def _cbc(key: bytes, content: bytes) -> bytes | None:
    """Padding is ``n`` bytes of which the last says ``n`` (XML Encryption §5.2.2)."""
    if len(content) < 2 * _BLOCK or len(content) % _BLOCK:
        return None
    cipher = Cipher(algorithms.AES(key), modes.CBC(content[:_BLOCK])).decryptor()
    plain = cipher.update(content[_BLOCK:]) + cipher.finalize()
    return plain[: -plain[-1]] if 0 < plain[-1] <= _BLOCK else None


def _algorithm(element: etree._Element, path: str) -> str:
    found = only(element, path)
    return found.get("Algorithm", "") if found is not None else ""


def _base64(element: etree._Element | None) -> bytes:
    text = "".join(text_of(element).split())
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise SamlRefusal("no base64", rule="SAML-encryption") from error
