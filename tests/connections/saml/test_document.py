"""XML that could act, or be read in two ways, is not read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections.saml.document import LARGEST, SamlRefusal, parse

from . import provider as idp
from .provider import Answer
from .test_response import believe, refused

XML = b"http://www.w3.org/XML/1998/namespace"


def rule_of(raw: bytes) -> str:
    with pytest.raises(SamlRefusal) as caught:
        parse(raw)
    return caught.value.rule


@pytest.mark.rule("SAML-xml-dtd")
@pytest.mark.parametrize(
    "raw",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<!doctype a><a/>",
        b'<?xml version="1.0"?>\n<!DOCTYPE a><a/>',
        b"<a><!ENTITY b></a>",
    ],
)
def test_no_dtd(raw) -> None:
    assert rule_of(raw) == "SAML-xml-dtd"


@pytest.mark.rule("SAML-xml")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text",
        b"<a>",
        b"<a/><b/>",
        b"<a>&x;</a>",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        "<a/>".encode("utf-16"),
        b"+ADw-!DOCTYPE a+AD4-<a/>",
        b"<a>" * 100 + b"</a>" * 100,
    ],
)
def test_nothing_but_xml_in_utf_8(raw) -> None:
    assert rule_of(raw) == "SAML-xml"


def test_a_declared_encoding_does_not_count() -> None:
    raw = '<?xml version="1.0" encoding="utf-7"?><a>ä+ADw-</a>'.encode()
    assert parse(raw).text == "ä+ADw-"


@pytest.mark.rule("SAML-xml-size")
def test_a_limit() -> None:
    assert rule_of(b"<a>" + b"x" * LARGEST + b"</a>") == "SAML-xml-size"


@pytest.mark.rule("SAML-xml-comment")
@pytest.mark.parametrize(
    "raw",
    [
        b"<a>x<!-- y -->z</a>",
        b"<a>x<?php y ?>z</a>",
        b"<!-- before --><a/>",
        b"<a/><!-- after -->",
        b"<?before x?><a/>",
    ],
)
def test_no_comments_and_no_instructions(raw) -> None:
    assert rule_of(raw) == "SAML-xml-comment"


@pytest.mark.rule("SAML-xml-comment")
@pytest.mark.parametrize("how", ["assertion", "response", "both"])
def test_a_comment_cuts_no_name_short(how) -> None:
    """CVE-2017-11427 and its kin: canonical forms leave comments out of the digest."""
    answer = Answer(name_id="ada@acme.example.eve.example")
    raw = idp.raw(idp.honest(answer, how=how))
    cut = raw.replace(b"acme.example.eve", b"acme.example<!-- -->.eve")
    assert cut != raw
    assert refused(cut) == "SAML-xml-comment"


@pytest.mark.rule("SAML-xml-id")
@pytest.mark.parametrize(
    "raw",
    [
        b'<a ID="x"><b ID="x"/></a>',
        b'<a ID="x"><b Id="x"/></a>',
        b'<a ID="x"><b xml:id="x"/></a>',
        b'<a ID=""/>',
        b'<a ID="x y"/>',
        b"<a ID=\"x' or '1'='1\"/>",
    ],
)
def test_an_id_is_ones_own(raw) -> None:
    assert rule_of(raw) == "SAML-xml-id"


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw) -> None:
    try:
        parse(raw)
    except SamlRefusal:
        return


HONEST = idp.raw(idp.honest(how="both"))


@settings(max_examples=200, deadline=None)
@given(
    at=st.integers(0, len(HONEST) - 1),
    length=st.integers(0, 40),
    put=st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"eve", b"<!---->", b"<a/>", b'"', b"&#101;", b"<![CDATA[e]]>"]
        ),
    ),
)
def test_whatever_is_changed_nobody_else_comes_of_it(at, length, put) -> None:
    changed = HONEST[:at] + put + HONEST[at + length :]
    try:
        found = believe(changed)
    except UpstreamRefusal:
        return
    assert (found.name_id.value, found.assertion_id) == ("ada", "_assertion")
    assert found.attributes["email"] == ("ada@acme.example",)
