"""The ordered checks of an answer (SAML Profiles §4.1.4.2-5, security defaults 45-47).

Read ``believe`` from top to bottom: that is the order. What no signature covers is used
to refuse and never to believe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from gatelodge.base.text import printable
from gatelodge.connections.saml import moments, names
from gatelodge.connections.saml.decryption import opened
from gatelodge.connections.saml.document import (
    SamlRefusal,
    children,
    only,
    parse,
    text_of,
)
from gatelodge.connections.saml.party import SamlParty
from gatelodge.connections.saml.signature import covered, is_signed
from gatelodge.model.saml import NameId

_LONGEST_AGE: Final = 10 * 60_000
_DENIED: Final = frozenset({names.AUTHN_FAILED, names.REQUEST_DENIED})


class Vouching(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider vouches for, all of it signed.

    Attributes:
        assertion_id: spent once (security defaults 47).
        until: the latest moment at which the assertion could be shown again, in ms.
        attributes: texts by the attribute's name.
        friendly: names that attributes are also known by.
        session_index, session_ends: the provider's session, where it says so.
    """

    assertion_id: str
    until: int
    name_id: NameId | None
    attributes: dict[str, tuple[str, ...]]
    friendly: dict[str, str] = {}
    session_index: str = ""
    session_ends: int | None = None


def believe(
    raw: bytes,
    party: SamlParty,
    *,
    request_id: str | None,
    keys: Sequence[rsa.RSAPrivateKey],
    now: int,
) -> Vouching:
    """Whom the answer vouches for.

    ``request_id`` is the request it has to answer; None for an answer to none.

    Raises:
        SamlRefusal: it is not to be believed; the reason is for the log.
    """
    response = parse(raw)
    if response.tag != names.protocol("Response"):
        raise SamlRefusal("it is no Response", rule="SAML-response")
    authentic = is_signed(response)
    if authentic:
        response = covered(response, party.saml.certificates, now=now)
    _envelope(response, party, request_id, authentic=authentic, now=now)
    _status(response)
    assertion = _assertion(response, party, keys, authentic=authentic, now=now)
    _issuer(assertion, party, needed=True)
    until = _conditions(assertion, party, now)
    name_id, confirmed = _subject(assertion, party, request_id, now)
    index, ends = _statement(assertion, now)
    attributes, friendly = _attributes(assertion)
    return Vouching(
        assertion_id=assertion.get("ID", ""),
        until=max(until, confirmed) + 2 * moments.SKEW,
        name_id=name_id,
        attributes=attributes,
        friendly=friendly,
        session_index=index,
        session_ends=ends,
    )


def _envelope(
    response: etree._Element,
    party: SamlParty,
    request_id: str | None,
    *,
    authentic: bool,
    now: int,
) -> None:
    """The answer is this provider's, to us, to this question, and of now."""
    _version(response)
    _issuer(response, party, needed=False)
    destination = response.get("Destination")
    if destination != party.consumer and (authentic or destination is not None):
        raise SamlRefusal(
            f"Destination {printable(destination or '', 200)!r}",
            rule="SAML-destination",
        )
    asked = response.get("InResponseTo")
    if asked != request_id and (asked is not None or authentic):
        raise SamlRefusal("the answer is to another request", rule="SAML-in-response")
    issued = moments.read(response.get("IssueInstant"))
    if issued is None or not -moments.SKEW <= now - issued <= _LONGEST_AGE:
        raise SamlRefusal("the answer is not of now", rule="SAML-issue-instant")


def _version(element: etree._Element) -> None:
    if element.get("Version") != "2.0" or not element.get("ID"):
        raise SamlRefusal("no ID, or not version 2.0", rule="SAML-version")


def _issuer(element: etree._Element, party: SamlParty, *, needed: bool) -> None:
    found = only(element, "saml:Issuer")
    if found is None and not needed:
        return
    format_ = found.get("Format") if found is not None else None
    issuer = text_of(found)
    if issuer != party.saml.entity_id or format_ not in (None, names.ENTITY):
        raise SamlRefusal(f"Issuer {printable(issuer, 200)!r}", rule="SAML-issuer")


def _status(response: etree._Element) -> None:
    """Only ``Success``; another word may be told to the person as a denial."""
    codes = [
        code.get("Value", "")
        for code in children(response, "samlp:Status//samlp:StatusCode")
    ]
    if codes[:1] == [names.SUCCESS]:
        return
    message = text_of(only(response, "samlp:Status/samlp:StatusMessage"))
    raise SamlRefusal(
        printable(f"status {' '.join(codes)} {message}", 300),
        rule="SAML-status",
        says="error.upstream_denied"
        if _DENIED.intersection(codes)
        else "error.upstream_failed",
    )


def _assertion(
    response: etree._Element,
    party: SamlParty,
    keys: Sequence[rsa.RSAPrivateKey],
    *,
    authentic: bool,
    now: int,
) -> etree._Element:
    """The one assertion, signed by itself or by the response around it."""
    plain = children(response, "saml:Assertion")
    encrypted = children(response, "saml:EncryptedAssertion")
    anywhere = children(response, ".//saml:Assertion")
    if len(plain) + len(encrypted) != 1 or len(anywhere) != len(plain):
        raise SamlRefusal("not exactly one assertion", rule="SAML-one-assertion")
    if encrypted:
        found = opened(encrypted[0], keys, authentic=authentic)
        if found.tag != names.assertion("Assertion"):
            raise SamlRefusal("no assertion was encrypted", rule="SAML-one-assertion")
    else:
        found = plain[0]
    if is_signed(found) or not authentic:
        found = covered(found, party.saml.certificates, now=now)
    if children(found, ".//saml:Assertion") or children(
        found, ".//saml:EncryptedAssertion"
    ):
        raise SamlRefusal("an assertion within another", rule="SAML-one-assertion")
    _version(found)
    return found


