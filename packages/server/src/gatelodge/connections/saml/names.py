"""Names of the standard: namespaces, bindings, formats, algorithms (SAML 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
ENCRYPTION: Final = "http://www.w3.org/2001/04/xmlenc#"
ENCRYPTION_11: Final = "http://www.w3.org/2009/xmlenc11#"
SPACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "samlp": PROTOCOL,
        "saml": ASSERTION,
        "md": METADATA,
        "ds": SIGNATURE,
        "xenc": ENCRYPTION,
        "xenc11": ENCRYPTION_11,
    }
)

REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
REQUESTER: Final = "urn:oasis:names:tc:SAML:2.0:status:Requester"
RESPONDER: Final = "urn:oasis:names:tc:SAML:2.0:status:Responder"
AUTHN_FAILED: Final = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
REQUEST_DENIED: Final = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
PARTIAL_LOGOUT: Final = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
NO_PASSIVE: Final = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"

UNSPECIFIED: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
EMAIL: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
ENTITY: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"

EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def protocol(name: str) -> str:
    """An element of the protocol, as lxml writes it."""
    return f"{{{PROTOCOL}}}{name}"


def assertion(name: str) -> str:
    """An element of an assertion."""
    return f"{{{ASSERTION}}}{name}"


def metadata(name: str) -> str:
    """An element of metadata."""
    return f"{{{METADATA}}}{name}"


def signature(name: str) -> str:
    """An element of an XML signature."""
    return f"{{{SIGNATURE}}}{name}"


def encryption(name: str) -> str:
    """An element of XML encryption."""
    return f"{{{ENCRYPTION}}}{name}"
