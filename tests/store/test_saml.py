"""Sessions shared with SAML parties, and answers that wait."""

from __future__ import annotations

import msgspec

from gatelodge.model import reads, writes
from gatelodge.model.saml import NameId, PostedAnswer, SamlSession
from tests.store.samples import ADA

SHARED = SamlSession(
    sid="sid-1",
    party="con_1",
    user_id=ADA,
    name_key="key",
    name_id=NameId(value="ada", format="f", name_qualifier="n", sp_name_qualifier="s"),
    session_index="index",
    ends_at=9,
)
ANSWER = PostedAnswer(digest="d", sealed=b"\x00sealed", expires_at=8)


async def test_a_shared_session_is_found_from_both_sides(database):
    other = msgspec.structs.replace(SHARED, party="con_2")
    second = msgspec.structs.replace(SHARED, sid="sid-2", session_index="")
    for one in (SHARED, other, second):
        await database.commit((writes.ShareSession(session=one),))
    theirs = await database.read(
        reads.ListSharedSessions(party="con_1", name_key="key")
    )
    assert theirs == (SHARED, second)
    assert await database.read(reads.ListSharing(sid="sid-1")) == (SHARED, other)
    assert await database.read(reads.ListSharing(sid="sid-3")) == ()


async def test_it_is_shared_anew(database):
    later = msgspec.structs.replace(SHARED, session_index="later")
    for one in (SHARED, later):
        await database.commit((writes.ShareSession(session=one),))
    assert await database.read(reads.ListSharing(sid="sid-1")) == (later,)


async def test_it_goes_with_its_person(database):
    await database.commit((writes.ShareSession(session=SHARED),))
    gone = writes.DeleteUserRows(table="saml_session", user_id=ADA)
    await database.commit((gone,))
    assert await database.read(reads.ListSharing(sid="sid-1")) == ()


async def test_the_first_answer_waits_and_is_taken_up_once(database):
    second = msgspec.structs.replace(ANSWER, sealed=b"second")
    for one in (ANSWER, second):
        assert await database.commit((writes.KeepAnswer(answer=one),))
    assert await database.read(reads.FindAnswer(digest="d")) == ANSWER
    assert await database.commit((writes.DropAnswer(digest="d"),))
    assert not await database.commit((writes.DropAnswer(digest="d"),))
    assert await database.read(reads.FindAnswer(digest="d")) is None


async def test_both_are_swept(database):
    await database.commit(
        (writes.ShareSession(session=SHARED), writes.KeepAnswer(answer=ANSWER))
    )
    for what, end in (("saml_session", 9), ("posted_answer", 8)):
        assert not await database.read(reads.SweepDue(what=what, before=end))
        assert await database.read(reads.SweepDue(what=what, before=end + 1))
        await database.commit((writes.Sweep(what=what, before=end + 1, most=10),))
        assert not await database.read(reads.SweepDue(what=what, before=end + 1))
