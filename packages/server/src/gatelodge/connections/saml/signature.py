"""XML signatures: made, and checked so that only what they cover is read.

The mathematics and the canonical form are signxml's. What is decided here: which
element may be signed how, by whose key, and that the reader gets the signed bytes and
nothing beside them (SAML Core §5.4, security defaults 45, RFC 9231).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConfiguration,
    SignatureConstructionMethod,
    SignatureMethod,
    XMLSigner,
    XMLVerifier,
)
from signxml.exceptions import SignXMLException

from gatelodge.connections.saml import certificates, names
from gatelodge.connections.saml.document import (
    SamlRefusal,
    alone,
    children,
    only,
    parse,
)

_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.SHA256_RSA_MGF1,
        SignatureMethod.SHA384_RSA_MGF1,
        SignatureMethod.SHA512_RSA_MGF1,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
_DIGESTS: Final = frozenset(
    {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
)
_TRANSFORMS: Final = [names.ENVELOPED, names.EXCLUSIVE]
_IN_REFERENCE: Final = 3  # transforms, digest method, digest value
_METHOD_NAMES: Final = frozenset(method.value for method in _METHODS)
_DIGEST_NAMES: Final = frozenset(digest.value for digest in _DIGESTS)


def is_signed(element: etree._Element) -> bool:
    """Whether it carries a signature of its own."""
    return bool(children(element, "ds:Signature"))


def covered(
    element: etree._Element, pinned: Iterable[str], *, now: int
) -> etree._Element:
    """What the element's own signature covers, parsed anew from the signed bytes.

    ``pinned`` are certificates in the form of ``certificates.normal``; those not valid
    at ``now`` do not count. What the message says of its key is not looked at.

    Raises:
        SamlRefusal: unsigned, signed in another way than ours, or by somebody else.
    """
    _check_form(element)
    root = parse(alone(element))
    bare = _without_key_info(root)
    usable = [one for one in pinned if certificates.holds_at(one, now)]
    if not usable:
        raise SamlRefusal(
            "no certificate of the provider is valid now", rule="SAML-certificate"
        )
    for one in usable:
        signed = _verified(bare, certificates.load(one), now)
        if signed is not None:
            found = parse(signed)
            if found.tag == element.tag and found.get("ID") == element.get("ID"):
                return found
    raise SamlRefusal(
        "the signature is not by the provider's key", rule="SAML-signature"
    )


def _check_form(element: etree._Element) -> None:
    """Enveloped, exclusive, one reference: to this very element (SAML Core §5.4)."""
    mark = only(element, "ds:Signature")
    if mark is None:
        raise SamlRefusal("nothing is signed", rule="SAML-signature")
    if children(mark, ".//ds:Object") or children(mark, ".//ds:Manifest"):
        raise SamlRefusal("something within the signature", rule="SAML-signature-form")
    info = only(mark, "ds:SignedInfo")
    reference = only(info, "ds:Reference") if info is not None else None
    value = only(mark, "ds:SignatureValue")
    if info is None or reference is None or value is None:
        raise SamlRefusal("a signature of nothing", rule="SAML-signature-form")
    if only(reference, "ds:DigestValue") is None or len(reference) != _IN_REFERENCE:
        raise SamlRefusal("a reference of another form", rule="SAML-signature-form")
    own = element.get("ID")
    if not own or reference.get("URI") != f"#{own}":
        raise SamlRefusal(
            "the signature is of another element", rule="SAML-signature-reference"
        )
    transforms = children(reference, "ds:Transforms/ds:Transform")
    if [one.get("Algorithm") for one in transforms] != _TRANSFORMS:
        raise SamlRefusal("another transform", rule="SAML-signature-form")
    _check_algorithms(info, reference)


def _check_algorithms(info: etree._Element, reference: etree._Element) -> None:
    canonical = _algorithm(info, "ds:CanonicalizationMethod")
    method = _algorithm(info, "ds:SignatureMethod")
    digest = _algorithm(reference, "ds:DigestMethod")
    if canonical != names.EXCLUSIVE:
        raise SamlRefusal("another canonical form", rule="SAML-signature-form")
    if method not in _METHOD_NAMES or digest not in _DIGEST_NAMES:
        raise SamlRefusal(
            f"algorithm {method[:100]!r} with {digest[:100]!r}",
            rule="SAML-signature-algorithm",
        )


def _algorithm(element: etree._Element, path: str) -> str:
    found = only(element, path)
    return found.get("Algorithm", "") if found is not None else ""


def _without_key_info(root: etree._Element) -> etree._Element:
    """Keys that the message brings are gone before anybody could use them."""
    for info in children(root, "ds:Signature/ds:KeyInfo"):
        parent = info.getparent()
        if parent is not None:
            parent.remove(info)
    return root


def _verified(
    root: etree._Element, certificate: x509.Certificate, now: int
) -> bytes | None:
    expected = SignatureConfiguration(
        location="./",
        expect_references=1,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=datetime.fromtimestamp(now / 1000, tz=UTC),
    )
    try:
        found = XMLVerifier().verify(
            root,
            x509_cert=certificate,
            id_attribute="ID",
            expect_config=expected,
            # The schema knows no InclusiveNamespaces, which OpenSAML writes;
            # what may stand in a signature has been checked above.
            validate_schema=False,
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(found, list) else found.signed_data


def sign(
    element: etree._Element, key: rsa.RSAPrivateKey, certificate: str
) -> etree._Element:
    """The element with our signature, right after its ``saml:Issuer`` if it has one."""
    place = etree.Element(names.signature("Signature"), nsmap={"ds": names.SIGNATURE})
    place.set("Id", "placeholder")
    issuer = only(element, "saml:Issuer")
    element.insert(0 if issuer is None else element.index(issuer) + 1, place)
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return signer.sign(
        element,
        key=key,
        cert=[certificates.load(certificate)],
        reference_uri=element.get("ID"),
        id_attribute="ID",
    )
