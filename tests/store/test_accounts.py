"""One person, several accounts: who is found by what, and what no race can break."""

from __future__ import annotations

import asyncio

import pytest

from gatelodge.model import reads, writes
from gatelodge.model.profile import Identity
from gatelodge.tenantfile.person_writes import deletion
from tests.store import samples
from tests.store.samples import ADA, BOB, CLIENT

EVE = "auth0|eve"


async def insert(database, *user_ids: str, **changes: object) -> None:
    for user_id in user_ids:
        assert await database.commit(
            [writes.InsertUser(user=samples.user(user_id, **changes))]
        )


def link(user_id: str, linked_to: str, *, seen: int = 15, at: int = 100):
    return [
        writes.LinkAccount(
            user_id=user_id, linked_to=linked_to, seen_updated_at=seen, at=at
        ),
        writes.HoldAccount(user_id=linked_to, seen_updated_at=seen, at=at),
    ]


async def linked_pair(database) -> None:
    """BOB is part of ADA."""
    await insert(database, ADA, BOB)
    assert await database.commit(link(BOB, ADA))


async def test_whoever_comes_by_a_linked_account_is_the_other_person(database):
    await linked_pair(database)
    await database.commit(
        [
            writes.PutPassword(password=samples.password(BOB, "$bob")),
            writes.PutPassword(password=samples.password(ADA, "$ada")),
            writes.AssignRole(user_id=ADA, role_id="rol_ada", at=1),
            writes.AssignRole(user_id=BOB, role_id="rol_bob", at=1),
            writes.GiveConsent(consent=samples.consent()),
        ]
    )
    found = await database.read(
        reads.FindAccount(
            connection_id="con_1",
            identifier="bob@example.com",
            client_id=CLIENT,
            audience=samples.AUDIENCE,
        )
    )
    assert found.person.user.user_id == ADA
    assert found.person.role_ids == ("rol_ada",)
    assert found.person.linked == ("con_1",)
    assert (found.password.user_id, found.password.phc) == (BOB, "$bob")
    assert found.named.email_key == "bob@example.com"
    assert found.consented
    own = await database.read(
        reads.FindAccount(connection_id="con_1", identifier="ada@example.com")
    )
    assert (own.linked, own.password.phc) == (None, "$ada")


async def test_an_identity_of_a_linked_account_is_the_other_persons(database):
    await linked_pair(database)
    identity = samples.identity(user_id=BOB)
    await database.commit([writes.InsertIdentity(identity=identity)])
    question = reads.FindIdentity(
        connection_id=identity.connection_id, external_id=identity.external_id
    )
    known = await database.read(question)
    assert (known.person.user.user_id, known.identity.user_id) == (ADA, BOB)
    await database.commit([writes.UnlinkAccount(user_id=BOB, linked_to=ADA, at=200)])
    known = await database.read(question)
    assert (known.person.user.user_id, known.person.linked) == (BOB, ())


async def test_an_account_that_is_part_of_another_is_nobody_to_sessions(database):
    await linked_pair(database)
    await database.commit(
        [
            writes.OpenSession(session=samples.session(user_id=BOB)),
            writes.InsertFamily(family=samples.family(user_id=BOB)),
        ]
    )
    question = reads.FindSignedIn(digest=samples.session().digest)
    assert await database.read(question) is None
    bundle = await database.read(reads.FindFamily(family_id=samples.family().id))
    assert bundle.person is None
    assert await database.read(reads.FindBearer(user_id=BOB)) is None
    person = await database.read(reads.FindPerson(user_id=BOB))
    assert person.user.linked_to == ADA


async def test_an_address_that_several_accounts_share_finds_the_person_once(database):
    await insert(database, ADA)
    for number in range(2):
        user = samples.user(
            f"github|{number}", email_key="ada@example.com", username=None
        )
        await database.commit([writes.InsertUser(user=user)])
        assert await database.commit(
            link(user.user_id, ADA, seen=15) if number == 0 else []
        )
    found = await database.read(reads.FindByEmail(email_key="ada@example.com"))
    assert [one.user.user_id for one in found] == [ADA, "github|1"]


async def test_ways_begin_with_the_persons_own_account(database):
    await linked_pair(database)
    identity = samples.identity(user_id=BOB)
    await database.commit(
        [
            writes.InsertIdentity(identity=identity),
            writes.PutPassword(password=samples.password(ADA)),
        ]
    )
    own, linked = await database.read(reads.ListWays(user_id=ADA))
    assert (own.user.user_id, own.password_at, own.identity) == (ADA, 21, None)
    assert (linked.user.user_id, linked.password_at) == (BOB, None)
    assert linked.identity == identity


async def test_a_link_is_held_or_lost(database):
    await linked_pair(database)
    held = [writes.HoldLink(user_id=BOB, linked_to=ADA)]
    assert await database.commit(held)
    assert not await database.commit([writes.HoldLink(user_id=ADA, linked_to=BOB)])
    gone = [writes.UnlinkAccount(user_id=BOB, linked_to=ADA, at=200)]
    assert await database.commit(gone)
    assert not await database.commit(held)
    assert not await database.commit(gone)


