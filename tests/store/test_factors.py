from __future__ import annotations

import asyncio

import pytest

from gatelodge.model import reads, writes
from tests.store import samples
from tests.store.samples import ADA, BOB


async def factors(database, user_id=ADA):
    return await database.read(reads.ListFactors(user_id=user_id))


async def since(database):
    person = await database.read(reads.FindPerson(user_id=ADA))
    return person.user.second_factor_at


async def insert(database, *made):
    plan = [writes.InsertFactor(factor=one) for one in made]
    return await database.commit(plan)


async def test_a_factor_comes_back_whole_and_oldest_first(database):
    new = samples.factor("b", created_at=2)
    old = samples.factor("a", created_at=1)
    other = samples.factor("c", user_id=BOB)
    assert await insert(database, new, old, other)
    assert await factors(database) == (old, new)


async def test_everybodys_factors_are_listed_page_by_page(database):
    made = [
        samples.factor(one, user_id=owner, credential=None)
        for one, owner in (("a", ADA), ("b", BOB), ("c", ADA))
    ]
    assert await insert(database, *reversed(made))
    first = await database.read(reads.ListEveryFactor(limit=2))
    rest = await database.read(reads.ListEveryFactor(after="b", limit=2))
    assert [*first, *rest] == made


async def test_a_credential_is_one_persons(database):
    await insert(database, samples.factor("a", credential="x"))
    assert not await insert(database, samples.factor("b", user_id=BOB, credential="x"))
    nameless = [samples.factor(one, credential=None) for one in "cd"]
    assert await insert(database, *nameless)


async def test_a_credential_finds_its_person_once_it_was_proven(database):
    held = samples.factor("a", credential="x")
    user = samples.user()
    await database.commit([writes.InsertUser(user=user)])
    await insert(database, held, samples.factor("b", credential="y", confirmed_at=None))
    found = await database.read(reads.FindCredential(credential="x"))
    assert (found.factor, found.person.user) == (held, user)
    assert await database.read(reads.FindCredential(credential="y")) is None
    assert await database.read(reads.FindCredential(credential="z")) is None
    await database.commit([writes.DeleteUser(user_id=ADA)])
    assert await database.read(reads.FindCredential(credential="x")) is None


async def test_a_credential_brings_the_consent_for_one_client(database):
    consent = samples.consent(user_id=ADA, scopes=("read",))
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.GiveConsent(consent=consent),
        ]
    )
    await insert(database, samples.factor("a", credential="x"))

    async def consented(client_id: str, audience: str) -> tuple[str, ...]:
        question = reads.FindCredential(
            credential="x", client_id=client_id, audience=audience
        )
        return (await database.read(question)).consented

    assert await consented(consent.client_id, consent.audience) == ("read",)
    assert await consented("another", consent.audience) == ()
    assert await consented("", "") == ()


async def test_how_many_passkeys_there_are_and_until_when_to_be_quiet(database):
    question = reads.FindPasskeyStanding(user_id=ADA, key="k")
    assert await database.read(question) == reads.PasskeyStanding(passkeys=0)
    await insert(
        database,
        samples.factor("a", kind="passkey"),
        samples.factor("b", kind="passkey", confirmed_at=None),
        samples.factor("c", kind="webauthn"),
        samples.factor("d", kind="passkey", user_id=BOB),
    )
    await database.commit([writes.TakeTry(key="k", most=1, at=5, until=105)])
    found = await database.read(question)
    assert found == reads.PasskeyStanding(passkeys=1, quiet_until=105)


async def test_a_factor_is_confirmed_once_by_its_person(database):
    await insert(database, samples.factor("a", confirmed_at=None, counter=0))
    confirm = writes.ConfirmFactor(id="a", user_id=ADA, counter=5, at=90)
    stranger = writes.ConfirmFactor(id="a", user_id=BOB, counter=5, at=90)
    assert not await database.commit([stranger])
    assert await database.commit([confirm])
    assert not await database.commit([confirm])
    (found,) = await factors(database)
    assert (found.counter, found.confirmed_at, found.used_at) == (5, 90, 90)


async def test_a_step_counts_once_however_many_try(database):
    await insert(database, samples.factor("a", counter=5))

    def use(seen: int) -> writes.UseFactor:
        return writes.UseFactor(
            id="a", user_id=ADA, seen_counter=seen, counter=6, details={"n": 1}, at=91
        )

    won = await asyncio.gather(*(database.commit([use(5)]) for _ in range(20)))
    assert sum(won) == 1
    (found,) = await factors(database)
    assert (found.counter, found.details, found.used_at) == (6, {"n": 1}, 91)


async def test_an_unproven_factor_cannot_be_used(database):
    await insert(database, samples.factor("a", confirmed_at=None, counter=5))
    use = writes.UseFactor(
        id="a", user_id=ADA, seen_counter=5, counter=6, details={}, at=91
    )
    assert not await database.commit([use])