def _conditions(assertion: etree._Element, party: SamlParty, now: int) -> int:
    """Times and audience; both have to be there (SAML Core §2.5.1)."""
    found = only(assertion, "saml:Conditions")
    ends = found.get("NotOnOrAfter") if found is not None else None
    last = moments.read(ends)
    if found is None or last is None:
        raise SamlRefusal("the assertion never ends", rule="SAML-conditions")
    moments.check(
        found.get("NotBefore"),
        ends,
        now=now,
        what="the assertion",
        rule="SAML-conditions",
    )
    audiences = children(found, "saml:AudienceRestriction")
    if not audiences or any(not _names_us(one, party) for one in audiences):
        raise SamlRefusal("it is for another audience", rule="SAML-audience")
    return last


def _names_us(restriction: etree._Element, party: SamlParty) -> bool:
    """Every restriction has to hold, by one audience each (SAML Core §2.5.1.4)."""
    named = [text_of(one) for one in children(restriction, "saml:Audience")]
    return party.entity_id in named


def _subject(
    assertion: etree._Element, party: SamlParty, request_id: str | None, now: int
) -> tuple[NameId | None, int]:
    """Whom it is about, and until when whoever bears it is believed to be them."""
    subject = only(assertion, "saml:Subject")
    if subject is None:
        raise SamlRefusal("it is about nobody", rule="SAML-subject")
    confirmations = [
        one
        for one in children(subject, "saml:SubjectConfirmation")
        if one.get("Method") == names.BEARER
    ]
    if len(confirmations) != 1:
        raise SamlRefusal("not one bearer confirmation", rule="SAML-subject")
    data = only(confirmations[0], "saml:SubjectConfirmationData")
    if data is None or data.get("NotOnOrAfter") is None:
        raise SamlRefusal("the confirmation never ends", rule="SAML-confirmation")
    if data.get("NotBefore") is not None:  # Profiles §4.1.4.2 forbids it
        raise SamlRefusal("the confirmation begins later", rule="SAML-confirmation")
    if data.get("Recipient") != party.consumer:
        raise SamlRefusal("it is for another recipient", rule="SAML-recipient")
    if data.get("InResponseTo") != request_id:
        raise SamlRefusal("it answers another request", rule="SAML-in-response")
    moments.check(
        None,
        data.get("NotOnOrAfter"),
        now=now,
        what="the confirmation",
        rule="SAML-confirmation",
    )
    return _name_id(subject), moments.read(data.get("NotOnOrAfter")) or 0


def _name_id(subject: etree._Element) -> NameId | None:
    found = only(subject, "saml:NameID")
    if found is None:
        return None
    return NameId(
        value=text_of(found),
        format=found.get("Format", ""),
        name_qualifier=found.get("NameQualifier", ""),
        sp_name_qualifier=found.get("SPNameQualifier", ""),
    )


def _statement(assertion: etree._Element, now: int) -> tuple[str, int | None]:
    """That they signed in there, and the session it made (SAML Core §2.7.2)."""
    found = children(assertion, "saml:AuthnStatement")
    if not found:
        raise SamlRefusal("it says of no sign-in", rule="SAML-statement")
    ends = moments.read(found[0].get("SessionNotOnOrAfter"))
    if ends is not None and now - moments.SKEW >= ends:
        raise SamlRefusal("the provider's session has ended", rule="SAML-statement")
    return found[0].get("SessionIndex", ""), ends


def _attributes(
    assertion: etree._Element,
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Values that are text, by name; elements within a value say nothing here."""
    found: dict[str, tuple[str, ...]] = {}
    friendly: dict[str, str] = {}
    for one in children(assertion, "saml:AttributeStatement/saml:Attribute"):
        name = one.get("Name", "")
        values = children(one, "saml:AttributeValue")
        texts = tuple(text_of(value) for value in values if not len(value))
        found[name] = (*found.get(name, ()), *texts)
        if one.get("FriendlyName"):
            friendly[one.get("FriendlyName", "")] = name
    return found, friendly


def unchecked(raw: bytes) -> Vouching:
    """What an unencrypted response or assertion says, for a preview: never to believe.

    Raises:
        SamlRefusal: it is no XML, or holds no assertion.
    """
    root = parse(raw)
    own = root.tag == names.assertion("Assertion")
    found = [root] if own else children(root, ".//saml:Assertion")
    if not found:
        raise SamlRefusal("no assertion in it", rule="SAML-one-assertion")
    subject = only(found[0], "saml:Subject")
    attributes, friendly = _attributes(found[0])
    return Vouching(
        assertion_id="",
        until=0,
        name_id=None if subject is None else _name_id(subject),
        attributes=attributes,
        friendly=friendly,
    )


def vouched_by(said: Mapping[str, str | list[str]]) -> Vouching:
    """Attributes alone, for a preview; ``nameid`` is the subject's name."""
    attributes = {
        name: (value,) if isinstance(value, str) else tuple(value)
        for name, value in said.items()
    }
    named = attributes.pop("nameid", ())
    return Vouching(
        assertion_id="",
        until=0,
        name_id=NameId(value=named[0]) if named else None,
        attributes=attributes,
    )
