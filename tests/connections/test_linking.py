"""One person, several accounts: linked by a verified address, and only so."""

from __future__ import annotations

import pytest

from gatelodge.model.reads import FindPerson, ListSessions, ListWays, TailLog
from gatelodge.model.writes import BlockUser, LinkAccount, UnlinkAccount
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
