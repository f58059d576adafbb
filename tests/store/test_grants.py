from __future__ import annotations

import msgspec

from gatelodge.model import reads, writes
from tests.store import samples
from tests.store.samples import ADA, AUDIENCE, BOB, CLIENT


def turn(family_id="fam-1", **changes) -> writes.TurnFamily:
    values = {
        "from_generation": 1,
        "to_generation": 2,
        "rotated_at": 100,
        "used_at": 101,
        "idle_until": 102,
        "expires_at": 103,
    }
    return writes.TurnFamily(family_id=family_id, **{**values, **changes})


async def find_family(database, family_id="fam-1"):
    return await database.read(reads.FindFamily(family_id=family_id))


async def live(database, user_id=ADA):
    families = await database.read(reads.ListFamilies(user_id=user_id))
    return sorted(one.id for one in families if one.revoked_at is None)


async def test_a_code_brings_its_person_and_the_number_of_families(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=1),
            writes.InsertCode(code=samples.code()),
            writes.InsertFamily(family=samples.family("a")),
            writes.InsertFamily(family=samples.family("b")),
            writes.InsertFamily(family=samples.family("c", client_id="other")),
            writes.InsertFamily(family=samples.family("d", user_id=BOB)),
            writes.EndFamily(family_id="b", at=1, reason="x"),
        ]
    )
    person = await database.read(reads.FindPerson(user_id=ADA))
    found = await database.read(reads.FindCode(digest="code-1"))
    assert found == reads.CodeBundle(code=samples.code(), person=person, families=1)
    assert await database.read(reads.FindCode(digest="code-2")) is None


async def test_a_code_knows_whether_its_session_is_open(database):
    async def is_open() -> bool:
        found = await database.read(reads.FindCode(digest="code-1"))
        assert found is not None
        return found.session_open

    await database.commit([writes.InsertCode(code=samples.code())])
    hold = writes.HoldSession(sid="sid-1")
    assert not await is_open()
    assert not await database.commit([hold])
    other = samples.session("other", sid="sid-2")
    mine = samples.session("mine", sid="sid-1")
    for one in (other, mine):
        await database.commit([writes.OpenSession(session=one)])
    assert await is_open()
    assert await database.commit([hold])
    assert await database.read(reads.ListSessions(user_id=ADA)) == (other, mine)
    await database.commit([writes.EndSession(sid="sid-1", at=9)])
    assert not await is_open()
    assert not await database.commit([hold])


async def test_code_and_family_outlive_their_person(database):
    await database.commit(
        [
            writes.InsertCode(
                code=samples.code(audience=None, nonce=None, challenge=None)
            ),
            writes.InsertFamily(
                family=samples.family(audience=None, idle_until=None, expires_at=None)
            ),
        ]
    )
    code = await database.read(reads.FindCode(digest="code-1"))
    family = await find_family(database)
    assert code is not None
    assert family is not None
    assert (code.person, code.code.audience, code.families) == (None, None, 1)
    assert (family.person, family.family.expires_at) == (None, None)


async def test_a_code_is_spent_once(database):
    await database.commit([writes.InsertCode(code=samples.code())])
    assert not await database.commit([writes.InsertCode(code=samples.code())])
    assert await database.commit([writes.ConsumeCode(digest="code-1", used_at=5)])
    assert not await database.commit([writes.ConsumeCode(digest="code-1", used_at=6)])
    assert not await database.commit([writes.ConsumeCode(digest="none", used_at=6)])
    found = await database.read(reads.FindCode(digest="code-1"))
    assert found is not None
    assert found.code == samples.code(used_at=5)


async def test_a_family_turns_if_nobody_was_faster(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.InsertFamily(family=samples.family()),
        ]
    )
    assert not await database.commit([writes.InsertFamily(family=samples.family())])
    assert await database.commit([turn()])
    assert not await database.commit([turn()])
    found = await find_family(database)
    assert found is not None
    assert found.family == samples.family(
        generation=2, rotated_at=100, used_at=101, idle_until=102, expires_at=103
    )
    assert found.person == await database.read(reads.FindPerson(user_id=ADA))
    stay = turn(from_generation=2, rotated_at=100, used_at=200, expires_at=None)
    assert await database.commit([stay])
    assert await database.commit([stay])
    found = await find_family(database)
    assert found is not None
    assert (found.family.generation, found.family.used_at) == (2, 200)
    assert found.family.expires_at is None


async def test_an_ended_family_never_turns_and_keeps_its_first_reason(database):
    await database.commit([writes.InsertFamily(family=samples.family())])
    await database.commit([writes.EndFamily(family_id="fam-1", at=7, reason="theft")])
    await database.commit([writes.EndFamily(family_id="fam-1", at=8, reason="later")])
    assert not await database.commit([turn()])
    found = await find_family(database)
    assert found is not None
    assert found.family == samples.family(revoked_at=7, reason="theft")


