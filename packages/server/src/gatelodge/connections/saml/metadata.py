"""An identity provider's metadata, and ours (SAML Metadata §2.3-2.4).

A document that is signed, or comes over https from the address an administrator
named, or was handed to us, says where the provider is and whose signatures count. A
refresh may change keys and addresses of the provider, never its name.
"""

from __future__ import annotations

from typing import Final

import msgspec
from lxml import etree

from gatelodge.connections.saml import certificates, names
from gatelodge.connections.saml.certificates import BadCertificate
from gatelodge.connections.saml.document import (
    SamlRefusal,
    alone,
    children,
    only,
    parse,
    text_of,
)
from gatelodge.connections.saml.keys import SamlKeys
from gatelodge.connections.saml.party import SamlParty
from gatelodge.model.saml import RequestBinding, Saml

_MOST_CERTIFICATES: Final = 8
_BINDINGS: Final[tuple[tuple[RequestBinding, str], ...]] = (
    ("HTTP-Redirect", names.REDIRECT),
    ("HTTP-POST", names.POST),
)


class ProviderMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of itself."""

    entity_id: str
    sign_in: dict[RequestBinding, str]
    sign_out: str | None
    sign_out_reply: str | None
    certificates: tuple[str, ...]
    wants_signed: bool


def read(raw: bytes, *, entity_id: str | None = None) -> ProviderMetadata:
    """One identity provider's metadata; of several the one called ``entity_id``.

    Raises:
        SamlRefusal: there is none that can be used.
    """
    entity = _entity(parse(raw), entity_id)
    role = only(entity, "md:IDPSSODescriptor")
    if role is None:
        raise SamlRefusal("it is no identity provider's", rule="SAML-metadata")
    sign_in = _endpoints(role, "md:SingleSignOnService")
    keys = _certificates(role)
    if not sign_in or not keys:
        text = "it lacks an address by HTTP-Redirect or HTTP-POST, or a certificate"
        raise SamlRefusal(text, rule="SAML-metadata")
    logout = [
        one
        for one in children(role, "md:SingleLogoutService")
        if one.get("Binding") == names.REDIRECT
    ]
    return ProviderMetadata(
        entity_id=entity.get("entityID", ""),
        sign_in=sign_in,
        sign_out=_address(logout[0].get("Location")) if logout else None,
        sign_out_reply=_address(logout[0].get("ResponseLocation")) if logout else None,
        certificates=keys,
        wants_signed=role.get("WantAuthnRequestsSigned") in ("true", "1"),
    )


def adopted(saml: Saml, found: ProviderMetadata) -> Saml:
    """The connection's provider as its metadata has it now.

    Raises:
        SamlRefusal: it speaks of another provider, or not of our way to ask.
    """
    if found.entity_id != saml.entity_id:
        text = f"it is of {found.entity_id!r}, not of {saml.entity_id!r}"
        raise SamlRefusal(text, rule="SAML-metadata-entity")
    address = found.sign_in.get(saml.request_binding)
    if address is None:
        text = f"it takes no request by {saml.request_binding}"
        raise SamlRefusal(text, rule="SAML-metadata")
    return msgspec.structs.replace(
        saml,
        sign_in_url=address,
        sign_out_url=found.sign_out,
        sign_out_reply_url=found.sign_out_reply,
        certificates=found.certificates,
        sign_request=saml.sign_request or found.wants_signed,
    )


def _entity(root: etree._Element, entity_id: str | None) -> etree._Element:
    if root.tag == names.metadata("EntityDescriptor"):
        return root
    found = [
        one
        for one in children(root, ".//md:EntityDescriptor")
        if only(one, "md:IDPSSODescriptor") is not None
        and entity_id in (None, one.get("entityID"))
    ]
    if root.tag != names.metadata("EntitiesDescriptor") or len(found) != 1:
        raise SamlRefusal("not one identity provider in it", rule="SAML-metadata")
    return found[0]


def _endpoints(role: etree._Element, path: str) -> dict[RequestBinding, str]:
    said = {one.get("Binding"): one.get("Location") for one in children(role, path)}
    found = {ours: _address(said.get(theirs)) for ours, theirs in _BINDINGS}
    return {ours: address for ours, address in found.items() if address}


def _address(value: str | None) -> str | None:
    usable = value is not None and value.startswith(("https://", "http://"))
    return value if usable else None


def _certificates(role: etree._Element) -> tuple[str, ...]:
    """Those for signatures; a key without a use is for both (Metadata §2.4.1.1)."""
    found: list[str] = []
    for key in children(role, "md:KeyDescriptor"):
        if key.get("use") == "encryption":
            continue
        for one in children(key, "ds:KeyInfo/ds:X509Data/ds:X509Certificate"):
            try:
                found.append(certificates.normal(text_of(one)))
            except BadCertificate:
                continue
    return tuple(dict.fromkeys(found))[:_MOST_CERTIFICATES]


def ours(party: SamlParty, keys: SamlKeys) -> bytes:
    """What the provider has to know of us; keys that will be used stand there first."""
    root = etree.Element(
        names.metadata("EntityDescriptor"),
        nsmap={None: names.METADATA, "ds": names.SIGNATURE},
        entityID=party.entity_id,
    )
    role = etree.SubElement(
        root,
        names.metadata("SPSSODescriptor"),
        AuthnRequestsSigned="true" if party.saml.sign_request else "false",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=names.PROTOCOL,
    )
    for certificate in keys.signing:
        key_descriptor(role, "signing", certificate)
    if keys.encryption:
        _encryption(role, keys.encryption)
    for way in (names.REDIRECT, names.POST):
        endpoint(role, "SingleLogoutService", way, party.logout)
    etree.SubElement(role, names.metadata("NameIDFormat")).text = (
        party.saml.name_id_format or names.UNSPECIFIED
    )
    consumer = endpoint(role, "AssertionConsumerService", names.POST, party.consumer)
    consumer.set("index", "0")
    consumer.set("isDefault", "true")
    return alone(root)


def key_descriptor(role: etree._Element, use: str, certificate: str) -> etree._Element:
    """A certificate and what it is for."""
    found = etree.SubElement(role, names.metadata("KeyDescriptor"), use=use)
    info = etree.SubElement(found, names.signature("KeyInfo"))
    data = etree.SubElement(info, names.signature("X509Data"))
    etree.SubElement(data, names.signature("X509Certificate")).text = certificate
    return found


def _encryption(role: etree._Element, certificate: str) -> None:
    """Only what proves itself is asked for."""
    found = key_descriptor(role, "encryption", certificate)
    for method in (
        f"{names.ENCRYPTION_11}aes256-gcm",
        f"{names.ENCRYPTION_11}aes128-gcm",
        f"{names.ENCRYPTION}rsa-oaep-mgf1p",
    ):
        etree.SubElement(found, names.metadata("EncryptionMethod"), Algorithm=method)


def endpoint(
    role: etree._Element, name: str, binding: str, address: str
) -> etree._Element:
    """A service of a role."""
    return etree.SubElement(
        role, names.metadata(name), Binding=binding, Location=address
    )
