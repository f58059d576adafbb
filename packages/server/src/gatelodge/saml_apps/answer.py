"""Our answer to an app (SAML Core §3.3.3, Profiles §4.1.4.2)."""

from __future__ import annotations

from typing import Final

import msgspec
from lxml import etree

from gatelodge.base.clock import MINUTE
from gatelodge.base.moment import iso
from gatelodge.connections.saml import encryption, names
from gatelodge.connections.saml.document import alone
from gatelodge.connections.saml.keys import SamlKeys
from gatelodge.connections.saml.signature import sign
from gatelodge.model.saml import NameId
from gatelodge.oauth.response import WayBack
from gatelodge.saml_apps.app import App, entity_id

ID_BYTES: Final = 20
BYTES: Final = 2 * ID_BYTES + encryption.BYTES
_SPACES: Final = {"samlp": names.PROTOCOL, "saml": names.ASSERTION}
_CLASSES: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes"
_FORMATS: Final = "urn:oasis:names:tc:SAML:2.0:attrname-format"
_CONFIRMED: Final = 5 * MINUTE
_STATUS: Final = {
    "access_denied": names.REQUEST_DENIED,
    "unauthorized": names.REQUEST_DENIED,
    "login_required": names.NO_PASSIVE,
    "consent_required": names.NO_PASSIVE,
    "interaction_required": names.NO_PASSIVE,
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is, as an app is told; times in milliseconds.

    ``recipient`` may bring the assertion; ``context_class`` counts before ``amr``.
    """

    name_id: NameId
    attributes: dict[str, tuple[str, ...]]
    session_index: str
    auth_time: int
    session_ends: int
    recipient: str
    amr: tuple[str, ...] = ()
    context_class: str | None = None


def vouch(
    app: App, way: WayBack, told: Told, keys: SamlKeys, *, raw: bytes, now: int
) -> bytes:
    """A signed answer, encrypted where the app wants that; ``raw``: ``BYTES`` drawn.

    What is encrypted is signed before: the ciphertext alone could be anybody's.

    Raises:
        ValueError: we have no key to sign with.
    """
    if keys.key is None:
        raise ValueError("no SAML key")
    saml, (own, other, rest) = app.saml, _parted(raw)
    assertion = _assertion(app, way, told, own, now)
    if saml.encrypt_for or not saml.sign_response:
        assertion = sign(assertion, keys.key, keys.certificate)
    if saml.encrypt_for:
        assertion = encryption.sealed(
            assertion, saml.encrypt_for, method=saml.encryption, raw=rest
        )
    response = _response(way, app.entity_id, other, now, names.SUCCESS)
    response.append(assertion)
    unproven = saml.encrypt_for is not None and saml.encryption == "aes256-cbc"
    if saml.sign_response or unproven:
        response = sign(response, keys.key, keys.certificate)
    return alone(response)


def _parted(raw: bytes) -> tuple[bytes, bytes, bytes]:
    return raw[:ID_BYTES], raw[ID_BYTES : 2 * ID_BYTES], raw[2 * ID_BYTES :]


def refuse(way: WayBack, code: str, says: str, *, raw: bytes, now: int) -> bytes:
    """An answer that nobody is vouched for, and the OAuth error it stands for."""
    inner = _STATUS.get(code, names.AUTHN_FAILED)
    response = _response(
        way, entity_id(way.issuer), raw, now, names.RESPONDER, inner, says
    )
    return alone(response)


def _response(
    way: WayBack,
    issuer: str,
    raw: bytes,
    now: int,
    status: str,
    inner: str | None = None,
    says: str | None = None,
) -> etree._Element:
    root = etree.Element(
        names.protocol("Response"),
        nsmap=_SPACES,
        attrib={
            **_head(raw, now),
            "Destination": way.redirect_uri,
            **_in_response_to(way),
        },
    )
    etree.SubElement(root, names.assertion("Issuer")).text = issuer
    holder = etree.SubElement(root, names.protocol("Status"))
    code = etree.SubElement(holder, names.protocol("StatusCode"), Value=status)
    if inner is not None:
        etree.SubElement(code, names.protocol("StatusCode"), Value=inner)
    if says is not None:
        etree.SubElement(holder, names.protocol("StatusMessage")).text = says
    return root


def _assertion(
    app: App, way: WayBack, told: Told, raw: bytes, now: int
) -> etree._Element:
    root = etree.Element(
        names.assertion("Assertion"),
        nsmap={"saml": names.ASSERTION},
        attrib=_head(raw, now),
    )
    _text(root, "Issuer", app.entity_id)
    _subject(root, way, told, now)
    conditions = _element(
        root,
        "Conditions",
        NotBefore=iso(now - MINUTE),
        NotOnOrAfter=iso(now + app.saml.lifetime * 1000),
    )
    _text(_element(conditions, "AudienceRestriction"), "Audience", app.saml.audience)
    _statement(root, told)
    holder = _element(root, "AttributeStatement") if told.attributes else root
    for name, values in told.attributes.items():
        form = "uri" if ":" in name else "basic"
        one = _element(holder, "Attribute", Name=name, NameFormat=f"{_FORMATS}:{form}")
        for value in values:
            _text(one, "AttributeValue", value)
    return root


def _subject(root: etree._Element, way: WayBack, told: Told, now: int) -> None:
    subject, named = _element(root, "Subject"), told.name_id
    _text(subject, "NameID", named.value).set("Format", named.format)
    confirmed = _element(subject, "SubjectConfirmation", Method=names.BEARER)
    _element(
        confirmed,
        "SubjectConfirmationData",
        Recipient=told.recipient,
        NotOnOrAfter=iso(now + _CONFIRMED),
        **_in_response_to(way),
    )


def _statement(root: etree._Element, told: Told) -> None:
    found = _element(
        root,
        "AuthnStatement",
        AuthnInstant=iso(told.auth_time),
        SessionIndex=told.session_index,
        SessionNotOnOrAfter=iso(told.session_ends),
    )
    how = "PasswordProtectedTransport" if "pwd" in told.amr else "unspecified"
    context = _element(found, "AuthnContext")
    said = told.context_class or f"{_CLASSES}:{how}"
    _text(context, "AuthnContextClassRef", said)


def _head(raw: bytes, now: int) -> dict[str, str]:
    return {"ID": f"_{raw.hex()}", "Version": "2.0", "IssueInstant": iso(now)}


def _in_response_to(way: WayBack) -> dict[str, str]:
    return {"InResponseTo": way.in_response_to} if way.in_response_to else {}


def _element(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, names.assertion(name), attrib=attributes)


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    found = _element(parent, name)
    found.text = text
    return found
