"""One person, several accounts: linked by a verified address, and only so."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlencode

import pytest

from gatelodge.connections.provider import providers
from gatelodge.model.reads import (
    FindPerson,
    ListMail,
    ListSessions,
    ListWays,
    TailLog,
)
from gatelodge.model.writes import (
    BlockUser,
    DeleteUserRows,
    LeaveAccount,
    LinkAccount,
    UnlinkAccount,
)
from gatelodge.work.departures import depart_due
from tests.protocol.gatehouse import Visitor, claims_of

from .conftest import at_provider, connect, sign_in

THEIRS = "oidc|partner|auth0|ada"
STRAIGHT = {"connection": "partner"}


async def person(gate, user_id: str):
    found = await gate.house.store.read(FindPerson(user_id=user_id))
    return found.user if found else None


async def sub_of(phone, landed) -> str:
    tokens = (await phone.exchange(phone.answer(landed)["code"])).json()
    return claims_of(tokens["id_token"])["sub"]


async def switched_on(gate, provider) -> None:
    await connect(gate, provider, link_by_verified_email=True)
    provider.behave.claims = {"email_verified": True}


@pytest.mark.rule("House-link-verified")
async def test_a_verified_address_links_at_the_first_sign_in(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await switched_on(gate, provider)
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == ada.user_id
    assert (await person(gate, THEIRS)).linked_to == ada.user_id
    lines = await gate.house.store.read(TailLog(type="sapi"))
    assert lines[0].details["linked_user_id"] == THEIRS
    assert "ss" not in await gate.log_types()  # nobody new
    # The second sign-in goes the same way, and her own row keeps its name.
    provider.behave.claims = {"email_verified": True, "name": "Another Name"}
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == ada.user_id
    assert (await person(gate, ada.user_id)).name is None
    ways = await gate.house.store.read(ListWays(user_id=ada.user_id))
    assert ways[1].identity.profile["name"] == "Another Name"


@pytest.mark.rule("House-link-verified")
@pytest.mark.parametrize(
    ("ours", "theirs", "option"),
    [(None, True, True), (1, False, True), (1, True, False)],
    ids=["pre-hijack: ours unverified", "theirs unverified", "not switched on"],
)
async def test_nothing_is_linked_where_one_side_is_not_proven(
    gate, visitor, phone, provider, ours, theirs, option
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=ours)
    await connect(gate, provider, link_by_verified_email=option)
    provider.behave.claims = {"email_verified": theirs}
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == THEIRS
    assert (await person(gate, THEIRS)).linked_to is None
    assert len(await gate.house.store.read(ListWays(user_id=ada.user_id))) == 1


async def test_a_blocked_person_is_refused_by_every_way_and_nothing_is_written(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await switched_on(gate, provider)
    block = BlockUser(user_id=ada.user_id, blocked_at=5, updated_at=5)
    assert await gate.house.store.commit((block,))
    landed = await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert phone.answer(landed)["error"] == "unauthorized"
    assert await person(gate, THEIRS) is None


async def test_who_is_here_already_is_not_linked_by_an_address(
    gate, visitor, phone, provider
) -> None:
    await connect(gate, provider)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    await gate.user("ada@example.com", email_verified_at=1)
    await switched_on(gate, provider)
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == THEIRS


async def test_of_two_first_sign_ins_at_once_both_are_the_same_person(
    gate, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await switched_on(gate, provider)
    visitors = [Visitor(gate), Visitor(gate)]
    backs = [
        await at_provider(await one.get(phone.authorize_url(**STRAIGHT)))
        for one in visitors
    ]
    for one, back in zip(visitors, backs, strict=True):
        landed = await one.get(back)
        assert await sub_of(phone, landed) == ada.user_id
    assert len(await gate.house.store.read(ListWays(user_id=ada.user_id))) == 2


async def test_an_unlinked_account_is_its_own_and_stays_so(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com", email_verified_at=1)
    await switched_on(gate, provider)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    unlink = UnlinkAccount(user_id=THEIRS, linked_to=ada.user_id, at=gate.clock.now())
    assert await gate.house.store.commit((unlink,))
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == THEIRS


async def test_a_password_of_a_linked_account_opens_the_persons_session(
    gate, visitor, phone
) -> None:
    ada = await gate.user("ada@example.com")
    other = await gate.user("ada@work.example")
    link = LinkAccount(
        user_id=other.user_id,
        linked_to=ada.user_id,
        seen_updated_at=other.updated_at,
        at=other.updated_at + 1,
    )
    assert await gate.house.store.commit((link,))
    landed = await visitor.sign_in(phone.authorize_url(), "ada@work.example")
    assert await sub_of(phone, landed) == ada.user_id
    sessions = await gate.house.store.read(ListSessions(user_id=ada.user_id))
    assert len(sessions) == 1


# -- by the person ------------------------------------------------------------------


async def connecting(gate, email: str = "ada@example.com") -> tuple[Visitor, str]:
    """A signed-in person on the way to the partner: the address they come back to."""
    visitor = Visitor(gate)
    await visitor.sign_in("/account", email)
    page = await visitor.get("/account/identities")
    assert "Connect Partner" in page.text
    return visitor, await at_provider(await post(visitor, page, connection="partner"))


async def post(visitor, page, decision: str = "connect", **fields):
    who = re.search(r'name="who" value="([^"]+)"', page.text)[1]
    return await visitor._follow(
        await visitor.client.post(
            "/account/identities",
            content=urlencode({"who": who, "decision": decision, **fields}),
            headers={
                "sec-fetch-site": "same-origin",
                "content-type": "application/x-www-form-urlencoded",
            },
        )
    )


async def test_a_person_connects_and_disconnects_an_account(
    gate, phone, provider
) -> None:
    ada = await gate.user("ada@example.com")
    visitor, back = await connecting(gate)
    page = await visitor.get(back)
    assert "The account is connected" in page.text
    assert (await person(gate, THEIRS)).linked_to == ada.user_id
    landed = await sign_in(Visitor(gate), phone.authorize_url(**STRAIGHT))
    assert await sub_of(phone, landed) == ada.user_id
    again = await visitor.get(back)  # a trip ends once
    assert "The account is connected" not in again.text
    page = await post(
        visitor,
        await visitor.get("/account/identities"),
        "disconnect",
        identity=THEIRS,
    )
    assert "The account is disconnected" in page.text
    assert (await person(gate, THEIRS)).linked_to is None
    # Whoever came in by it elsewhere is out.
    sessions = await gate.house.store.read(ListSessions(user_id=ada.user_id))
    assert [one.revoked_at is None for one in sessions].count(True) == 1


@pytest.mark.rule("House-identity-taken")
async def test_an_identity_of_somebody_else_stays_theirs(
    gate, visitor, phone, provider
) -> None:
    ada = await gate.user("ada@example.com")
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    hers, back = await connecting(gate)
    page = await hers.get(back)
    assert "You are somebody else here when you sign in with Partner" in page.text
    assert (await person(gate, THEIRS)).linked_to is None
    assert len(await gate.house.store.read(ListWays(user_id=ada.user_id))) == 1


async def test_the_way_back_is_good_in_the_session_that_began_it_alone(
    gate, phone, provider
) -> None:
    await gate.user("ada@example.com")
    await gate.user("bob@example.com")
    _, back = await connecting(gate)
    stranger = Visitor(gate)
    assert "Sign in" in (await stranger.get(back)).text
    await stranger.sign_in("/account", "bob@example.com")
    page = await stranger.get(back)
    assert "Something has changed meanwhile" in page.text
    late, back = await connecting(gate)
    gate.clock.turn(seconds=15 * 60 + 1)
    assert "Something has changed meanwhile" in (await late.get(back)).text
    # And a sign-in's way back connects nothing, nor the other way round.
    _, back = await connecting(gate)
    signing_in = Visitor(gate)
    await signing_in.get(phone.authorize_url())
    assert "code=" not in str((await signing_in.get(back)).url)
    assert await person(gate, THEIRS) is None


@pytest.mark.rule("House-last-way")
async def test_the_last_way_to_sign_in_stays(gate, provider) -> None:
    ada = await gate.user("ada@example.com")
    visitor, back = await connecting(gate)
    await visitor.get(back)
    forget = DeleteUserRows(table="password", user_id=ada.user_id)
    assert await gate.house.store.commit((forget,))
    page = await post(
        visitor,
        await visitor.get("/account/identities"),
        "disconnect",
        identity=THEIRS,
    )
    assert "This is your last way to sign in" in page.text
    assert (await person(gate, THEIRS)).linked_to == ada.user_id


@pytest.mark.rule("House-last-way")
async def test_of_two_disconnected_at_once_the_last_one_stays(gate, provider) -> None:
    ada = await gate.user("ada@example.com")
    visitor, back = await connecting(gate)
    await visitor.get(back)
    provider.behave.claims = {"sub": "second"}
    page = await visitor.get("/account/identities")
    away = await post(visitor, page, connection="partner")
    await visitor.get(await at_provider(away))
    ways = await gate.house.store.read(ListWays(user_id=ada.user_id))
    assert len(ways) == 3
    forget = DeleteUserRows(table="password", user_id=ada.user_id)
    assert await gate.house.store.commit((forget,))
    page = await visitor.get("/account/identities")
    await asyncio.gather(
        *[
            post(visitor, page, "disconnect", identity=way.user.user_id)
            for way in ways[1:]
        ]
    )
    assert len(await gate.house.store.read(ListWays(user_id=ada.user_id))) == 2


async def test_who_forgets_the_password_of_a_linked_account_is_written_to_there(
    gate, visitor
) -> None:
    ada = await gate.user("ada@example.com")
    other = await gate.user("ada@work.example")
    link = LinkAccount(
        user_id=other.user_id,
        linked_to=ada.user_id,
        seen_updated_at=other.updated_at,
        at=other.updated_at + 1,
    )
    assert await gate.house.store.commit((link,))
    page = await visitor.get("/u/forgot")
    await visitor.send(page, email="ada@work.example")
    mails = await gate.house.store.read(ListMail())
    assert [mail.recipient for mail in mails] == ["ada@work.example"]


# -- leaving ------------------------------------------------------------------------


async def given_back(gate, user_id: str):
    """The person leaves; what the log says of the tokens of other parties."""
    leave = LeaveAccount(user_id=user_id, leaving_at=1, at=1)
    assert await gate.house.store.commit((leave,))
    await depart_due(gate.house)
    assert await person(gate, user_id) is None
    line = (await gate.house.store.read(TailLog(type="sdu")))[0]
    return line.details.get("given_back")


async def test_what_another_party_gave_is_given_back_when_the_account_goes(
    gate, visitor, phone, provider
) -> None:
    await connect(gate, provider, keep_tokens=True)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await given_back(gate, THEIRS) == ["partner: done"]
    form = dict(provider.forms)["/oauth/revoke"]
    assert form["client_secret"] == "our secret there"
    assert form["token"]


async def test_a_party_that_does_not_say_where_gets_nothing_back(
    gate, visitor, phone, provider
) -> None:
    provider.behave.revocation = False
    await connect(gate, provider, keep_tokens=True)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await given_back(gate, THEIRS) is None
    assert "/oauth/revoke" not in dict(provider.forms)


@pytest.mark.parametrize(("says", "told"), [(True, ["partner: done"]), (False, None)])
async def test_tokens_of_a_gitlab_of_ones_own_are_not_told_to_gitlab_com(
    gate, visitor, phone, provider, says, told
) -> None:
    """One post a leaving: what the log says of it is where it went, or that none was."""
    assert providers()["gitlab"].revocation_endpoint
    provider.behave.revocation = says
    await connect(gate, provider, strategy="gitlab", keep_tokens=True)
    await sign_in(visitor, phone.authorize_url(**STRAIGHT))
    assert await given_back(gate, "gitlab|partner|auth0|ada") == told
    assert ("/oauth/revoke" in dict(provider.forms)) is says
