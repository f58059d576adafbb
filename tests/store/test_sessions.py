from __future__ import annotations

import msgspec

from gatelodge.model import reads, writes
from tests.store import samples
from tests.store.samples import ADA, AUDIENCE, BOB, CLIENT


async def signed_in(database, digest="digest-1", **asked):
    return await database.read(reads.FindSignedIn(digest=digest, **asked))


async def test_a_session_brings_its_person_and_their_consent(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=1),
            writes.OpenSession(session=samples.session()),
            writes.GiveConsent(consent=samples.consent()),
        ]
    )
    person = await database.read(reads.FindPerson(user_id=ADA))
    found = await signed_in(database, client_id=CLIENT, audience=AUDIENCE)
    assert found == reads.SignedIn(
        session=samples.session(), person=person, consented=("read:timesheets",)
    )
    plain = reads.SignedIn(session=samples.session(), person=person)
    assert await signed_in(database, client_id=CLIENT) == plain
    assert await database.read(reads.FindSid(sid="sid of digest-1")) == plain
    assert await signed_in(database, "other") is None
    assert await database.read(reads.FindSid(sid="digest-1")) is None


async def test_a_session_of_nobody_is_none(database):
    await database.commit([writes.OpenSession(session=samples.session())])
    assert await signed_in(database) is None
    assert await database.read(reads.FindSid(sid="sid of digest-1")) is None
    assert await database.read(reads.ListSessions(user_id=ADA)) == (samples.session(),)


async def test_a_digest_or_sid_is_never_opened_twice(database):
    await database.commit([writes.OpenSession(session=samples.session())])
    again = samples.session(sid="another")
    same_sid = samples.session("another", sid="sid of digest-1")
    assert not await database.commit([writes.OpenSession(session=again)])
    assert not await database.commit([writes.OpenSession(session=same_sid)])


async def test_a_touch_moves_only_the_idle_end_and_only_while_alive(database):
    await database.commit([writes.OpenSession(session=samples.session())])
    touch = writes.TouchSession(digest="digest-1", touched_at=100, idle_until=200)
    assert await database.commit([touch])
    moved = msgspec.structs.replace(samples.session(), touched_at=100, idle_until=200)
    assert await database.read(reads.ListSessions(user_id=ADA)) == (moved,)
    await database.commit([writes.EndSession(sid=moved.sid, at=300)])
    late = writes.TouchSession(digest="digest-1", touched_at=400, idle_until=500)
    await database.commit([late, writes.EndSession(sid=moved.sid, at=600)])
    ended = msgspec.structs.replace(moved, revoked_at=300)
    assert await database.read(reads.ListSessions(user_id=ADA)) == (ended,)


async def test_a_browser_that_signs_in_anew_closes_only_its_own(database):
    await database.commit(
        [
            writes.OpenSession(session=samples.session("a", created_at=1)),
            writes.OpenSession(session=samples.session("b", created_at=2)),
            writes.CloseSession(digest="a", at=5),
            writes.CloseSession(digest="a", at=6),
        ]
    )
    mine = await database.read(reads.ListSessions(user_id=ADA))
    assert [(one.digest, one.revoked_at) for one in mine] == [("b", None), ("a", 5)]


async def test_signing_out_everywhere_leaves_others_alone(database):
    await database.commit(
        [
            writes.OpenSession(session=samples.session("a", created_at=1)),
            writes.OpenSession(session=samples.session("b", created_at=2)),
            writes.OpenSession(session=samples.session("c", user_id=BOB)),
            writes.EndSession(sid="sid of a", at=5),
            writes.EndUserSessions(user_id=ADA, at=9),
        ]
    )
    mine = await database.read(reads.ListSessions(user_id=ADA))
    assert [(one.digest, one.revoked_at) for one in mine] == [("b", 9), ("a", 5)]
    (other,) = await database.read(reads.ListSessions(user_id=BOB))
    assert other.revoked_at is None
    assert len(await database.read(reads.ListSessions(user_id=ADA, limit=1))) == 1


async def test_sessions_are_swept_by_their_absolute_end(database):
    await database.commit(
        [
            writes.OpenSession(session=samples.session("a", ends_at=10)),
            writes.OpenSession(session=samples.session("b", ends_at=11)),
            samples.sweep("session", 11),
        ]
    )
    assert await database.read(reads.FindSignedIn(digest="a")) is None
    (left,) = await database.read(reads.ListSessions(user_id=ADA))
    assert left.digest == "b"


async def test_a_session_goes_on_under_another_secret_while_it_lives(database):
    user, kept = samples.user(), samples.session("a", sid="s1")
    await database.commit(
        [writes.InsertUser(user=user), writes.OpenSession(session=kept)]
    )

    def renew(old: str, new: str) -> writes.RenewSession:
        return writes.RenewSession(digest=old, renewed=new, amr=("pwd", "otp", "mfa"))

    assert await database.commit([renew("a", "b")])
    assert await signed_in(database, "a") is None
    found = (await signed_in(database, "b")).session
    assert (found.sid, found.amr) == ("s1", ("pwd", "otp", "mfa"))
    assert not await database.commit([renew("a", "c")])
    await database.commit([writes.CloseSession(digest="b", at=5)])
    assert not await database.commit([renew("b", "c")])
