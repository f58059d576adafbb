"""Signature wrapping: the eight of "On Breaking SAML" and their kin (Somorovsky 2012).

A signed assertion is kept somewhere in the document for the verifier, and a forged one
stands where a careless reader looks. None may be read.
"""

from __future__ import annotations

import base64
import copy
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLSigner
from signxml.algorithms import CanonicalizationMethod

from . import provider as idp
from .provider import Answer
from .test_response import believe, refused

SIGNATURE = idp.tag("ds", "Signature")
EVIL = Answer(name_id="eve", assertion_id="_evil")


def parts():
    """A signed assertion, its signature, a forged assertion."""
    good = idp.signed(idp.assertion())
    return good, good.find(SIGNATURE), idp.assertion(EVIL)


def without_signature(element):
    bare = copy.deepcopy(element)
    bare.remove(bare.find(SIGNATURE))
    return bare


def signed_response():
    root = idp.signed(idp.response(Answer(), idp.assertion()))
    return root, root.find(SIGNATURE)


def evil_response(*inside):
    return idp.response(Answer(response_id="_evil_response"), *inside)


def xsw1():
    """The forged response holds the signature, which holds the signed response."""
    good, mark = signed_response()
    evil = evil_response(idp.assertion(EVIL))
    mark = copy.deepcopy(mark)
    mark.append(without_signature(good))
    evil.insert(1, mark)
    return evil


def xsw2():
    """The signed response stands beside its signature in the forged one."""
    good, mark = signed_response()
    evil = evil_response(idp.assertion(EVIL))
    evil.insert(1, copy.deepcopy(mark))
    evil.insert(2, without_signature(good))
    return evil


def xsw3():
    """The forged assertion stands before the signed one."""
    good, _, evil = parts()
    return idp.response(Answer(), evil, good)


def xsw4():
    """The forged assertion holds the signed one."""
    good, _, evil = parts()
    evil.append(good)
    return idp.response(Answer(), evil)


def xsw5():
    """The forged assertion carries the signature; the signed one stands at the end."""
    good, mark, evil = parts()
    evil.insert(1, copy.deepcopy(mark))
    return idp.response(Answer(), evil, without_signature(good))


def xsw6():
    """The forged assertion carries the signature, which holds the signed one."""
    good, mark, evil = parts()
    mark = copy.deepcopy(mark)
    mark.append(without_signature(good))
    evil.insert(1, mark)
    return idp.response(Answer(), evil)


def xsw7():
    """The forged assertion stands in extensions, beside the signed one."""
    good, _, evil = parts()
    root = idp.response(Answer(), good)
    holder = etree.Element(idp.tag("p", "Extensions"))
    holder.append(evil)
    root.insert(1, holder)
    return root


def xsw8():
    """The signed assertion stands in an object of the forged one's signature."""
    good, mark, evil = parts()
    mark = copy.deepcopy(mark)
    holder = etree.SubElement(mark, idp.tag("ds", "Object"))
    holder.append(without_signature(good))
    evil.insert(1, mark)
    return idp.response(Answer(), evil)


def same_id():
    """Both have the ID that is signed."""
    good, mark, _ = parts()
    evil = idp.assertion(Answer(name_id="eve"))
    evil.insert(1, copy.deepcopy(mark))
    return idp.response(Answer(), evil, without_signature(good))


def id_in_another_spelling():
    good, mark, evil = parts()
    evil.set("ID", "_assertion")
    bare = without_signature(good)
    bare.set("Id", "_assertion")
    evil.insert(1, copy.deepcopy(mark))
    holder = etree.SubElement(evil, "holder")
    holder.append(bare)
    return idp.response(Answer(), evil)


def of_the_status():
    """What is signed is only the status; the assertion is the attacker's."""
    root = evil_response(idp.assertion(EVIL))
    status = root.find("p:Status", idp.NS)
    status.set("ID", "_status")
    return XMLSigner(
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
    ).sign(
        root,
        key=idp.pair().key,
        cert=[idp.pair().certificate],
        reference_uri="_status",
        id_attribute="ID",
    )


ATTACKS = [
    xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8,
    same_id, id_in_another_spelling, of_the_status,
]  # fmt: skip


@pytest.mark.rule("SAML-signature-reference")
@pytest.mark.rule("SAML-signature-form")
@pytest.mark.rule("SAML-xml-id")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda one: one.__name__)
def test_nothing_forged_is_read(attack) -> None:
    assert refused(attack()).startswith("SAML-")


def test_the_parts_of_the_attacks_are_good_by_themselves() -> None:
    good, _, _ = parts()
    assert believe(idp.response(Answer(), good)).name_id.value == "ada"
    assert believe(signed_response()[0]).name_id.value == "ada"


@pytest.mark.rule("SAML-signature")
def test_two_signatures_are_both_checked() -> None:
    inner = idp.signed(idp.assertion(), idp.pair("eve"))
    assert refused(idp.signed(idp.response(Answer(), inner))) == "SAML-signature"