async def test_families_end_by_person_client_and_audience(database):
    await database.commit(
        [
            writes.InsertFamily(family=samples.family("a")),
            writes.InsertFamily(family=samples.family("b", audience=None)),
            writes.InsertFamily(family=samples.family("c", client_id="other")),
            writes.InsertFamily(family=samples.family("d", client_id="third")),
            writes.InsertFamily(family=samples.family("e", user_id=BOB)),
            writes.InsertFamily(
                family=samples.family("f", user_id=BOB, client_id="other")
            ),
        ]
    )
    why = {"at": 9, "reason": "r"}
    one = {"user_id": ADA, "client_id": CLIENT, **why}
    await database.commit([writes.EndGrantFamilies(audience="", **one)])
    assert await live(database) == ["a", "c", "d"]
    await database.commit([writes.EndGrantFamilies(audience=AUDIENCE, **one)])
    assert await live(database) == ["c", "d"]
    third = writes.EndUserFamilies(user_id=ADA, client_id="third", **why)
    await database.commit([third])
    assert await live(database) == ["c"]
    await database.commit([writes.EndUserFamilies(user_id=ADA, client_id="", **why)])
    assert (await live(database), await live(database, BOB)) == ([], ["e", "f"])
    await database.commit([writes.EndClientFamilies(client_id="other", **why)])
    assert await live(database, BOB) == ["e"]


async def test_families_end_with_the_session_that_gave_them(database):
    await database.commit(
        [
            writes.InsertFamily(family=samples.family("a")),
            writes.InsertFamily(family=samples.family("b", sid="sid-2")),
            writes.InsertFamily(family=samples.family("c", user_id=BOB)),
        ]
    )
    end = writes.EndSessionFamilies(user_id=ADA, sid="sid-1", at=9, reason="r")
    assert await database.commit([end])
    assert (await live(database), await live(database, BOB)) == (["b"], ["c"])


async def test_the_cap_ends_the_oldest_in_the_commit_that_adds_one(database):
    for number in range(5):
        family = samples.family(f"f{number}", created_at=number)
        await database.commit([writes.InsertFamily(family=family)])
    await database.commit(
        [
            writes.InsertFamily(
                family=samples.family("x", client_id="other", created_at=0)
            ),
            writes.EndFamily(family_id="f3", at=1, reason="x"),
        ]
    )
    cap = writes.EndOldestFamilies(
        user_id=ADA, client_id=CLIENT, keep=3, at=9, reason="cap"
    )
    newest = writes.InsertFamily(family=samples.family("f5", created_at=5))
    assert await database.commit([newest, cap])
    assert await live(database) == ["f2", "f4", "f5", "x"]
    oldest = await find_family(database, "f0")
    assert oldest is not None
    assert (oldest.family.revoked_at, oldest.family.reason) == (9, "cap")


async def test_families_past_their_end_take_nobodys_place(database):
    ends = {"live": (100, 100), "idle": (9, 100), "old": (100, 9), "ever": (None, None)}
    await database.commit(
        [
            writes.InsertCode(code=samples.code()),
            *(
                writes.InsertFamily(
                    family=samples.family(
                        name, created_at=at, idle_until=idle, expires_at=end
                    )
                )
                for at, (name, (idle, end)) in enumerate(ends.items())
            ),
        ]
    )
    found = await database.read(reads.FindCode(digest="code-1", now=9))
    assert found is not None
    assert found.families == 2
    cap = writes.EndOldestFamilies(
        user_id=ADA, client_id=CLIENT, keep=2, at=9, reason="cap"
    )
    await database.commit([cap])
    assert {"live", "ever"} <= set(await live(database))


async def test_consents_are_replaced_withdrawn_and_listed(database):
    wider = samples.consent(scopes=("a", "b"), given_at=62)
    await database.commit(
        [
            writes.GiveConsent(consent=samples.consent()),
            writes.GiveConsent(consent=samples.consent(audience="")),
            writes.GiveConsent(consent=samples.consent(client_id="other")),
            writes.GiveConsent(consent=wider),
        ]
    )
    assert await database.read(reads.ListConsents(user_id=ADA)) == (
        samples.consent(audience=""),
        wider,
        samples.consent(client_id="other"),
    )
    await database.commit(
        [
            writes.WithdrawConsent(user_id=ADA, client_id=CLIENT, audience=AUDIENCE),
            writes.DeleteClientConsents(client_id="other"),
        ]
    )
    left = (samples.consent(audience=""),)
    assert await database.read(reads.ListConsents(user_id=ADA)) == left


async def test_codes_of_a_client_and_codes_of_the_past_go(database):
    await database.commit(
        [
            writes.InsertCode(code=samples.code("a", expires_at=10)),
            writes.InsertCode(code=samples.code("b", expires_at=20)),
            writes.InsertCode(code=samples.code("c", expires_at=20, client_id="other")),
            samples.sweep("code", 20),
        ]
    )
    assert await _codes(database) == ["b", "c"]
    await database.commit([writes.DeleteClientCodes(client_id="other")])
    assert await _codes(database) == ["b"]