async def test_a_person_names_and_removes_their_own(database):
    await insert(database, samples.factor("a"), samples.factor("b"))
    rename = writes.RenameFactor(id="a", user_id=ADA, name="Work")
    assert await database.commit([rename])
    assert not await database.commit(
        [writes.RenameFactor(id="a", user_id=BOB, name="")]
    )
    assert not await database.commit([writes.DeleteFactor(id="a", user_id=BOB)])
    assert await database.commit([writes.DeleteFactor(id="b", user_id=ADA)])
    assert not await database.commit([writes.DeleteFactor(id="b", user_id=ADA)])
    assert [one.name for one in await factors(database)] == ["Work"]
    await database.commit([writes.DeleteFactors(user_id=ADA, kind="sms")])
    assert len(await factors(database)) == 1
    await database.commit([writes.DeleteFactors(user_id=ADA, kind="totp")])
    assert await factors(database) == ()


async def test_the_account_says_since_when_there_is_a_second_factor(database):
    await database.commit(
        [writes.InsertUser(user=samples.user(second_factor_at=None, updated_at=1))]
    )
    recount = writes.RecountFactors(user_id=ADA, at=100)
    await insert(
        database,
        samples.factor("a", kind="passkey", confirmed_at=10),
        samples.factor("b", kind="recovery", confirmed_at=11),
        samples.factor("c", kind="totp", confirmed_at=None),
    )
    assert await database.commit([recount])
    assert await since(database) is None
    await insert(database, samples.factor("d", kind="sms", confirmed_at=13))
    await insert(database, samples.factor("e", kind="webauthn", confirmed_at=12))
    stale = writes.UpdateUser(user=samples.user(), seen_updated_at=1)
    assert not await database.commit([stale])
    assert await database.commit([recount])
    assert await since(database) == 12
    assert not await database.commit([writes.RecountFactors(user_id=BOB, at=100)])


@pytest.mark.parametrize("callers", [1, 12])
async def test_tries_are_bounded_and_come_back(database, callers):
    def take(at: int) -> writes.TakeTry:
        return writes.TakeTry(key="k", most=5, at=at, until=at + 100)

    async def taken(at: int) -> int:
        tries = [database.commit([take(at)]) for _ in range(12)]
        if callers == 1:
            return sum([await one for one in tries])
        return sum(await asyncio.gather(*tries))

    assert await taken(at=1000) == 5
    assert await taken(at=1099) == 0
    assert await taken(at=1100) == 5
    await database.commit([writes.ForgiveTries(key="k")])
    assert await taken(at=1101) == 5


async def test_what_was_never_proven_is_swept_after_its_day(database):
    await insert(
        database,
        samples.factor("a", created_at=10, confirmed_at=None),
        samples.factor("b", created_at=10),
    )
    await database.commit([samples.sweep("unconfirmed_factor", 11)])
    assert [one.id for one in await factors(database)] == ["b"]


async def test_a_ticket_may_be_issued_anew_under_its_name(database):
    old = samples.ticket("a", user_id=ADA, payload={"n": 1}, used_at=5)
    new = samples.ticket("a", user_id=BOB, payload={"n": 2})
    for one in (old, new):
        assert await database.commit([writes.PutTicket(ticket=one)])
    question = reads.FindTicket(digest="a", purpose="reset_password")
    found = await database.read(question)
    assert found.ticket == new


async def test_what_was_taken_is_told(database):
    assert await database.read(reads.FindTries(key="k")) is None
    await database.commit([writes.TakeTry(key="k", most=2, at=5, until=105)])
    await database.commit([writes.TakeTry(key="k", most=2, at=6, until=106)])
    found = await database.read(reads.FindTries(key="k"))
    assert found == reads.Tries(count=2, until=105)


async def test_all_tries_of_one_subject_are_forgiven(database):
    for key, subject in (("a", ADA), ("b", ADA), ("c", BOB), ("d", None)):
        taken = writes.TakeTry(key=key, most=1, at=5, until=105, subject=subject)
        assert await database.commit([taken])
    assert await database.commit([writes.ForgiveSubject(subject=ADA)])
    left = [key for key in "abcd" if await database.read(reads.FindTries(key=key))]
    assert left == ["c", "d"]


async def test_a_bucket_empties_and_fills(database):
    def draw(at: int) -> writes.DrawToken:
        return writes.DrawToken(key="k", at=at, rate=10, slack=20)

    drawn = [await database.commit([draw(at=100)]) for _ in range(4)]
    assert drawn == [True, True, True, False]  # three at once
    assert not await database.commit([draw(at=109)])
    assert await database.commit([draw(at=110)])  # one every ten milliseconds
    assert not await database.commit([draw(at=110)])
    assert await database.commit([writes.GiveToken(key="k", rate=10)])
    assert await database.commit([draw(at=110)])
    assert await database.commit([draw(at=1_000)])
    full = (await database.read(reads.FindTries(key="k"))).until
    assert full == 1_010


async def test_of_many_who_draw_at_once_no_more_get_one_than_there_are(database):
    draw = writes.DrawToken(key="k", at=100, rate=10, slack=40)
    drawn = await asyncio.gather(*(database.commit([draw]) for _ in range(50)))
    assert drawn.count(True) == 5
