"""XML of strangers, read so that nothing in it can act (security defaults 44, 46).

No DTD, no entities, no comments, no processing instructions, no network, a size limit:
what two parsers could read differently is not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections.saml.names import SPACES

LARGEST: Final = 262_144
_DEEPEST: Final = 64
_DOCTYPE: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ID: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,255}")


class SamlRefusal(UpstreamRefusal):
    """Something in SAML that is not believed; the page says that it failed."""

    def __init__(
        self, because: str, *, rule: str, says: str = "error.upstream_failed"
    ) -> None:
        super().__init__(says, rule=rule, because=because)


def parse(raw: bytes) -> etree._Element:
    """The root of a document in UTF-8.

    Raises:
        SamlRefusal: it is too large, not XML, or holds more than elements and text.
    """
    if len(raw) > LARGEST:
        raise SamlRefusal("the document is too large", rule="SAML-xml-size")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SamlRefusal("the document is not UTF-8", rule="SAML-xml") from error
    if _DOCTYPE.search(raw):
        raise SamlRefusal("the document has a DTD", rule="SAML-xml-dtd")
    try:
        root = etree.fromstring(_undeclared(text), parser=_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SamlRefusal("the document is not XML", rule="SAML-xml") from error
    _check(root)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=False,
        remove_pis=False,
        strip_cdata=False,
    )


def _undeclared(text: str) -> bytes:
    """Without the XML declaration: it could name another encoding than UTF-8's."""
    stripped = text.removeprefix("\ufeff").lstrip()
    if stripped.startswith("<?xml") and "?>" in stripped:
        stripped = stripped.split("?>", 1)[1].lstrip()
    return stripped.encode()


def _check(root: etree._Element) -> None:
    """Elements and text alone, not nested endlessly, each ID once."""
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise SamlRefusal("the document has a DTD", rule="SAML-xml-dtd")
    beside = (*root.itersiblings(), *root.itersiblings(preceding=True))
    if beside or any(not isinstance(one.tag, str) for one in root.iter()):
        text = "comments, processing instructions or entities in the document"
        raise SamlRefusal(text, rule="SAML-xml-comment")
    seen: set[str] = set()
    for depth, element in _walk(root):
        if depth > _DEEPEST:
            raise SamlRefusal("the document is nested too deeply", rule="SAML-xml")
        for name in _ids(element):
            if name in seen or not _ID.fullmatch(name):
                raise SamlRefusal("an ID is no ID or not its own", rule="SAML-xml-id")
            seen.add(name)


def _walk(root: etree._Element) -> Iterator[tuple[int, etree._Element]]:
    waiting = [(0, root)]
    while waiting:
        depth, element = waiting.pop()
        yield depth, element
        waiting.extend((depth + 1, child) for child in element)


def _ids(element: etree._Element) -> Iterator[str]:
    """Whatever a verifier might take for an ID, in any spelling and namespace."""
    for name, value in element.attrib.items():
        if etree.QName(str(name)).localname.lower() == "id":
            yield str(value)


def alone(element: etree._Element) -> bytes:
    """The element as a document of its own, with every namespace it can see."""
    found: bytes = etree.tostring(element, with_tail=False)
    return found


def children(element: etree._Element, path: str) -> list[etree._Element]:
    """Elements at a path of prefixed names, such as ``saml:Subject/saml:NameID``."""
    return list(element.findall(path, namespaces=dict(SPACES)))


def only(element: etree._Element, path: str) -> etree._Element | None:
    """The one element there; None where there is none.

    Raises:
        SamlRefusal: there are several.
    """
    found = children(element, path)
    if len(found) > 1:
        raise SamlRefusal(f"several {path}", rule="SAML-once")
    return found[0] if found else None


def text_of(element: etree._Element | None) -> str:
    """An element's own text; "" for none.

    Raises:
        SamlRefusal: it holds elements where only text belongs.
    """
    if element is None:
        return ""
    if len(element):
        raise SamlRefusal(f"elements within {element.tag}", rule="SAML-text")
    return (element.text or "").strip()
