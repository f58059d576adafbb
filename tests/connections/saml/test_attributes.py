"""From a provider's attributes to our fields."""

from __future__ import annotations

import pytest

from gatelodge.connections.saml import attributes
from gatelodge.connections.saml.document import SamlRefusal
from gatelodge.connections.saml.party import saml_party
from gatelodge.connections.saml.response import Vouching
from gatelodge.model.saml import NameId

from . import provider as idp

CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


def party(*, options=None, **changes):
    return saml_party(idp.connection(options=options, **changes), idp.ISSUER)


def vouching(name_id="ada", *, form="", friendly=None, **said) -> Vouching:
    return Vouching(
        assertion_id="_a",
        until=0,
        name_id=NameId(value=name_id, format=form) if name_id else None,
        attributes={name: tuple(found) for name, found in said.items()},
        friendly=friendly or {},
    )


def test_what_providers_usually_say() -> None:
    said = {
        f"{CLAIM}/emailaddress": ["Ada@Acme.example"],
        f"{CLAIM}/givenname": ["Ada"],
        "urn:oid:2.5.4.4": ["Lovelace"],
        "displayName": ["Ada L."],
    }
    found = attributes.read(vouching(**said), party())
    assert (found.external_id, found.email) == ("ada", "ada@acme.example")
    assert (found.given_name, found.family_name) == ("Ada", "Lovelace")
    assert (found.name, found.email_verified) == ("Ada L.", False)
    assert found.raw["attributes"]["displayName"] == ["Ada L."]


def test_the_connections_own_names_come_first() -> None:
    own = party(fields={"email": ("work", "home"), "groups": ("memberOf",)})
    said = {"email": ["a@x.example"], "home": ["b@x.example"], "memberOf": ["g", "h"]}
    found = attributes.read(vouching(**said), own)
    assert found.email == "b@x.example"
    assert found.raw["mapped"] == {"groups": ["g", "h"]}


def test_a_friendly_name_names_too() -> None:
    said = vouching(friendly={"mail": "urn:x:1"}, **{"urn:x:1": ["ada@acme.example"]})
    assert attributes.read(said, party()).email == "ada@acme.example"


def test_who_it_is_may_stand_in_an_attribute() -> None:
    own = party(fields={"user_id": ("employeeNumber",)})
    assert attributes.read(vouching(employeeNumber=["42"]), own).external_id == "42"
    assert attributes.read(vouching(), own).external_id == "ada"
    upn = vouching(None, **{f"{CLAIM}/upn": ["ada@acme"]})
    assert attributes.read(upn, party()).external_id == "ada@acme"


@pytest.mark.rule("SAML-user-id")
@pytest.mark.parametrize(
    "said",
    [
        vouching(None),
        vouching("a" * 256),
        vouching("a\u202eb"),
        vouching("passing", form=TRANSIENT),
    ],
)
def test_somebody_has_to_be_named_for_good(said) -> None:
    with pytest.raises(SamlRefusal) as caught:
        attributes.read(said, party())
    assert caught.value.rule == "SAML-user-id"


def test_a_transient_name_beside_one_that_stays() -> None:
    own = party(fields={"user_id": ("uid",)})
    said = vouching("passing", form=TRANSIENT, uid=["ada"])
    assert attributes.read(said, own).external_id == "ada"


@pytest.mark.parametrize(
    ("said", "domains", "proven"),
    [
        ({}, (), False),
        ({}, ("acme.example",), True),
        ({}, ("example",), False),
        ({"email_verified": ["true"]}, (), True),
        ({"email_verified": ["false"]}, (), False),
    ],
)
def test_whose_addresses_are_proven(said, domains, proven) -> None:
    own = party(options={"domains": domains})
    found = attributes.read(vouching(email=["ada@acme.example"], **said), own)
    assert found.email_verified is proven


def test_a_preview_says_where_each_field_came_from() -> None:
    said = vouching(mail=["ada@acme.example"], sn=["L"])
    shown = {one.field: one.attribute for one in attributes.mapped(said, party())}
    assert shown == {"user_id": "nameid", "email": "mail", "family_name": "sn"}


def test_what_cannot_be_an_address_is_none() -> None:
    assert attributes.read(vouching(email=["no address"]), party()).email is None
