"""Metadata, theirs and ours."""

from __future__ import annotations

import pytest
from lxml import etree

from gatelodge.connections.saml import certificates, metadata
from gatelodge.connections.saml.certificates import BadCertificate
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.keys import SamlKeys
from gatelodge.connections.saml.party import saml_party

from . import provider as idp

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
BINDINGS = "urn:oasis:names:tc:SAML:2.0:bindings"
PARTY = saml_party(idp.connection(), idp.ISSUER)
KEYS = SamlKeys(
    key=idp.pair("ours").key,
    certificate=idp.pair("ours").pinned,
    signing=(idp.pair("ours").pinned, idp.pair("next").pinned),
    encryption=idp.pair("ours").pinned,
)


PROVIDER = idp.pair()


def described(
    entity=idp.ENTITY, *, keys=(PROVIDER,), use="signing", redirect=True, slo=True
) -> str:
    held = "".join(
        f'<KeyDescriptor use="{use}"><ds:KeyInfo xmlns:ds="{idp.NS["ds"]}"><ds:X509Data>'
        f"<ds:X509Certificate>\n{one.pinned}\n</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo></KeyDescriptor>"
        for one in keys
    )
    logout = (
        f'<SingleLogoutService Binding="{BINDINGS}:HTTP-Redirect"'
        ' Location="https://idp.example/out" ResponseLocation="https://idp.example/r"/>'
    )
    ways = ("HTTP-Redirect", "HTTP-POST") if redirect else ("HTTP-POST",)
    sign_in = "".join(
        f'<SingleSignOnService Binding="{BINDINGS}:{way}"'
        f' Location="https://idp.example/{way}"/>'
        for way in ways
    )
    return (
        f'<EntityDescriptor xmlns="{MD}" entityID="{entity}"><IDPSSODescriptor'
        ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{held}{logout if slo else ''}{sign_in}</IDPSSODescriptor></EntityDescriptor>"
    )


def test_what_a_provider_says_of_itself() -> None:
    found = metadata.read(described().encode())
    assert found.entity_id == idp.ENTITY
    assert found.certificates == (idp.pair().pinned,)
    assert found.sign_in["HTTP-POST"] == "https://idp.example/HTTP-POST"
    assert found.sign_out == "https://idp.example/out"
    assert found.sign_out_reply == "https://idp.example/r"


def test_a_refresh_brings_new_keys_and_addresses() -> None:
    following = idp.pair("following")
    found = metadata.read(described(keys=(idp.pair(), following)).encode())
    fresh = metadata.adopted(idp.saml(), found)
    assert fresh.certificates == (idp.pair().pinned, following.pinned)
    assert fresh.sign_in_url == "https://idp.example/HTTP-Redirect"


@pytest.mark.rule("SAML-metadata-entity")
def test_a_refresh_brings_no_other_provider() -> None:
    found = metadata.read(described("https://eve.example").encode())
    with pytest.raises(SamlRefusal) as caught:
        metadata.adopted(idp.saml(), found)
    assert caught.value.rule == "SAML-metadata-entity"


def test_one_of_a_federation() -> None:
    many = (
        f'<EntitiesDescriptor xmlns="{MD}">{described("https://a.example")}'
        f"{described()}</EntitiesDescriptor>"
    ).encode()
    assert metadata.read(many, entity_id=idp.ENTITY).entity_id == idp.ENTITY
    with pytest.raises(SamlRefusal):
        metadata.read(many)


@pytest.mark.rule("SAML-metadata")
@pytest.mark.parametrize(
    "text",
    [
        "<a/>",
        f'<EntityDescriptor xmlns="{MD}" entityID="x"/>',
        described(keys=()),
        described(use="encryption"),
        described().replace("https://idp.example/HTTP", "javascript:alert(1)//"),
    ],
)
def test_metadata_of_no_use(text) -> None:
    with pytest.raises(SamlRefusal) as caught:
        metadata.read(text.encode())
    assert caught.value.rule == "SAML-metadata"


def test_a_provider_without_our_binding_is_no_refresh() -> None:
    found = metadata.read(described(redirect=False).encode())
    with pytest.raises(SamlRefusal):
        metadata.adopted(idp.saml(), found)
    assert metadata.adopted(idp.saml(request_binding="HTTP-POST"), found)


def test_ours() -> None:
    root = etree.fromstring(metadata.ours(PARTY, KEYS))
    assert root.get("entityID") == idp.AUDIENCE
    consumer = root.find(f".//{{{MD}}}AssertionConsumerService")
    assert consumer.get("Location") == idp.CONSUMER
    assert consumer.get("Binding") == f"{BINDINGS}:HTTP-POST"
    uses = [one.get("use") for one in root.iter(f"{{{MD}}}KeyDescriptor")]
    assert uses == ["signing", "signing", "encryption"]
    logout = root.findall(f".//{{{MD}}}SingleLogoutService")
    assert {one.get("Location") for one in logout} == {f"{idp.ISSUER}logout"}


@pytest.mark.parametrize("text", [idp.pair().pem, idp.pair().pinned])
def test_a_certificate_in_any_dress(text) -> None:
    wide = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    assert certificates.normal(text) == idp.pair().pinned
    if not text.startswith("-"):
        assert certificates.normal(wide) == idp.pair().pinned


@pytest.mark.parametrize("text", ["", "x", "AAAA", "-----BEGIN CERTIFICATE-----"])
def test_no_certificate(text) -> None:
    with pytest.raises(BadCertificate):
        certificates.normal(text)


def test_a_weak_key_is_none() -> None:
    with pytest.raises(BadCertificate):
        certificates.normal(idp.pair("weak", bits=1024).pem)