@pytest.mark.parametrize(
    "plan",
    [
        link(BOB, EVE, seen=100),
        link(EVE, BOB),
        link(EVE, ADA),
        link(EVE, EVE),
        link(EVE, "auth0|none"),
    ],
    ids=[
        "part of two",
        "part of a part",
        "the other has changed",
        "of itself",
        "of nobody",
    ],
)
@pytest.mark.rule("House-link")
async def test_no_chain_and_no_circle_can_be_made(database, plan):
    await linked_pair(database)
    await insert(database, EVE)
    assert not await database.commit(plan)


async def test_of_two_who_link_each_other_one_wins(database):
    for turn in range(10):
        one, other = f"auth0|{turn}a", f"auth0|{turn}b"
        await insert(database, one, other)
        outcomes = await asyncio.gather(
            database.commit(link(one, other)), database.commit(link(other, one))
        )
        assert sorted(outcomes) == [False, True]


async def test_of_two_links_in_a_row_one_wins(database):
    for turn in range(10):
        names = [f"auth0|{turn}{letter}" for letter in "abc"]
        await insert(database, *names)
        first, second, third = names
        outcomes = await asyncio.gather(
            database.commit(link(first, second)), database.commit(link(second, third))
        )
        assert outcomes.count(True) == 1


async def test_what_is_part_of_an_account_goes_with_it(database):
    await linked_pair(database)
    await insert(database, EVE)
    await database.commit(
        [
            writes.PutPassword(password=samples.password(BOB)),
            writes.PutPassword(password=samples.password(EVE)),
            writes.InsertIdentity(identity=samples.identity(user_id=BOB)),
        ]
    )
    assert await database.commit(deletion(ADA))
    for user_id in (ADA, BOB):
        assert await database.read(reads.FindPerson(user_id=user_id)) is None
    left = await database.read(
        reads.FindAccount(connection_id="con_1", identifier="eve@example.com")
    )
    assert left.password.user_id == EVE
    identity = samples.identity()
    question = reads.FindIdentity(
        connection_id=identity.connection_id, external_id=identity.external_id
    )
    assert await database.read(question) is None
    assert await database.commit([writes.DeleteLinked(user_id=EVE)])


async def test_what_is_part_of_an_account_parts_from_it(database):
    await linked_pair(database)
    await insert(database, EVE)
    before = (await database.read(reads.FindPerson(user_id=BOB))).user.updated_at
    assert await database.commit([writes.UnlinkAll(user_id=ADA, at=1)])
    bob = (await database.read(reads.FindPerson(user_id=BOB))).user
    assert bob.linked_to is None
    assert bob.updated_at == before + 1
    assert len(await database.read(reads.ListWays(user_id=ADA))) == 1
    assert await database.commit([writes.UnlinkAll(user_id=EVE, at=1)])


async def test_leaving_is_said_once_and_can_be_taken_back(database):
    await insert(database, ADA, leaving_at=None)
    leave = writes.LeaveAccount(user_id=ADA, leaving_at=500, at=100)
    outcomes = await asyncio.gather(*[database.commit([leave]) for _ in range(5)])
    assert outcomes.count(True) == 1
    due = [one.user_id for one in await database.read(reads.DueDepartures(now=500))]
    assert due == [ADA]
    assert await database.read(reads.DueDepartures(now=499)) == ()
    held = [writes.HoldLeaving(user_id=ADA, leaving_at=500)]
    assert await database.commit(held)
    assert await database.commit([writes.KeepAccount(user_id=ADA, at=200)])
    assert not await database.commit([writes.KeepAccount(user_id=ADA, at=200)])
    assert not await database.commit(held)
    assert await database.read(reads.DueDepartures(now=900)) == ()


async def test_all_others_end_and_this_one_stays(database):
    await insert(database, ADA)
    for name in ("here", "there"):
        session = samples.session(name, revoked_at=None)
        family = samples.family(name, sid=session.sid, revoked_at=None)
        await database.commit(
            [writes.OpenSession(session=session), writes.InsertFamily(family=family)]
        )
    sid = samples.session("here").sid
    await database.commit(
        [
            writes.EndOtherSessions(user_id=ADA, sid=sid, at=90),
            writes.EndOtherFamilies(user_id=ADA, sid=sid, at=90, reason="theirs"),
        ]
    )
    sessions = await database.read(reads.ListSessions(user_id=ADA))
    families = await database.read(reads.ListFamilies(user_id=ADA))
    assert {one.digest: one.revoked_at for one in sessions} == {
        "here": None,
        "there": 90,
    }
    assert {one.id: one.revoked_at for one in families} == {"here": None, "there": 90}


async def test_identities_are_listed_page_by_page(database):
    named = [("con_1", "b"), ("con_1", "c"), ("con_2", "a"), ("con_2", "d")]
    for connection_id, external_id in reversed(named):
        identity = Identity(
            connection_id=connection_id,
            external_id=external_id,
            user_id=ADA,
            profile={"of": external_id},
            sealed=b"kept",
        )
        assert await database.commit([writes.InsertIdentity(identity=identity)])
    seen: list[tuple[str, str]] = []
    after = ("", "")
    while page := await database.read(
        reads.ListIdentities(connection_id=after[0], external_id=after[1], limit=3)
    ):
        assert all(one.profile == {"of": one.external_id} for one in page)
        assert {one.sealed for one in page} == {b"kept"}
        seen += [(one.connection_id, one.external_id) for one in page]
        after = seen[-1]
    assert seen == named
