"""What an app has to know of us as its identity provider (SAML Metadata §2.4.3)."""

from __future__ import annotations

from lxml import etree

from gatelodge.connections.saml import names
from gatelodge.connections.saml.document import alone
from gatelodge.connections.saml.keys import SamlKeys
from gatelodge.connections.saml.metadata import endpoint, key_descriptor
from gatelodge.saml_apps.app import App


def ours(app: App, keys: SamlKeys) -> bytes:
    """The document; keys that sign now or next stand in it."""
    root = etree.Element(
        names.metadata("EntityDescriptor"),
        nsmap={None: names.METADATA, "ds": names.SIGNATURE},
        entityID=app.entity_id,
    )
    role = etree.SubElement(
        root,
        names.metadata("IDPSSODescriptor"),
        WantAuthnRequestsSigned="true" if app.saml.certificate else "false",
        protocolSupportEnumeration=names.PROTOCOL,
    )
    for certificate in keys.signing:
        key_descriptor(role, "signing", certificate)
    for way in (names.REDIRECT, names.POST):
        endpoint(role, "SingleLogoutService", way, app.sign_out)
    form = etree.SubElement(role, names.metadata("NameIDFormat"))
    form.text = app.saml.name_id_format
    for way in (names.REDIRECT, names.POST):
        endpoint(role, "SingleSignOnService", way, app.sign_in)
    return alone(root)
