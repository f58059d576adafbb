"""Our question to an identity provider (SAML Core §3.4, Profiles §4.1.4.1)."""

from __future__ import annotations

import msgspec
from lxml import etree

from gatelodge.base.moment import iso
from gatelodge.connections.saml import binding, names
from gatelodge.connections.saml.document import SamlRefusal, alone
from gatelodge.connections.saml.keys import SamlKeys
from gatelodge.connections.saml.party import SamlParty
from gatelodge.connections.saml.signature import sign

_SPACES = {"samlp": names.PROTOCOL, "saml": names.ASSERTION}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """How a request leaves: to an address, or as a form with ``fields``."""

    address: str
    fields: tuple[tuple[str, str], ...] = ()


def request_id(nonce: str) -> str:
    """The ID of a trip's request: what its answer is ``InResponseTo``.

    An XML name begins with no digit.
    """
    return f"_{nonce}"


def authn_request(
    party: SamlParty, *, nonce: str, now: int, anew: bool
) -> etree._Element:
    """The request; ``anew`` asks that the person prove themselves once more."""
    root = etree.Element(
        names.protocol("AuthnRequest"),
        nsmap=_SPACES,
        attrib={
            "ID": request_id(nonce),
            "Version": "2.0",
            "IssueInstant": iso(now),
            "Destination": party.saml.sign_in_url,
            "ProtocolBinding": names.POST,
            "AssertionConsumerServiceURL": party.consumer,
            **({"ForceAuthn": "true"} if anew else {}),
        },
    )
    etree.SubElement(root, names.assertion("Issuer")).text = party.entity_id
    policy = etree.SubElement(root, names.protocol("NameIDPolicy"), AllowCreate="true")
    if party.saml.name_id_format:
        policy.set("Format", party.saml.name_id_format)
    return root


def question(
    party: SamlParty,
    root: etree._Element,
    *,
    endpoint: str,
    relay_state: str,
    keys: SamlKeys,
) -> Question:
    """A request by the connection's binding, signed if the connection says so.

    Raises:
        SamlRefusal: we have no key to sign with.
    """
    signing = keys.key if party.saml.sign_request else None
    if party.saml.sign_request and signing is None:
        raise SamlRefusal("there is no key to sign with yet", rule="SAML-own-key")
    if party.saml.request_binding == "HTTP-POST":
        if signing is not None:
            root = sign(root, signing, keys.certificate)
        fields = (
            ("SAMLRequest", binding.posted(alone(root))),
            ("RelayState", relay_state),
        )
        return Question(address=endpoint, fields=fields)
    address = binding.redirect_url(
        endpoint, "SAMLRequest", alone(root), relay_state=relay_state, key=signing
    )
    return Question(address=address)
