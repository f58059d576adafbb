"""Single logout: what is asked and answered (SAML Core §3.7, Profiles §4.4).

A logout request is obeyed only if it is signed; an answer to ours changes nothing,
because our session has ended before we ask.
"""

from __future__ import annotations

from typing import Final

import msgspec
from lxml import etree

from gatelodge.base.encoding import digest_of
from gatelodge.base.moment import iso
from gatelodge.connections.saml import binding, moments, names
from gatelodge.connections.saml.binding import Message
from gatelodge.connections.saml.document import (
    SamlRefusal,
    children,
    only,
    parse,
    text_of,
)
from gatelodge.connections.saml.signature import covered
from gatelodge.model.saml import NameId, SamlSession

_SPACES: Final = {"samlp": names.PROTOCOL, "saml": names.ASSERTION}
_LONGEST_AGE: Final = 10 * 60_000


class Farewell(msgspec.Struct, frozen=True, kw_only=True):
    """A logout request that is believed; no ``indexes`` means every session."""

    id: str
    name_id: NameId
    indexes: tuple[str, ...]

    def means(self, session: SamlSession) -> bool:
        """Whether it ends this session."""
        if session.name_id.value != self.name_id.value:
            return False
        return not self.indexes or session.session_index in self.indexes


def name_key(name_id: NameId) -> str:
    """By which a provider's sessions of one person are found."""
    return digest_of(f"saml name\x00{name_id.value}")


def issuer_of(raw: bytes) -> str:
    """Whose message it says it is: to find the keys it has to be signed with."""
    return text_of(only(parse(raw), "saml:Issuer"))


def believe(
    message: Message,
    *,
    issuer: str,
    pinned: tuple[str, ...],
    destination: str,
    now: int,
) -> Farewell:
    """The logout request of a party that signed it.

    Raises:
        SamlRefusal: it is not theirs, not for us, or not of now.
    """
    root = parse(message.raw)
    if root.tag != names.protocol("LogoutRequest"):
        raise SamlRefusal("it is no LogoutRequest", rule="SAML-logout")
    if message.query is not None:
        binding.check_query(message.query, "SAMLRequest", pinned, now=now)
    else:
        root = covered(root, pinned, now=now)
    if root.get("Version") != "2.0" or not root.get("ID"):
        raise SamlRefusal("no ID, or not version 2.0", rule="SAML-version")
    if text_of(only(root, "saml:Issuer")) != issuer:
        raise SamlRefusal("it is of another party", rule="SAML-issuer")
    if root.get("Destination") != destination:
        raise SamlRefusal("it is for another destination", rule="SAML-destination")
    _check_time(root, now)
    found = only(root, "saml:NameID")
    if found is None:
        raise SamlRefusal("it names nobody we can read", rule="SAML-logout")
    name_id = NameId(value=text_of(found), format=found.get("Format", ""))
    indexes = tuple(text_of(one) for one in children(root, "samlp:SessionIndex"))
    return Farewell(id=root.get("ID", ""), name_id=name_id, indexes=indexes)


def _check_time(root: etree._Element, now: int) -> None:
    issued = moments.read(root.get("IssueInstant"))
    if issued is None or not -moments.SKEW <= now - issued <= _LONGEST_AGE:
        raise SamlRefusal("the request is not of now", rule="SAML-issue-instant")
    moments.check(
        None,
        root.get("NotOnOrAfter"),
        now=now,
        what="the request",
        rule="SAML-logout",
    )


def request(
    name_id: NameId,
    indexes: tuple[str, ...],
    *,
    own: str,
    destination: str,
    message_id: str,
    now: int,
) -> etree._Element:
    """Our request that the party's sessions end too; "" is no index."""
    root = _message("LogoutRequest", own, destination, message_id, now)
    attributes = {
        "Format": name_id.format,
        "NameQualifier": name_id.name_qualifier,
        "SPNameQualifier": name_id.sp_name_qualifier,
    }
    given = {name: value for name, value in attributes.items() if value}
    named = etree.SubElement(root, names.assertion("NameID"), attrib=given)
    named.text = name_id.value
    for one in filter(None, indexes):
        etree.SubElement(root, names.protocol("SessionIndex")).text = one
    return root


def confirmed(
    message: Message,
    *,
    in_response_to: str,
    issuer: str,
    pinned: tuple[str, ...],
    destination: str,
    now: int,
) -> bool:
    """Whether a party's answer says that its session has ended.

    ``pinned`` is empty where we know no key of the party. Then its word is taken
    unsigned: nothing but the way on hangs on it.

    Raises:
        SamlRefusal: it is no answer of theirs to this request of ours.
    """
    root = parse(message.raw)
    if root.tag != names.protocol("LogoutResponse"):
        raise SamlRefusal("it is no LogoutResponse", rule="SAML-logout-answer")
    if pinned and message.query is not None:
        binding.check_query(message.query, message.kind, pinned, now=now)
    elif pinned:
        root = covered(root, pinned, now=now)
    if text_of(only(root, "saml:Issuer")) != issuer:
        raise SamlRefusal("it is of another party", rule="SAML-issuer")
    if root.get("InResponseTo") != in_response_to or not in_response_to:
        raise SamlRefusal("it answers another request", rule="SAML-logout-answer")
    if root.get("Destination") not in (None, destination):
        raise SamlRefusal("it is for another destination", rule="SAML-destination")
    codes = children(root, "samlp:Status//samlp:StatusCode")
    return [one.get("Value") for one in codes] == [names.SUCCESS]


def response(
    in_response_to: str,
    *,
    own: str,
    destination: str,
    message_id: str,
    now: int,
    partial: bool = False,
) -> etree._Element:
    """Our answer: it is done; ``partial`` where somebody has not confirmed it."""
    root = _message("LogoutResponse", own, destination, message_id, now)
    root.set("InResponseTo", in_response_to)
    status = etree.SubElement(root, names.protocol("Status"))
    code = etree.SubElement(status, names.protocol("StatusCode"), Value=names.SUCCESS)
    if partial:
        etree.SubElement(code, names.protocol("StatusCode"), Value=names.PARTIAL_LOGOUT)
    return root


def _message(
    name: str, own: str, destination: str, message_id: str, now: int
) -> etree._Element:
    root = etree.Element(
        names.protocol(name),
        nsmap=_SPACES,
        attrib={
            "ID": message_id,
            "Version": "2.0",
            "IssueInstant": iso(now),
            "Destination": destination,
        },
    )
    etree.SubElement(root, names.assertion("Issuer")).text = own
    return root
