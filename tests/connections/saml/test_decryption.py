"""Encrypted assertions, and the ways of encrypting that are not safe."""

from __future__ import annotations

import base64

import pytest
from lxml import etree

from . import provider as idp
from .provider import ENC, ENC11, Answer
from .test_response import OWN, believe, refused

TO = OWN.key.public_key()


def around(inner, *, signed=False, **how):
    root = idp.response(Answer(), idp.encrypted(inner, TO, **how))
    return idp.signed(root) if signed else root


@pytest.mark.rule("SAML-encryption")
@pytest.mark.parametrize("signed", [False, True])
def test_a_signed_assertion_within(signed) -> None:
    found = believe(around(idp.signed(idp.assertion()), signed=signed))
    assert found.name_id.value == "ada"


def test_a_signed_response_around() -> None:
    assert believe(around(idp.assertion(), signed=True)).name_id.value == "ada"


@pytest.mark.rule("SAML-signature")
def test_encryption_proves_nothing() -> None:
    """Our certificate is public: whoever encrypts for us may be anybody."""
    assert refused(around(idp.assertion())) == "SAML-signature"
    forged = idp.signed(idp.assertion(), idp.pair("eve"))
    assert refused(around(forged)) == "SAML-signature"


@pytest.mark.rule("SAML-encryption-method")
def test_cbc_only_within_what_is_signed() -> None:
    inner = idp.signed(idp.assertion())
    cbc = f"{ENC}aes256-cbc"
    assert refused(around(inner, content=cbc)) == "SAML-encryption-method"
    assert believe(around(inner, content=cbc, signed=True))


@pytest.mark.rule("SAML-encryption-method")
@pytest.mark.parametrize(
    "how",
    [
        {"carrier": f"{ENC}rsa-1_5"},
        {"content": f"{ENC}tripledes-cbc"},
        {"content": "urn:mine"},
    ],
)
def test_unsafe_ways(how) -> None:
    document = around(idp.signed(idp.assertion()), signed=True, **how)
    assert refused(document) == "SAML-encryption-method"


@pytest.mark.rule("SAML-encryption")
def test_every_broken_ciphertext_reads_the_same() -> None:
    told = set()
    for path in (".//x:EncryptedKey//x:CipherValue", "./x:CipherData/x:CipherValue"):
        for change in range(3):
            document = around(idp.signed(idp.assertion()))
            data = document.find(".//x:EncryptedData", {"x": ENC})
            value = data.find(path, {"x": ENC})
            raw = bytearray(base64.b64decode(value.text))
            raw[change * 20] ^= 1
            value.text = base64.b64encode(raw).decode()
            with pytest.raises(Exception, match="upstream_failed") as caught:
                believe(document)
            told.add(caught.value.because)
    assert told == {"it does not open with our keys"}


@pytest.mark.rule("SAML-encryption")
@pytest.mark.parametrize("text", ["", "****", "AAAA"])
def test_no_ciphertext(text) -> None:
    document = around(idp.signed(idp.assertion()))
    document.find(".//x:EncryptedKey//x:CipherValue", {"x": ENC}).text = text
    assert refused(document) == "SAML-encryption"


def test_somebody_elses_key() -> None:
    other = idp.pair("other").key.public_key()
    inner = idp.encrypted(idp.signed(idp.assertion()), other)
    assert refused(idp.response(Answer(), inner)) == "SAML-encryption"


@pytest.mark.rule("SAML-one-assertion")
def test_only_an_assertion_may_be_within() -> None:
    assert refused(around(idp.response())) == "SAML-one-assertion"


@pytest.mark.rule("SAML-xml-dtd")
def test_what_was_encrypted_is_read_as_carefully() -> None:
    plain = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    assert refused(around(plain)) == "SAML-xml-dtd"


@pytest.mark.rule("SAML-encryption")
def test_too_many_keys() -> None:
    document = around(idp.signed(idp.assertion()))
    carrier = document.find(".//x:EncryptedKey", {"x": ENC})
    for _ in range(8):
        carrier.addnext(etree.fromstring(etree.tostring(carrier)))
    assert refused(document) == "SAML-encryption"


def test_a_gcm_of_another_size_is_no_gcm() -> None:
    inner = idp.signed(idp.assertion())
    document = around(inner, content=f"{ENC11}aes128-gcm")
    assert refused(document) == "SAML-encryption"