async def _codes(database):
    asked = [await database.read(reads.FindCode(digest=one)) for one in "abc"]
    return [one.code.digest for one in asked if one]


async def test_families_are_listed_newest_first(database):
    families = [samples.family(f"f{n}", created_at=n) for n in range(3)]
    await database.commit([writes.InsertFamily(family=one) for one in families])
    listed = await database.read(reads.ListFamilies(user_id=ADA, limit=2))
    assert listed == (families[2], families[1])
    assert msgspec.structs.asdict(listed[0])["seed"] == bytes(range(256))


async def test_a_bearer_is_a_person_and_what_became_of_their_family(database):
    async def asked(family_id=""):
        question = reads.FindBearer(user_id=ADA, family_id=family_id)
        return await database.read(question)

    await database.commit([writes.InsertFamily(family=samples.family())])
    assert await asked("fam-1") is None
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=1),
            writes.AssignRole(user_id=ADA, role_id="rol_2", at=1),
        ]
    )
    person = await database.read(reads.FindPerson(user_id=ADA))
    lives = reads.BearerBundle(person=person)
    for family_id in ("", "fam-1", "never born"):
        assert await asked(family_id) == lives
    await database.commit([writes.EndFamily(family_id="fam-1", at=7, reason="theft")])
    assert await asked("fam-1") == reads.BearerBundle(person=person, ended="theft")
    assert await asked() == lives


async def test_a_buried_family_is_met_and_never_replaces_a_living_one(database):
    buried = samples.family("b", revoked_at=5, reason="code used twice")
    for _ in range(2):
        assert await database.commit([writes.BuryFamily(family=buried)])
    found = await database.read(reads.FindFamily(family_id=buried.id))
    assert found.family.revoked_at == 5
    living = samples.family("c")
    assert await database.commit([writes.InsertFamily(family=living)])
    over = samples.family("c", revoked_at=5)
    assert await database.commit([writes.BuryFamily(family=over)])
    kept = await database.read(reads.FindFamily(family_id=living.id))
    assert kept.family.revoked_at is None


async def test_ended_families_are_swept_so_many_at_a_time(database):
    ends = {"a": (5, None), "b": (6, None), "c": (None, 5), "d": (None, None)}
    await database.commit(
        [
            writes.InsertFamily(
                family=samples.family(name, revoked_at=revoked, expires_at=expires)
            )
            for name, (revoked, expires) in ends.items()
        ]
    )

    async def left() -> str:
        found = [name for name in ends if await find_family(database, name)]
        return "".join(found)

    await database.commit([samples.sweep("revoked_family", 6)])
    assert await left() == "bcd"
    await database.commit([samples.sweep("expired_family", 6, most=0)])
    assert await left() == "bcd"
    await database.commit([samples.sweep("expired_family", 6, most=1)])
    assert await left() == "bd"


async def test_families_idle_too_long_are_swept_from_a_place_on(database):
    ends = {"a": 5, "b": None, "c": 6, "d": 5, "e": 5}
    await database.commit(
        [
            writes.InsertFamily(family=samples.family(name, idle_until=end))
            for name, end in ends.items()
        ]
    )

    async def left() -> str:
        found = [name for name in ends if await find_family(database, name)]
        return "".join(found)

    def look(start: str) -> writes.SweepIdleFamilies:
        return writes.SweepIdleFamilies(start=start, before=6, most=3)

    await database.commit([look("b")])
    assert await left() == "abce"
    await database.commit([look("d")])
    assert await left() == "abc"
    await database.commit([look("")])
    assert await left() == "bc"


async def test_codes_of_a_grant_go_with_it(database):
    others = {
        "b": {"client_id": "other"},
        "c": {"audience": None},
        "d": {"user_id": BOB},
    }
    for digest, changes in {"a": {}, **others}.items():
        code = samples.code(digest, **changes)
        await database.commit([writes.InsertCode(code=code)])
    gone = writes.DeleteGrantCodes(
        user_id=ADA, client_id=CLIENT, audience=samples.AUDIENCE
    )
    await database.commit([gone])
    left = [await database.read(reads.FindCode(digest=one)) for one in "abcd"]
    assert [one is not None for one in left] == [False, True, True, True]


async def test_a_grantee_comes_with_the_devices_that_live_at_this_client(database):
    lives = {"idle_until": None, "expires_at": None}
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.InsertFamily(family=samples.family("a", **lives)),
            writes.InsertFamily(family=samples.family("b", client_id="x", **lives)),
            writes.InsertFamily(family=samples.family("c", user_id=BOB, **lives)),
            writes.InsertFamily(family=samples.family("d", revoked_at=1, **lives)),
            writes.InsertFamily(family=samples.family("e", idle_until=100)),
        ]
    )

    async def find(user_id=ADA, now=100):
        question = reads.FindGrantee(user_id=user_id, client_id=CLIENT, now=now)
        return await database.read(question)

    assert (await find()).families == 1
    assert (await find(now=54)).families == 2
    assert (await find()).person.user == samples.user()
    assert await find("auth0|none") is None
