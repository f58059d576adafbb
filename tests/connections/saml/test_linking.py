"""One person, several accounts: those that an identity provider vouches for."""

from __future__ import annotations

import re

import pytest

from gatelodge.model.reads import FindPerson, ListWays, TailLog
from gatelodge.model.saml import IdpInitiated
from tests.protocol.gatehouse import Visitor, claims_of

from . import provider as idp
from .conftest import STRAIGHT, Asked, connect, post, sign_in
from .provider import Answer

ADA = "ada@acme.example"
THEIRS = "samlp|acme|ada"
DECLARED = {"link_by_verified_email": True, "domains": ("acme.example",)}
UNASKED = Answer(in_response_to=None, response_in_response_to=None)


async def person(gate, user_id: str = THEIRS):
    found = await gate.house.store.read(FindPerson(user_id=user_id))
    return found.user if found else None


async def sub_of(phone, landed) -> str:
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    return claims_of(tokens["id_token"])["sub"]


@pytest.mark.rule("House-link-verified")
async def test_an_address_that_the_provider_speaks_for_links(
    gate, visitor, phone
) -> None:
    ada = await gate.user(ADA, email_verified_at=1)
    await connect(gate, options=DECLARED)
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == ada.user_id
    assert (await person(gate)).linked_to == ada.user_id
    landed = await sign_in(
        Visitor(gate), phone.authorize_url(**STRAIGHT), assertion_id="_again"
    )
    assert await sub_of(phone, landed) == ada.user_id
    assert "ss" not in await gate.log_types()


@pytest.mark.rule("House-link-verified")
@pytest.mark.parametrize(
    ("ours", "options"),
    [
        (None, DECLARED),
        (1, {**DECLARED, "link_by_verified_email": False}),
        (1, {**DECLARED, "domains": ("other.example",)}),
    ],
    ids=["pre-hijack: ours unverified", "not switched on", "not theirs to verify"],
)
async def test_nothing_is_linked_where_one_side_is_not_proven(
    gate, visitor, phone, ours, options
) -> None:
    await gate.user(ADA, email_verified_at=ours)
    await connect(gate, options=options)
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == THEIRS
    assert (await person(gate)).linked_to is None


async def test_an_answer_that_is_not_believed_links_nothing(
    gate, visitor, phone
) -> None:
    await gate.user(ADA, email_verified_at=1)
    await connect(gate, options=DECLARED)
    url = phone.authorize_url(**STRAIGHT)
    page = await sign_in(visitor, url, audiences=(("another",),))
    assert "could not confirm" in page.text
    assert await person(gate) is None


async def test_an_answer_that_nobody_asked_for_links_too(gate, visitor, phone) -> None:
    ada = await gate.user(ADA, email_verified_at=1)
    await gate.change_options(
        "native", initiate_login_uri="https://app.example.com/sign-in"
    )
    await connect(
        gate, options=DECLARED, idp_initiated=IdpInitiated(client_id="native")
    )
    await post(visitor, idp.honest(UNASKED))
    assert (await person(gate)).linked_to == ada.user_id
    landed = await visitor.get(phone.authorize_url())
    assert await sub_of(phone, landed) == ada.user_id


# -- by the person ------------------------------------------------------------------


async def connecting(gate) -> tuple[Visitor, Asked]:
    """A signed-in person, and our request on its way to the provider."""
    visitor = Visitor(gate)
    await visitor.sign_in("/account", ADA)
    page = await visitor.get("/account/identities")
    assert "Connect Acme" in page.text
    return visitor, Asked(await _send(visitor, page, "connect", connection="acme"))


async def _send(visitor: Visitor, page, decision: str, **fields):
    who = re.search(r'name="who" value="([^"]+)"', page.text)[1]
    return await visitor.post(
        page, "/account/identities", {"who": who, "decision": decision, **fields}
    )


async def test_a_person_connects_and_disconnects_an_account(gate, phone) -> None:
    ada = await gate.user(ADA)
    visitor, asked = await connecting(gate)
    answer = idp.honest(asked.answer())
    page = await post(visitor, answer, asked.relay_state)
    assert "The account is connected" in page.text
    assert (await person(gate)).linked_to == ada.user_id
    url = phone.authorize_url(**STRAIGHT)
    landed = await sign_in(Visitor(gate), url, assertion_id="_again")
    assert await sub_of(phone, landed) == ada.user_id
    again = await post(visitor, answer, asked.relay_state)  # a trip ends once
    assert "The account is connected" not in again.text
    page = await visitor.get("/account/identities")
    page = await _send(visitor, page, "disconnect", identity=THEIRS)
    assert "The account is disconnected" in page.text
    assert (await person(gate)).linked_to is None


async def test_an_assertion_that_signed_somebody_in_connects_nothing(
    gate, visitor, phone
) -> None:
    await gate.user(ADA)
    hers, asked = await connecting(gate)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT), name_id="eve")
    page = await post(hers, idp.honest(asked.answer()), asked.relay_state)
    assert "Something has changed meanwhile" in page.text
    assert await person(gate) is None


async def test_an_answer_that_is_not_believed_connects_nothing(gate) -> None:
    await gate.user(ADA)
    visitor, asked = await connecting(gate)
    forged = idp.honest(asked.answer(), by=idp.pair("eve"))
    page = await post(visitor, forged, asked.relay_state)
    assert page.url.path == "/login/callback"
    assert 'role="alert"' in page.text
    assert await person(gate) is None
    (line,) = await gate.house.store.read(TailLog(type="f"))
    assert line.connection_id == "con_acme"


@pytest.mark.rule("House-identity-taken")
async def test_an_identity_of_somebody_else_stays_theirs(gate, visitor, phone) -> None:
    ada = await gate.user(ADA)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT), assertion_id="_before")
    hers, asked = await connecting(gate)
    page = await post(hers, idp.honest(asked.answer()), asked.relay_state)
    assert "You are somebody else here when you sign in with Acme" in page.text
    assert len(await gate.house.store.read(ListWays(user_id=ada.user_id))) == 1


async def test_the_way_back_is_good_in_the_session_that_began_it_alone(gate) -> None:
    await gate.user(ADA)
    await gate.user("bob@example.com")
    _, asked = await connecting(gate)
    answer = idp.honest(asked.answer())
    stranger = Visitor(gate)
    assert "Sign in" in (await post(stranger, answer, asked.relay_state)).text
    await stranger.sign_in("/account", "bob@example.com")
    page = await post(stranger, answer, asked.relay_state)
    assert "Something has changed meanwhile" in page.text
    assert await person(gate) is None


async def test_whoever_signs_in_after_somebody_gets_none_of_their_accounts(
    gate,
) -> None:
    await gate.user(ADA)
    bob = await gate.user("bob@example.com")
    browser, asked = await connecting(gate)
    await browser.get("/v2/logout?client_id=native")
    await browser.sign_in("/account", "bob@example.com")
    page = await browser.get("/account/identities")
    assert bob.email in page.text
    page = await post(browser, idp.honest(asked.answer()), asked.relay_state)
    assert "Something has changed meanwhile" in page.text
    assert await person(gate) is None


async def test_a_stale_session_proves_itself_before_it_connects(gate) -> None:
    await gate.user(ADA)
    visitor = Visitor(gate)
    await visitor.sign_in("/account", ADA)
    page = await visitor.get("/account/identities")
    gate.clock.turn(seconds=15 * 60 + 1)
    page = await _send(visitor, page, "connect", connection="acme")
    assert page.url.path == "/u/login"
