"""The ordered checks of an answer, each broken in its turn."""

from __future__ import annotations

import pytest
from lxml import etree

from gatelodge.connections.saml import response as rules
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.moments import SKEW
from gatelodge.connections.saml.party import saml_party

from . import provider as idp
from .provider import MINUTE, NOW, Answer

PARTY = saml_party(idp.connection(), idp.ISSUER)
OWN = idp.pair("ours")
WAYS = ["assertion", "response", "both"]


def believe(document, *, request_id=idp.REQUEST, party=PARTY, now=NOW):
    raw = document if isinstance(document, bytes) else idp.raw(document)
    return rules.believe(raw, party, request_id=request_id, keys=(OWN.key,), now=now)


def refused(document, **more) -> str:
    with pytest.raises(SamlRefusal) as caught:
        believe(document, **more)
    return caught.value.rule


@pytest.mark.parametrize("how", WAYS)
def test_an_honest_answer_is_believed(how) -> None:
    found = believe(idp.honest(how=how))
    assert found.name_id.value == "ada"
    assert found.attributes["groups"] == ("staff", "pilots")
    assert (found.assertion_id, found.session_index) == ("_assertion", "session-1")
    assert found.until > NOW + 5 * MINUTE


@pytest.mark.rule("SAML-signature")
def test_nothing_unsigned_is_believed() -> None:
    assert refused(idp.response(Answer(), idp.assertion())) == "SAML-signature"


@pytest.mark.rule("SAML-signature")
@pytest.mark.parametrize("how", WAYS)
def test_another_key_signs_in_vain(how) -> None:
    """Its certificate travels in the message, which is not where we look."""
    assert refused(idp.honest(how=how, by=idp.pair("eve"))) == "SAML-signature"


@pytest.mark.rule("SAML-signature")
@pytest.mark.parametrize("how", WAYS)
def test_what_was_changed_after_signing_is_refused(how) -> None:
    document = idp.honest(how=how)
    document.find(".//a:NameID", idp.NS).text = "eve"
    assert refused(document) == "SAML-signature"


@pytest.mark.rule("SAML-certificate")
def test_a_certificate_that_ended_signs_nothing() -> None:
    old = idp.pair("old", days=10)
    party = saml_party(idp.connection(certificates=(old.pinned,)), idp.ISSUER)
    assert refused(idp.honest(by=old), party=party) == "SAML-certificate"


def test_two_certificates_overlap() -> None:
    following = idp.pair("following")
    both = (idp.pair().pinned, following.pinned)
    party = saml_party(idp.connection(certificates=both), idp.ISSUER)
    assert believe(idp.honest(by=following), party=party)
    assert believe(idp.honest(), party=party)