@pytest.mark.rule("SAML-once")
def test_two_signatures_of_one_element_are_none() -> None:
    inner = idp.signed(idp.assertion())
    inner.insert(2, copy.deepcopy(inner.find(SIGNATURE)))
    assert refused(idp.response(Answer(), inner)) == "SAML-once"


class _Old(XMLSigner):
    def check_deprecated_methods(self) -> None:
        """This provider still does what nobody should."""


@pytest.mark.rule("SAML-signature-algorithm")
@pytest.mark.parametrize(
    ("method", "digest"),
    [
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA1),
        (SignatureMethod.RSA_SHA224, DigestAlgorithm.SHA256),
    ],
)
def test_weak_algorithms_are_refused(method, digest) -> None:
    inner = idp.signed(idp.assertion(), method=method, digest=digest, signer=_Old)
    assert refused(idp.response(Answer(), inner)) == "SAML-signature-algorithm"


@pytest.mark.rule("SAML-signature-algorithm")
def test_our_own_word_for_a_key_is_no_hmac_secret() -> None:
    """Key confusion: the pinned certificate as a shared secret."""
    inner = idp.assertion()
    place = etree.Element(SIGNATURE, nsmap={"ds": idp.NS["ds"]}, Id="placeholder")
    inner.insert(1, place)
    forged = XMLSigner(
        signature_algorithm=SignatureMethod.HMAC_SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ).sign(inner, key=idp.pair().pem, reference_uri=inner.get("ID"), id_attribute="ID")
    assert refused(idp.response(Answer(), forged)) == "SAML-signature-algorithm"


@pytest.mark.rule("SAML-signature-form")
@pytest.mark.parametrize(
    "c14n",
    [
        CanonicalizationMethod.CANONICAL_XML_1_0,
        CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS,
    ],
)
def test_one_canonical_form(c14n) -> None:
    inner = idp.signed(idp.assertion(), c14n=c14n)
    assert refused(idp.response(Answer(), inner)) == "SAML-signature-form"


@pytest.mark.rule("SAML-signature-form")
@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
    ],
)
def test_no_further_transform(algorithm) -> None:
    inner = idp.signed(idp.assertion())
    holder = inner.find(".//ds:Transforms", idp.NS)
    etree.SubElement(holder, idp.tag("ds", "Transform"), Algorithm=algorithm)
    assert refused(idp.response(Answer(), inner)) == "SAML-signature-form"


@pytest.mark.rule("SAML-signature-reference")
@pytest.mark.parametrize("uri", ["", "#_other", "#xpointer(/)", "http://idp.example/"])
def test_the_reference_is_to_the_element_itself(uri) -> None:
    inner = idp.signed(idp.assertion())
    inner.find(".//ds:Reference", idp.NS).set("URI", uri)
    assert refused(idp.response(Answer(), inner)) == "SAML-signature-reference"


@pytest.mark.rule("SAML-once")
def test_one_reference() -> None:
    inner = idp.signed(idp.assertion())
    reference = inner.find(".//ds:Reference", idp.NS)
    reference.addnext(copy.deepcopy(reference))
    assert refused(idp.response(Answer(), inner)) == "SAML-once"


def as_opensaml_signs(element, prefix):
    """With the prefixes listed in the transform, by hand: signxml signs in other ways."""
    digest = hashlib.sha256(
        etree.tostring(
            element, method="c14n", exclusive=True, inclusive_ns_prefixes=[prefix]
        )
    ).digest()
    exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
    info = etree.fromstring(
        f"""<ds:SignedInfo xmlns:ds="{idp.NS["ds"]}">\
<ds:CanonicalizationMethod Algorithm="{exclusive}"/>\
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\
<ds:Reference URI="#{element.get("ID")}"><ds:Transforms>\
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>\
<ds:Transform Algorithm="{exclusive}"><ec:InclusiveNamespaces xmlns:ec="{exclusive}" \
PrefixList="{prefix}"/></ds:Transform></ds:Transforms>\
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>\
<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue>\
</ds:Reference></ds:SignedInfo>"""
    )
    canonical = etree.tostring(info, method="c14n", exclusive=True)
    made = idp.pair().key.sign(canonical, padding.PKCS1v15(), hashes.SHA256())
    mark = etree.Element(SIGNATURE, nsmap={"ds": idp.NS["ds"]})
    mark.append(info)
    value = etree.SubElement(mark, idp.tag("ds", "SignatureValue"))
    value.text = base64.b64encode(made).decode()
    element.insert(1, mark)
    return element


def test_namespaces_named_for_values_survive() -> None:
    """OpenSAML lists ``xs`` so that ``xsi:type`` keeps its meaning."""
    inner = idp.assertion()
    value = inner.find(".//a:AttributeValue", idp.NS)
    typed = etree.fromstring(
        f'<a:AttributeValue xmlns:a="{idp.NS["a"]}"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:type="xs:string">ada@acme.example</a:AttributeValue>'
    )
    value.getparent().replace(value, typed)
    made = as_opensaml_signs(inner, "xs")
    assert believe(idp.response(Answer(), made)).attributes["email"]
