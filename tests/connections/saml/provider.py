"""An identity provider in a few lines, honest or not: every part can be said."""

from __future__ import annotations

import base64
import datetime as dt
import os
from dataclasses import dataclass, field, replace
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import padding as blocks
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLSigner
from signxml.algorithms import CanonicalizationMethod

from gatelodge.base.moment import iso
from gatelodge.model.connection import Connection, ConnectionOptions
from gatelodge.model.saml import Saml

NOW = 1_790_000_000_000
SECOND, MINUTE = 1_000, 60_000
ISSUER = "http://localhost:8421/"
ENTITY = "https://idp.example/metadata"
AUDIENCE = "urn:auth0:localhost:acme"
CONSUMER = f"{ISSUER}login/callback?connection=acme"
REQUEST = "_request"
NS = {
    "p": "urn:oasis:names:tc:SAML:2.0:protocol",
    "a": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
ENC = "http://www.w3.org/2001/04/xmlenc#"
ENC11 = "http://www.w3.org/2009/xmlenc11#"


@dataclass(frozen=True)
class Pair:
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def pinned(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


@cache
def pair(
    name: str = "idp", *, days: int = 3650, bits: int = 2048, curve: bool = False
) -> Pair:
    """A key and a certificate that has held since long before ``NOW``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    if curve:
        key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return Pair(key, made)


def saml(**changes) -> Saml:
    values = {
        "entity_id": ENTITY,
        "sign_in_url": "https://idp.example/sso",
        "sign_out_url": "https://idp.example/slo",
        "certificates": (pair().pinned,),
        **changes,
    }
    return Saml(**values)


def connection(*, options: dict | None = None, **changes) -> Connection:
    return Connection(
        id="con_acme",
        name="acme",
        strategy="samlp",
        options=ConnectionOptions(
            saml=saml(**changes), display_name="Acme", **(options or {})
        ),
        position=5,
    )


@dataclass(frozen=True)
class Answer:
    """What the provider says; None leaves a part away."""

    issuer: str | None = ENTITY
    response_issuer: str | None = ENTITY
    destination: str | None = CONSUMER
    in_response_to: str | None = REQUEST
    response_in_response_to: str | None = REQUEST
    status: str = SUCCESS
    issued: int | None = NOW
    response_id: str = "_response"
    assertion_id: str = "_assertion"
    name_id: str | None = "ada"
    name_id_format: str = ""
    recipient: str | None = CONSUMER
    confirmed_until: int | None = NOW + 5 * MINUTE
    confirmed_from: int | None = None
    method: str = BEARER
    not_before: int | None = NOW - MINUTE
    not_on_or_after: int | None = NOW + 5 * MINUTE
    audiences: tuple[tuple[str, ...], ...] = ((AUDIENCE,),)
    conditions: bool = True
    statement: bool = True
    session_index: str | None = "session-1"
    session_until: int | None = None
    attributes: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "email": ("ada@acme.example",),
            "givenName": ("Ada",),
            "groups": ("staff", "pilots"),
        }
    )

    def but(self, **changes) -> Answer:
        return replace(self, **changes)


def tag(prefix: str, name: str) -> str:
    return f"{{{NS[prefix]}}}{name}"


def assertion(answer: Answer = Answer()) -> etree._Element:
    root = etree.Element(
        tag("a", "Assertion"),
        nsmap={"saml": NS["a"]},
        attrib={
            "ID": answer.assertion_id,
            "Version": "2.0",
            "IssueInstant": iso(answer.issued or NOW),
        },
    )
    if answer.issuer is not None:
        etree.SubElement(root, tag("a", "Issuer")).text = answer.issuer
    _subject(root, answer)
    if answer.conditions:
        _conditions(root, answer)
    if answer.statement:
        _statement(root, answer)
    if answer.attributes:
        holder = etree.SubElement(root, tag("a", "AttributeStatement"))
        for name, values in answer.attributes.items():
            one = etree.SubElement(holder, tag("a", "Attribute"), Name=name)
            for value in values:
                etree.SubElement(one, tag("a", "AttributeValue")).text = value
    return root


def _subject(root: etree._Element, answer: Answer) -> None:
    subject = etree.SubElement(root, tag("a", "Subject"))
    if answer.name_id is not None:
        named = etree.SubElement(subject, tag("a", "NameID"))
        named.text = answer.name_id
        if answer.name_id_format:
            named.set("Format", answer.name_id_format)
    confirmed = etree.SubElement(
        subject, tag("a", "SubjectConfirmation"), Method=answer.method
    )
    data = etree.SubElement(confirmed, tag("a", "SubjectConfirmationData"))
    _set(data, "Recipient", answer.recipient)
    _set(data, "InResponseTo", answer.in_response_to)
    _set(data, "NotOnOrAfter", _moment(answer.confirmed_until))
    _set(data, "NotBefore", _moment(answer.confirmed_from))


def _conditions(root: etree._Element, answer: Answer) -> None:
    found = etree.SubElement(root, tag("a", "Conditions"))
    _set(found, "NotBefore", _moment(answer.not_before))
    _set(found, "NotOnOrAfter", _moment(answer.not_on_or_after))
    for group in answer.audiences:
        one = etree.SubElement(found, tag("a", "AudienceRestriction"))
        for audience in group:
            etree.SubElement(one, tag("a", "Audience")).text = audience


def _statement(root: etree._Element, answer: Answer) -> None:
    found = etree.SubElement(root, tag("a", "AuthnStatement"))
    found.set("AuthnInstant", iso(NOW))
    _set(found, "SessionIndex", answer.session_index)
    _set(found, "SessionNotOnOrAfter", _moment(answer.session_until))
    context = etree.SubElement(found, tag("a", "AuthnContext"))
    etree.SubElement(context, tag("a", "AuthnContextClassRef")).text = "x"


def response(answer: Answer = Answer(), *inside: etree._Element) -> etree._Element:
    """A Response around ``inside``."""
    root = etree.Element(
        tag("p", "Response"),
        nsmap={"samlp": NS["p"], "saml": NS["a"]},
        attrib={"ID": answer.response_id, "Version": "2.0"},
    )
    _set(root, "IssueInstant", _moment(answer.issued))
    _set(root, "Destination", answer.destination)
    _set(root, "InResponseTo", answer.response_in_response_to)
    if answer.response_issuer is not None:
        etree.SubElement(root, tag("a", "Issuer")).text = answer.response_issuer
    status = etree.SubElement(root, tag("p", "Status"))
    etree.SubElement(status, tag("p", "StatusCode"), Value=answer.status)
    root.extend(inside)
    return root


def signed(
    element: etree._Element,
    by: Pair | None = None,
    *,
    method: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
    signer: type[XMLSigner] = XMLSigner,
    **options,
) -> etree._Element:
    """The element signed as providers sign; ``options`` go to the signer."""
    own = by or pair()
    place = etree.Element(
        tag("ds", "Signature"), nsmap={"ds": NS["ds"]}, Id="placeholder"
    )
    element.insert(1, place)
    return signer(
        signature_algorithm=method,
        digest_algorithm=digest,
        c14n_algorithm=options.pop(
            "c14n", CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
        ),
    ).sign(
        element,
        key=own.key,
        cert=[own.certificate],
        reference_uri=options.pop("reference", element.get("ID")),
        id_attribute="ID",
        **options,
    )


def honest(
    answer: Answer = Answer(), *, how: str = "assertion", by: Pair | None = None
) -> etree._Element:
    """A good answer, signed as ``how`` says: assertion, response or both."""
    inner = assertion(answer)
    if how in ("assertion", "both"):
        inner = signed(inner, by)
    outer = response(answer, inner)
    return signed(outer, by) if how in ("response", "both") else outer


def raw(element: etree._Element) -> bytes:
    return etree.tostring(element)


def encrypted(
    inner: etree._Element | bytes,
    to: rsa.RSAPublicKey,
    *,
    content: str = f"{ENC11}aes256-gcm",
    carrier: str = f"{ENC}rsa-oaep-mgf1p",
) -> etree._Element:
    """``EncryptedAssertion`` for a key."""
    plain = inner if isinstance(inner, bytes) else raw(inner)
    key = os.urandom(32)
    if content.endswith("-gcm"):
        nonce = os.urandom(12)
        body = nonce + AESGCM(key).encrypt(nonce, plain, None)
    else:
        vector = os.urandom(16)
        padder = blocks.PKCS7(128).padder()
        padded = padder.update(plain) + padder.finalize()
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
        body = vector + cipher.update(padded) + cipher.finalize()
    way = (
        padding.PKCS1v15()
        if carrier.endswith("rsa-1_5")
        else padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - the standard's default
    )
    text = f"""<saml:EncryptedAssertion xmlns:saml="{NS["a"]}">
<xenc:EncryptedData xmlns:xenc="{ENC}" Type="{ENC}Element">
<xenc:EncryptionMethod Algorithm="{content}"/>
<ds:KeyInfo xmlns:ds="{NS["ds"]}"><xenc:EncryptedKey>
<xenc:EncryptionMethod Algorithm="{carrier}"/>
<xenc:CipherData><xenc:CipherValue>{_b64(to.encrypt(key, way))}</xenc:CipherValue></xenc:CipherData>
</xenc:EncryptedKey></ds:KeyInfo>
<xenc:CipherData><xenc:CipherValue>{_b64(body)}</xenc:CipherValue></xenc:CipherData>
</xenc:EncryptedData></saml:EncryptedAssertion>"""
    return etree.fromstring(text)


def _b64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _moment(at: int | None) -> str | None:
    return None if at is None else iso(at)


def _set(element: etree._Element, name: str, value: str | None) -> None:
    if value is not None:
        element.set(name, value)