WRONG = {
    "issuer": ({"issuer": "https://eve.example"}, "SAML-issuer"),
    "no issuer": ({"issuer": None}, "SAML-issuer"),
    "another issuer of the response": (
        {"response_issuer": "https://eve.example"},
        "SAML-issuer",
    ),
    "destination": ({"destination": "https://other.example/acs"}, "SAML-destination"),
    "destination of another connection": (
        {"destination": f"{idp.CONSUMER}2"},
        "SAML-destination",
    ),
    "recipient": ({"recipient": "https://other.example/acs"}, "SAML-recipient"),
    "no recipient": ({"recipient": None}, "SAML-recipient"),
    "audience": ({"audiences": (("urn:other",),)}, "SAML-audience"),
    "no audience": ({"audiences": ()}, "SAML-audience"),
    "empty audience": ({"audiences": ((),)}, "SAML-audience"),
    "one of two restrictions": (
        {"audiences": ((idp.AUDIENCE,), ("urn:other",))},
        "SAML-audience",
    ),
    "in response to": ({"in_response_to": "_other"}, "SAML-in-response"),
    "in response to nothing": ({"in_response_to": None}, "SAML-in-response"),
    "response to another": (
        {"response_in_response_to": "_other"},
        "SAML-in-response",
    ),
    "not yet": ({"not_before": NOW + SKEW + 1}, "SAML-conditions"),
    "no longer": ({"not_on_or_after": NOW - SKEW}, "SAML-conditions"),
    "for ever": ({"not_on_or_after": None}, "SAML-conditions"),
    "without conditions": ({"conditions": False}, "SAML-conditions"),
    "confirmed no longer": ({"confirmed_until": NOW - SKEW}, "SAML-confirmation"),
    "confirmed for ever": ({"confirmed_until": None}, "SAML-confirmation"),
    "confirmed later": ({"confirmed_from": NOW - MINUTE}, "SAML-confirmation"),
    "another method": (
        {"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"},
        "SAML-subject",
    ),
    "no statement": ({"statement": False}, "SAML-statement"),
    "session ended": ({"session_until": NOW - SKEW}, "SAML-statement"),
    "issued too early": ({"issued": NOW - 11 * MINUTE}, "SAML-issue-instant"),
    "issued later": ({"issued": NOW + SKEW + 1}, "SAML-issue-instant"),
    "failed": (
        {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder"},
        "SAML-status",
    ),
}


@pytest.mark.rule("SAML-issuer")
@pytest.mark.rule("SAML-destination")
@pytest.mark.rule("SAML-recipient")
@pytest.mark.rule("SAML-audience")
@pytest.mark.rule("SAML-in-response")
@pytest.mark.rule("SAML-conditions")
@pytest.mark.rule("SAML-confirmation")
@pytest.mark.rule("SAML-subject")
@pytest.mark.rule("SAML-statement")
@pytest.mark.rule("SAML-issue-instant")
@pytest.mark.rule("SAML-status")
@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("case", WRONG)
def test_each_part_has_to_hold(case, how) -> None:
    changes, rule = WRONG[case]
    assert refused(idp.honest(Answer(**changes), how=how)) == rule


@pytest.mark.rule("SAML-destination")
def test_a_signed_response_says_where_it_goes() -> None:
    answer = Answer(destination=None)
    assert refused(idp.honest(answer, how="response")) == "SAML-destination"
    assert believe(idp.honest(answer))  # nothing unsigned is needed


@pytest.mark.parametrize(
    "changes",
    [
        {"not_before": NOW + SKEW},
        {"not_on_or_after": NOW - SKEW + 1},
        {"confirmed_until": NOW - SKEW + 1},
        {"issued": NOW + SKEW},
        {"issued": NOW - 10 * MINUTE},
        {"audiences": (("urn:other", idp.AUDIENCE),)},
    ],
)
def test_edges_that_still_hold(changes) -> None:
    assert believe(idp.honest(Answer(**changes)))


@pytest.mark.rule("SAML-time-form")
@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "", "1"]
)
def test_times_are_utc(text) -> None:
    inner = idp.assertion()
    inner.find(".//a:Conditions", idp.NS).set("NotOnOrAfter", text)
    document = idp.response(Answer(), idp.signed(inner))
    assert refused(document) == "SAML-time-form"


def test_a_denial_is_told_as_one() -> None:
    denied = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
    with pytest.raises(SamlRefusal) as caught:
        believe(idp.response(Answer(status=denied)))
    assert caught.value.says == "error.upstream_denied"


def test_an_answer_to_no_request_answers_none() -> None:
    answer = Answer(in_response_to=None, response_in_response_to=None)
    assert believe(idp.honest(answer), request_id=None)
    assert refused(idp.honest(answer)) == "SAML-in-response"
    assert refused(idp.honest(), request_id=None) == "SAML-in-response"


@pytest.mark.rule("SAML-one-assertion")
def test_exactly_one_assertion() -> None:
    first = idp.signed(idp.assertion())
    second = idp.signed(idp.assertion(Answer(assertion_id="_second")))
    assert refused(idp.response(Answer(), first, second)) == "SAML-one-assertion"
    assert refused(idp.signed(idp.response())) == "SAML-one-assertion"


@pytest.mark.rule("SAML-one-assertion")
def test_no_assertion_within_another() -> None:
    outer = idp.assertion()
    advice = etree.SubElement(outer, idp.tag("a", "Advice"))
    advice.append(idp.assertion(Answer(assertion_id="_inner")))
    document = idp.response(Answer(), idp.signed(outer))
    assert refused(document) == "SAML-one-assertion"


@pytest.mark.rule("SAML-response")
def test_something_else_is_no_answer() -> None:
    assert refused(idp.signed(idp.assertion())) == "SAML-response"


@pytest.mark.rule("SAML-version")
@pytest.mark.parametrize("version", ["1.1", "2.1", None])
def test_version_two_alone(version) -> None:
    inner = idp.assertion()
    if version is None:
        del inner.attrib["Version"]
    else:
        inner.set("Version", version)
    assert refused(idp.response(Answer(), idp.signed(inner))) == "SAML-version"


@pytest.mark.rule("SAML-once")
def test_a_part_that_stands_twice_is_not_chosen_from() -> None:
    inner = idp.assertion()
    named = inner.find(".//a:NameID", idp.NS)
    twin = etree.fromstring(etree.tostring(named))
    twin.text = "eve"
    named.addnext(twin)
    assert refused(idp.response(Answer(), idp.signed(inner))) == "SAML-once"


@pytest.mark.rule("SAML-text")
def test_text_is_text_alone() -> None:
    inner = idp.assertion()
    etree.SubElement(inner.find(".//a:NameID", idp.NS), "x").tail = "tail"
    assert refused(idp.response(Answer(), idp.signed(inner))) == "SAML-text"
