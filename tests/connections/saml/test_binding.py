"""How messages travel, and signatures of queries."""

from __future__ import annotations

import base64
import zlib
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.connections.saml import binding, request
from gatelodge.connections.saml.document import LARGEST, SamlRefusal, parse
from gatelodge.connections.saml.party import saml_party
from gatelodge.connections.saml.signature import covered

from . import provider as idp
from .provider import NOW
from .test_metadata import KEYS

OURS = idp.pair("ours")
PARTY = saml_party(idp.connection(), idp.ISSUER)
URL = "https://idp.example/sso?tenant=1"


def signed_query(relay_state="here & there") -> str:
    url = binding.redirect_url(
        URL, "SAMLRequest", b"<a/>", relay_state=relay_state, key=OURS.key
    )
    assert url.startswith(f"{URL}&SAMLRequest=")
    return urlsplit(url).query.removeprefix("tenant=1&")


def rule_of(query: str, pinned=(OURS.pinned,), now=NOW) -> str:
    with pytest.raises(SamlRefusal) as caught:
        binding.check_query(query, "SAMLRequest", pinned, now=now)
    return caught.value.rule


@given(raw=st.binary(max_size=2_000))
def test_there_and_back(raw) -> None:
    url = binding.redirect_url(URL, "SAMLRequest", raw)
    (text,) = parse_qs(urlsplit(url).query)["SAMLRequest"]
    assert binding.from_query(text) == raw
    assert binding.from_form(binding.posted(raw)) == raw


def test_a_signed_query_holds() -> None:
    for query in (signed_query(), signed_query("")):
        binding.check_query(query, "SAMLRequest", (OURS.pinned,), now=NOW)


@pytest.mark.rule("SAML-binding")
@pytest.mark.parametrize(
    ("name", "spelled"),
    [("RelayState", "Relay%53tate"), ("SAMLRequest", "SAML%52equest")],
)
def test_a_name_that_is_spelled_otherwise_is_none(name, spelled) -> None:
    """It would be read, and no signature would cover it."""
    query = f"{signed_query('')}&{spelled}=hers"
    assert rule_of(query) == "SAML-binding"
    assert rule_of(signed_query().replace(name, spelled, 1)) == "SAML-binding"


@pytest.mark.rule("SAML-signature")
@pytest.mark.parametrize(
    "change",
    [
        lambda query: query.replace("RelayState=here", "RelayState=hers"),
        lambda query: query.replace("rsa-sha256", "rsa-sha512"),
        lambda query: query.replace("rsa-sha256", "rsa-sha1"),
        lambda query: query.replace("SAMLRequest=", "SAMLRequest=A"),
        lambda query: query.partition("&Signature=")[0],
        lambda query: query.partition("&Signature=")[0] + "&Signature=AAAA",
        lambda query: query.replace("&RelayState=here%20%26%20there", ""),
    ],
)
def test_a_changed_query_does_not(change) -> None:
    assert rule_of(change(signed_query())) == "SAML-signature"


@pytest.mark.rule("SAML-signature")
def test_nor_by_another_key_or_an_old_one() -> None:
    assert rule_of(signed_query(), (idp.pair("eve").pinned,)) == "SAML-signature"
    assert rule_of(signed_query(), now=NOW * 2) == "SAML-signature"


@pytest.mark.rule("SAML-binding")
def test_no_parameter_twice() -> None:
    query = signed_query()
    assert rule_of(f"SAMLRequest=AAAA&{query}") == "SAML-binding"


@pytest.mark.rule("SAML-binding")
@pytest.mark.parametrize("text", ["***", base64.b64encode(b"not deflated").decode()])
def test_what_does_not_unpack(text) -> None:
    with pytest.raises(SamlRefusal) as caught:
        binding.from_query(text)
    assert caught.value.rule == "SAML-binding"


@pytest.mark.rule("SAML-xml-size")
def test_a_bomb_does_not_go_off() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"<" * 50 * LARGEST) + packer.flush()
    with pytest.raises(SamlRefusal) as caught:
        binding.from_query(base64.b64encode(packed).decode())
    assert caught.value.rule == "SAML-xml-size"


def asked(**changes):
    own = saml_party(idp.connection(**changes), idp.ISSUER)
    root = request.authn_request(own, nonce="1n", now=NOW, anew=True)
    return request.question(
        own, root, endpoint="https://idp.example/sso", relay_state="r", keys=KEYS
    )


def test_our_question_by_redirect_is_signed() -> None:
    query = urlsplit(asked().address).query
    binding.check_query(query, "SAMLRequest", (OURS.pinned,), now=NOW)
    root = parse(binding.from_query(parse_qs(query)["SAMLRequest"][0]))
    assert root.get("ID") == "_1n"
    assert root.get("ForceAuthn") == "true"
    assert root.get("AssertionConsumerServiceURL") == idp.CONSUMER
    assert root.findtext("a:Issuer", namespaces=idp.NS) == idp.AUDIENCE


def test_our_question_by_form_is_signed() -> None:
    fields = dict(asked(request_binding="HTTP-POST").fields)
    root = parse(binding.from_form(fields["SAMLRequest"]))
    assert covered(root, (OURS.pinned,), now=NOW).get("ID") == "_1n"
    assert fields["RelayState"] == "r"


def test_unsigned_if_the_connection_says_so() -> None:
    plain = urlsplit(asked(sign_request=False).address).query
    assert "Signature" not in plain
    form = dict(asked(sign_request=False, request_binding="HTTP-POST").fields)
    assert b"Signature" not in binding.from_form(form["SAMLRequest"])
