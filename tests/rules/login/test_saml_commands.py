"""What actions may say of an answer by SAML, and what stays the administrator's."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.login.action_commands import LARGEST_CLAIMS, after, read
from gatelodge.login.command import Unreadable
from gatelodge.model.saml import SamlChanges
from gatelodge.oauth.outcome import NOTHING

PLACES = ("https://app.example/acs", "https://app.example/other")


def said(*commands, places=PLACES, before=NOTHING):
    raw = msgspec.json.encode(commands)
    return after(before, read(raw, "post-login"), places=places)


def of(setter, value, **more):
    return {"command": f"samlResponse.{setter}", "value": value, **more}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("a", ("a",)),
        (["a", "b"], ("a", "b")),
        (True, ("true",)),
        (7, ("7",)),
        ([1, "x", False], ("1", "x", "false")),
        (None, ()),
        ("", ()),
        ("a\x00b\nc", ("abc",)),
    ],
)
def test_values_of_an_attribute(value, told) -> None:
    found = said(of("setAttribute", value, name="groups")).saml.attributes
    assert found == {"groups": told}


def test_what_came_before_stays_and_the_last_word_holds() -> None:
    first = said(
        of("setAttribute", 1, name="a"),
        of("setAttribute", 1, name="b"),
        of("setAudience", "urn:first"),
        of("setLifetimeInSeconds", 60),
    )
    both = said(
        of("setAttribute", 2, name="a"), of("setAudience", "urn:2"), before=first
    )
    assert both.saml.attributes == {"a": ("2",), "b": ("1",)}
    assert (both.saml.audience, both.saml.lifetime) == ("urn:2", 60)


@pytest.mark.parametrize("name", ["setRecipient", "setDestination"])
def test_an_answer_goes_to_the_app_or_nowhere(name) -> None:
    assert said(of(name, PLACES[1])).saml != SamlChanges()
    for place in ("https://eve.example/acs", PLACES[0] + "/", ""):
        with pytest.raises(Unreadable):
            said(of(name, place))
    with pytest.raises(Unreadable, match="none of the app's callbacks"):
        said(of(name, "https://eve.example/acs"))


def test_where_the_answer_is_not_by_saml_nothing_is_meant() -> None:
    commands = (
        of("setAudience", "urn:x"),
        of("setDestination", "https://eve.example/"),
    )
    assert said(*commands, places=None) == NOTHING


@pytest.mark.parametrize(
    "command",
    [
        of("setIssuer", "urn:other"),
        of("setKey", "x"),
        of("setCert", "x"),
        of("setEncryptionCert", "x"),
        of("setSignatureAlgorithm", "rsa-sha1"),
        of("setDigestAlgorithm", "sha1"),
        of("setLifetimeInSeconds", 0),
        of("setLifetimeInSeconds", 10**9),
        of("setNameIdentifierProbes", []),
        of("setNameIdentifierProbes", "email"),
        of("setSignResponse", "yes"),
        of("setAudience", ""),
        of("setAttribute", {"a": 1}, name="a"),
        of("setAttribute", "a" * 10, name=""),
        of("setRelayState", "x" * 2_000),
    ],
)
def test_what_may_not_be(command) -> None:
    with pytest.raises(Unreadable):
        said(command)


def test_what_is_done_anyway_may_be_asked_for() -> None:
    same = (
        of("setSignatureAlgorithm", "rsa-sha256"),
        of("setDigestAlgorithm", "sha256"),
    )
    assert said(*same) == NOTHING


def test_an_answer_does_not_grow_without_end() -> None:
    many = (
        of("setAttribute", ["x" * 900] * 20, name=str(at))
        for at in range(LARGEST_CLAIMS // 18_000 + 1)
    )
    with pytest.raises(Unreadable, match="larger"):
        said(*many)


def test_only_after_a_login() -> None:
    raw = msgspec.json.encode([of("setAudience", "urn:x")])
    with pytest.raises(Unreadable):
        read(raw, "credentials-exchange")
