"""Single logout, both ways (SAML Profiles §4.4)."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import etree

from gatelodge.base.moment import iso
from gatelodge.connections.saml import binding
from gatelodge.connections.saml.document import parse
from gatelodge.model.reads import FindSid, ListSessions
from gatelodge.model.writes import PutConnection

from . import provider as idp
from .conftest import STRAIGHT, sign_in
from .provider import MINUTE, NOW
from .test_sign_in import SUB

LOGOUT = f"{idp.ISSUER}logout"


def request(**changes) -> etree._Element:
    values = {
        "issuer": idp.ENTITY,
        "destination": LOGOUT,
        "name": "ada",
        "index": "session-1",
        "issued": NOW,
        **changes,
    }
    root = etree.Element(
        idp.tag("p", "LogoutRequest"),
        nsmap={"samlp": idp.NS["p"], "saml": idp.NS["a"]},
        attrib={
            "ID": "_bye",
            "Version": "2.0",
            "IssueInstant": iso(values["issued"]),
            "Destination": values["destination"],
        },
    )
    etree.SubElement(root, idp.tag("a", "Issuer")).text = values["issuer"]
    etree.SubElement(root, idp.tag("a", "NameID")).text = values["name"]
    if values["index"]:
        one = etree.SubElement(root, idp.tag("p", "SessionIndex"))
        one.text = values["index"]
    return root


def by_redirect(root: etree._Element, key=None) -> str:
    return binding.redirect_url(
        "/logout",
        "SAMLRequest",
        idp.raw(root),
        relay_state="their state",
        key=key or idp.pair().key,
    )


async def alive(gate) -> list[bool]:
    found = await gate.house.store.read(ListSessions(user_id=SUB))
    return [one.alive(NOW) for one in found]


@pytest.fixture
async def inside(visitor, phone):
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    return visitor


async def test_the_provider_ends_our_session(gate, inside, visitor) -> None:
    stranger = gate.http()  # in a frame, with no cookie of ours
    answer = await stranger.get(by_redirect(request()))
    assert answer.status_code == 303, answer.text
    assert await alive(gate) == [False]
    location = urlsplit(answer.headers["location"])
    assert location.netloc + location.path == "idp.example/slo"
    query = parse_qs(location.query)
    root = parse(binding.from_query(query["SAMLResponse"][0]))
    assert root.get("InResponseTo") == "_bye"
    assert query["RelayState"] == ["their state"]
    shown = gate.house.snapshot.keyring.saml.signing
    binding.check_query(location.query, "SAMLResponse", shown, now=NOW)
    assert "slo" in await gate.log_types()


async def test_by_form_too(gate, inside) -> None:
    raw = idp.raw(idp.signed(request()))
    body = urlencode({"SAMLRequest": base64.b64encode(raw).decode()})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await gate.http().post("/logout", content=body, headers=headers)
    assert answer.status_code == 303, answer.text
    assert await alive(gate) == [False]


@pytest.mark.parametrize(
    ("changes", "ended"),
    [
        ({"index": ""}, True),
        ({"index": "another"}, False),
        ({"name": "eve"}, False),
    ],
)
async def test_only_what_it_names(gate, inside, changes, ended) -> None:
    answer = await gate.http().get(by_redirect(request(**changes)))
    assert answer.status_code == 303
    assert await alive(gate) == [not ended]


@pytest.mark.rule("SAML-logout")
@pytest.mark.parametrize(
    "url",
    [
        by_redirect(request(), key=idp.pair("eve").key),
        by_redirect(request()).partition("&SigAlg")[0],
        by_redirect(request(issuer="https://eve.example")),
        by_redirect(request(destination="https://other.example/logout")),
        by_redirect(request(issued=NOW - 11 * MINUTE)),
        by_redirect(idp.response()),
        "/logout?SAMLRequest=garbage",
    ],
)
async def test_a_request_that_is_not_to_be_believed(gate, inside, url) -> None:
    answer = await gate.http().get(url, headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert await alive(gate) == [True]


async def test_a_federated_logout_goes_on_to_the_provider(gate, inside) -> None:
    back = "http://localhost:3000/bye"
    query = urlencode({"client_id": "native", "returnTo": back})
    answer = await inside.get(f"/v2/logout?{query}&federated")
    assert await alive(gate) == [False]
    location = urlsplit(answer.headers["location"])
    assert location.netloc + location.path == "idp.example/slo"
    asked = parse_qs(location.query)
    root = parse(binding.from_query(asked["SAMLRequest"][0]))
    assert root.findtext("a:NameID", namespaces=idp.NS) == "ada"
    assert root.findtext("p:SessionIndex", namespaces=idp.NS) == "session-1"
    shown = gate.house.snapshot.keyring.saml.signing
    binding.check_query(location.query, "SAMLRequest", shown, now=NOW)
    done = {"SAMLResponse": "whatever", "RelayState": asked["RelayState"][0]}
    landed = await inside.client.get(f"/logout?{urlencode(done)}")
    assert landed.headers["location"] == back


async def test_without_the_word_the_provider_hears_nothing(gate, inside) -> None:
    query = urlencode({"client_id": "native", "returnTo": "http://localhost:3000/bye"})
    answer = await inside.get(f"/v2/logout?{query}")
    assert answer.headers["location"] == "http://localhost:3000/bye"


async def test_an_answer_to_nothing_leads_nowhere(gate, visitor) -> None:
    """No open redirect: where to go is our own word."""
    query = {"SAMLResponse": "x", "RelayState": "https://eve.example"}
    landed = await visitor.get(f"/logout?{urlencode(query)}")
    assert (landed.status_code, "location" in landed.headers) == (200, False)


async def test_a_session_is_known_by_its_sid(gate, inside) -> None:
    (session,) = await gate.house.store.read(ListSessions(user_id=SUB))
    assert await gate.house.store.read(FindSid(sid=session.sid))


async def test_two_connections_to_one_provider(gate, inside) -> None:
    import msgspec

    twin = msgspec.structs.replace(idp.connection(), id="con_0", name="aaa", position=0)
    await gate.write(PutConnection(connection=twin))
    await gate.http().get(by_redirect(request()))
    assert await alive(gate) == [False]
