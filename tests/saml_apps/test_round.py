"""Apps of a session are told when it ends, in the person's browser (SAML Core §3.7)."""

from __future__ import annotations

import base64
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from lxml import etree

from gatelodge.connections.saml import binding, logout, signature
from gatelodge.connections.saml.document import parse
from gatelodge.model.reads import ListSessions, TailLog
from gatelodge.model.saml import NameId
from gatelodge.model.writes import DeleteClient, PutClient
from tests.connections.saml import provider as idp
from tests.protocol.gatehouse import (
    ISSUER,
    PASSWORD,
    Visitor,
    form_of,
    open_gatehouse,
)

from .apps import PARTIAL, SUCCESS, answer, app, asked, forward, told, way
from .test_two_houses import ADA

BYE = "http://localhost:3000/bye"
LEAVE = "/v2/logout?" + urlencode({"client_id": "native", "returnTo": BYE})
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}


@pytest.fixture
async def gate():
    async with open_gatehouse() as opened:
        opened.clock.at = idp.NOW
        for name in ("wiki", "tickets", "quiet"):
            changes = {"told_of_logout": False} if name == "quiet" else {}
            await opened.write(PutClient(client=app(name, **changes)))
        await opened.user(ADA)
        yield opened


@pytest.fixture
async def visitor(gate):
    """Ada, signed in at all three."""
    browser = Visitor(gate)
    page = await browser.get(f"{ISSUER}samlp/wiki")
    await browser.send(page, username=ADA, password=PASSWORD)
    for name in ("tickets", "quiet"):
        assert "SAMLResponse" in (await browser.get(f"{ISSUER}samlp/{name}")).text
    return browser


async def lines(gate, kind: str):
    found = await gate.house.store.read(TailLog(limit=50))
    return [line for line in found if line.type == kind]


async def test_every_app_is_told_and_the_person_gets_home(gate, visitor) -> None:
    first = await visitor.get(LEAVE)
    assert await alive_here(gate) == [False]
    url = forward(first)
    assert url.startswith("https://tickets.example/slo?")
    root, state = asked(url)
    assert len(state.encode()) <= 80  # Bindings §3.4.3
    assert root.get("Destination") == "https://tickets.example/slo"
    (name,) = root.iter("{*}NameID")
    (index,) = root.iter("{*}SessionIndex")
    assert name.text.startswith("auth0|")
    assert index.text.startswith("_")
    shown = gate.house.snapshot.keyring.saml.signing
    binding.check_query(urlsplit(url).query, "SAMLRequest", shown, now=idp.NOW)
    second = await visitor.get(answer("tickets", root, state))
    root, again = asked(forward(second))
    assert forward(second).startswith("https://wiki.example/slo?")
    landed = await visitor.get(answer("wiki", root, again))
    assert landed.headers["location"] == BYE
    assert await lines(gate, "flo") == []
    assert "You are signed out" in (await visitor.get(str(first.url))).text


async def alive_here(gate) -> list[bool]:
    (line,) = await lines(gate, "slo")
    found = await gate.house.store.read(ListSessions(user_id=line.user_id))
    return [one.alive(gate.clock.now()) for one in found]


async def test_by_form_where_the_app_wants_that(gate, visitor) -> None:
    await gate.write(PutClient(client=app("tickets", logout_binding="HTTP-POST")))
    page = await visitor.get(LEAVE)
    form = form_of(page.text)
    assert form.action == "https://tickets.example/slo"
    raw = binding.from_form(form.fields["SAMLRequest"])
    ours = gate.house.snapshot.keyring.saml.certificate
    root = signature.covered(parse(raw), (ours,), now=idp.NOW)
    made = logout.response(
        root.get("ID"),
        own="urn:tickets",
        destination=f"{ISSUER}samlp/tickets/logout",
        message_id="_answer",
        now=idp.NOW,
    )
    pair = idp.pair("tickets")
    told = signature.sign(made, pair.key, pair.pinned)
    fields = {
        "SAMLResponse": base64.b64encode(etree.tostring(told)).decode(),
        "RelayState": form.fields["RelayState"],
    }
    # A form from another site brings no cookies; the redirect after it does.
    posted = await gate.http().post(
        "/samlp/tickets/logout", content=urlencode(fields), headers=FORM
    )
    assert posted.status_code == 303, posted.text
    following = await visitor.get(posted.headers["location"])
    assert forward(following).startswith("https://wiki.example/slo?")


async def test_an_app_that_never_answers_is_no_dead_end(gate, visitor) -> None:
    first = await visitor.get(LEAVE)
    before, state = asked(forward(first))
    back = await visitor.get(str(first.url))  # the person goes back
    assert 'http-equiv="refresh"' not in back.text
    assert "Tickets" in back.text
    again, skip = way(back, "again"), way(back, "skip")
    once_more = await visitor.get(again)
    root, _ = asked(forward(once_more))
    assert root.get("ID") != before.get("ID")
    stale = await visitor.get(skip)  # of the request before
    assert "Tickets" in stale.text
    following = await visitor.get(way(stale, "skip"))
    root, state = asked(forward(following))
    assert forward(following).startswith("https://wiki.example/slo?")
    landed = await visitor.get(answer("wiki", root, state))
    assert landed.headers["location"] == BYE
    (line,) = await lines(gate, "flo")
    assert line.client_id == "tickets"


async def test_who_signs_out_once_more_finds_the_way_on(gate, visitor) -> None:
    await visitor.get(LEAVE)  # and Tickets never answers
    other = "https://web.example.com/bye"
    query = urlencode({"client_id": "web", "returnTo": other})
    back = await visitor.get(f"/v2/logout?{query}")
    following = await visitor.get(way(back, "skip"))
    landed = await visitor.get(answer("wiki", *asked(forward(following))))
    assert landed.headers["location"] == other
    again = await visitor.get(LEAVE)
    assert again.headers["location"] == BYE


