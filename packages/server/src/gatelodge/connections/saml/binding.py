"""How messages travel: compressed in a query, or as a form (SAML Bindings §3.4, 3.5).

In a query the signature is over the query's own octets, as they came: they are never
decoded and encoded again before it is checked.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote, unquote_plus

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from gatelodge.connections.saml import certificates, names
from gatelodge.connections.saml.document import LARGEST, SamlRefusal

Kind: TypeAlias = Literal["SAMLRequest", "SAMLResponse"]
_DEFLATE: Final = -15
_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_PREFIX: Final = "http://www.w3.org/2001/04/xmldsig-more#"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it came; ``query`` is the raw query where it came in one."""

    kind: Kind
    raw: bytes
    relay_state: str = ""
    query: str | None = None


def redirect_url(
    endpoint: str,
    kind: Kind,
    raw: bytes,
    *,
    relay_state: str = "",
    key: rsa.RSAPrivateKey | None = None,
) -> str:
    """The address that carries a message; signed where there is a ``key``."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _DEFLATE)
    packed = base64.b64encode(packer.compress(raw) + packer.flush()).decode()
    pairs: list[tuple[str, str]] = [(kind, packed)]
    if relay_state:
        pairs.append(("RelayState", relay_state))
    if key is not None:
        pairs.append(("SigAlg", names.RSA_SHA256))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    if key is not None:
        made = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
        query += f"&Signature={quote(base64.b64encode(made).decode(), safe='')}"
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def posted(raw: bytes) -> str:
    """A message as a form field."""
    return base64.b64encode(raw).decode()


def from_form(text: str) -> bytes:
    """The document in a form field.

    Raises:
        SamlRefusal: it is too large or no base64.
    """
    if len(text) > 2 * LARGEST:
        raise SamlRefusal("the document is too large", rule="SAML-xml-size")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise SamlRefusal("the message is no base64", rule="SAML-binding") from error


def from_query(text: str) -> bytes:
    """The document in a query; it grows no further than documents may.

    Raises:
        SamlRefusal: too large, no base64, not compressed.
    """
    packed = from_form(text)
    unpacker = zlib.decompressobj(_DEFLATE)
    try:
        raw = unpacker.decompress(packed, LARGEST + 1)
    except zlib.error as error:
        raise SamlRefusal("the message does not unpack", rule="SAML-binding") from error
    if len(raw) > LARGEST:
        raise SamlRefusal("the document is too large", rule="SAML-xml-size")
    return raw


def check_query(query: str, kind: Kind, pinned: Iterable[str], *, now: int) -> None:
    """The query is signed by one of the ``pinned`` certificates (Bindings §3.4.4.1).

    Raises:
        SamlRefusal: unsigned, or not by them.
    """
    parts = _parts(query)
    algorithm = unquote(parts.get("SigAlg", ""))
    mark = _octets(unquote(parts.get("Signature", "")))
    if not mark:
        raise SamlRefusal("the message is not signed", rule="SAML-signature")
    if kind not in parts:
        raise SamlRefusal("the message is not signed", rule="SAML-signature")
    wanted = [name for name in (kind, "RelayState", "SigAlg") if name in parts]
    signed = "&".join(f"{name}={parts[name]}" for name in wanted).encode()
    for one in pinned:
        if certificates.holds_at(one, now) and _fits(
            certificates.load(one), algorithm, mark, signed
        ):
            return
    raise SamlRefusal(
        "the signature is not by the provider's key", rule="SAML-signature"
    )


def _parts(query: str) -> dict[str, str]:
    """The query's parameters undecoded; one that stands twice is none we read.

    Nor is a name that is spelled in another way: what is read must be what is signed.
    """
    found: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if unquote_plus(name) != name:
            raise SamlRefusal("a parameter's name is encoded", rule="SAML-binding")
        if name in found:
            raise SamlRefusal(f"{name[:40]} stands twice", rule="SAML-binding")
        found[name] = value
    return found


def _fits(
    certificate: x509.Certificate, algorithm: str, mark: bytes, signed: bytes
) -> bool:
    family, _, digest = algorithm.removeprefix(_PREFIX).partition("-")
    chosen = _HASHES.get(digest)
    if not algorithm.startswith(_PREFIX) or chosen is None:
        return False
    key = certificate.public_key()
    try:
        if family == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(mark, signed, padding.PKCS1v15(), chosen())
            return True
        if family == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(mark, signed, ec.ECDSA(chosen()))
            return True
    except InvalidSignature:
        return False
    return False


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error):
        return b""