async def test_an_app_that_says_not_all_of_it(gate, visitor) -> None:
    root, state = asked(forward(await visitor.get(LEAVE)))
    said = answer("tickets", root, state, codes=(SUCCESS, PARTIAL))
    assert "wiki.example" in forward(await visitor.get(said))
    (line,) = await lines(gate, "flo")
    assert (line.client_id, "not all" in line.details["description"]) == (
        "tickets",
        True,
    )


@pytest.mark.rule("SAML-logout-answer")
@pytest.mark.parametrize(
    "changes",
    [
        {"in_response_to": "_other"},
        {"own": "urn:wiki"},
        {"destination": f"{ISSUER}samlp/wiki/logout"},
        {"signed": False},
        {"key": idp.pair("eve").key},
    ],
)
async def test_an_answer_that_is_not_theirs(gate, visitor, changes) -> None:
    root, state = asked(forward(await visitor.get(LEAVE)))
    page = await visitor.get(answer("tickets", root, state, **changes))
    assert 'http-equiv="refresh"' not in page.text
    assert way(page, "skip")
    (line,) = await lines(gate, "flo")
    assert line.client_id == "tickets"
    genuine = await visitor.get(answer("tickets", root, state))
    assert "wiki.example" in forward(genuine)


async def test_an_app_that_is_asked_answers_for_itself_alone(gate, visitor) -> None:
    root, state = asked(forward(await visitor.get(LEAVE)))
    for name, url in (
        ("wiki", answer("wiki", root, state)),
        ("tickets", answer("tickets", root, "of nobody")),
    ):
        assert "You are signed out" in (await visitor.get(url)).text, name
    assert await lines(gate, "flo") == []


async def test_nobody_else_sees_who_is_next(gate, visitor) -> None:
    """An app on the way knows the state; its server is not the person's browser."""
    root, state = asked(forward(await visitor.get(LEAVE)))
    stranger = Visitor(gate)
    page = await stranger.get(answer("tickets", root, state))
    assert "wiki" not in page.text
    assert "You are signed out" in page.text
    assert "wiki.example" in forward(await visitor.get(f"/u/logout/apps?state={state}"))


async def test_a_round_does_not_wait_for_ever(gate, visitor) -> None:
    first = await visitor.get(LEAVE)
    gate.clock.at += 11 * 60_000
    page = await visitor.get(str(first.url))
    assert "Tickets" not in page.text
    assert "You are signed out" in page.text


async def test_an_app_that_went_away_is_passed(gate, visitor) -> None:
    page = await visitor.get("/oidc/logout?client_id=native")
    leaving = await visitor.send(page, decision="logout")
    root, state = asked(forward(leaving))
    await gate.write(DeleteClient(client_id="wiki"))
    landed = await visitor.get(answer("tickets", root, state))
    assert "You are signed out" in landed.text


async def test_who_is_not_signed_in_goes_straight_on(gate) -> None:
    landed = await Visitor(gate).get(LEAVE)
    assert landed.headers["location"] == BYE


# -- an app asks ---------------------------------------------------------------------


def farewell(gate, name: str, *, index: str = "", subject: str) -> str:
    root = logout.request(
        NameId(value=subject),
        (index,),
        own=f"urn:{name}",
        destination=f"{ISSUER}samlp/{name}/logout",
        message_id="_bye",
        now=gate.clock.now(),
    )
    return binding.redirect_url(
        f"{ISSUER}samlp/{name}/logout",
        "SAMLRequest",
        etree.tostring(root),
        relay_state="their state",
        key=idp.pair(name).key,
    )


async def subject_of(gate) -> str:
    (line,) = await lines(gate, "s")
    return line.user_id


@pytest.mark.parametrize("confirms", [True, False])
async def test_an_app_that_asks_hears_what_became_of_it(
    gate, visitor, confirms
) -> None:
    url = farewell(gate, "wiki", subject=await subject_of(gate))
    page = await visitor.get(url)
    assert await alive_here(gate) == [False]
    root, state = asked(forward(page))
    assert "tickets.example" in forward(page)
    if confirms:
        landed = await visitor.get(answer("tickets", root, state))
    else:
        landed = await visitor.get(way(await visitor.get(str(page.url)), "skip"))
    location = landed.headers["location"]
    assert location.startswith("https://wiki.example/slo?")
    codes = [SUCCESS] if confirms else [SUCCESS, PARTIAL]
    assert told(location) == ("_bye", codes, "their state")


async def test_an_app_that_asks_again_is_not_sent_in_circles(gate, visitor) -> None:
    url = farewell(gate, "wiki", subject=await subject_of(gate))
    await visitor.get(url)  # and Tickets never answers
    page = await visitor.get(url)
    landed = await visitor.get(way(page, "skip"))
    assert told(landed.headers["location"])[1] == [SUCCESS, PARTIAL]


async def test_in_a_frame_it_goes_by_redirects_alone(gate, visitor) -> None:
    """Our pages do not show there, and there are no cookies."""
    stranger = gate.http()
    frame = {"sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}

    async def hop(url: str) -> str:
        answered = await stranger.get(url, headers=frame)
        assert answered.status_code == 303, answered.text
        return urljoin(ISSUER, answered.headers["location"])

    url = farewell(gate, "wiki", subject=await subject_of(gate))
    there = await hop(await hop(url))
    assert there.startswith("https://tickets.example/slo?")
    landed = await hop(await hop(answer("tickets", *asked(there))))
    assert told(landed)[1] == [SUCCESS]
