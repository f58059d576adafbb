"""Whatever is written, SQLite and PostgreSQL say the same about it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatelodge.model import reads, writes
from gatelodge.store.connect import connect
from tests.store import samples

pytestmark = pytest.mark.postgres

PEOPLE = st.sampled_from([samples.ADA, samples.BOB])
FEW = st.sampled_from(["a", "b"])
TIMES = st.integers(0, 4)
WORDS = st.text(st.characters(codec="utf-8"), max_size=6)
CLIENTS = st.sampled_from([samples.CLIENT, "other"])
AUDIENCES = st.sampled_from([None, "", samples.AUDIENCE])
WHY = {"at": TIMES, "reason": WORDS}

USERS = st.builds(
    samples.user,
    PEOPLE,
    email_key=FEW,
    username=st.none() | FEW,
    name=st.none() | WORDS,
    user_metadata=st.dictionaries(WORDS, st.none() | WORDS | TIMES, max_size=2),
    updated_at=TIMES,
    logins=TIMES,
)
FAMILIES = st.builds(
    samples.family,
    FEW,
    user_id=PEOPLE,
    client_id=CLIENTS,
    audience=AUDIENCES,
    generation=TIMES,
    created_at=TIMES,
    seed=st.binary(max_size=4),
)
WRITES = st.one_of(
    st.builds(writes.InsertUser, user=USERS),
    st.builds(writes.UpdateUser, user=USERS, seen_updated_at=TIMES),
    st.builds(writes.UserSignedIn, user_id=PEOPLE, at=TIMES, ip=WORDS),
    st.builds(writes.VerifyEmail, user_id=PEOPLE, email_key=FEW, at=TIMES),
    st.builds(writes.DeleteUser, user_id=PEOPLE),
    st.builds(writes.AssignRole, user_id=PEOPLE, role_id=FEW, at=TIMES),
    st.builds(writes.UnassignRole, user_id=PEOPLE, role_id=FEW),
    st.builds(writes.GrantPermission, user_id=PEOPLE, api_id=FEW, value=FEW, at=TIMES),
    st.builds(writes.InsertFamily, family=FAMILIES),
    st.builds(
        writes.TurnFamily,
        family_id=FEW,
        from_generation=TIMES,
        to_generation=TIMES,
        rotated_at=TIMES,
        used_at=TIMES,
        idle_until=st.none() | TIMES,
        expires_at=st.none() | TIMES,
    ),
    st.builds(writes.EndFamily, family_id=FEW, **WHY),
    st.builds(
        writes.EndUserFamilies, user_id=PEOPLE, client_id=CLIENTS | st.just(""), **WHY
    ),
    st.builds(
        writes.EndGrantFamilies,
        user_id=PEOPLE,
        client_id=CLIENTS,
        audience=st.sampled_from(["", samples.AUDIENCE]),
        **WHY,
    ),
    st.builds(
        writes.EndOldestFamilies,
        user_id=PEOPLE,
        client_id=CLIENTS,
        keep=st.integers(0, 2),
        **WHY,
    ),
    st.builds(writes.InsertCode, code=st.builds(samples.code, FEW, user_id=PEOPLE)),
    st.builds(writes.ConsumeCode, digest=FEW, used_at=TIMES),
    st.builds(
        writes.GiveConsent,
        consent=st.builds(
            samples.consent,
            user_id=PEOPLE,
            client_id=CLIENTS,
            scopes=st.lists(WORDS, max_size=2).map(tuple),
        ),
    ),
    st.builds(writes.SpendJti, key=FEW, expires_at=TIMES),
    st.builds(writes.TakeLease, name=FEW, holder=FEW, now=TIMES, until=TIMES),
    st.builds(writes.BumpCatalogue),
)
PLANS = st.lists(st.lists(WRITES, min_size=1, max_size=4), min_size=1, max_size=12)

QUESTIONS = (
    *[reads.FindPerson(user_id=one) for one in (samples.ADA, samples.BOB)],
    *[reads.FindAccount(connection_id="con_1", identifier=one) for one in "ab"],
    *[reads.FindFamily(family_id=one) for one in "ab"],
    *[reads.FindCode(digest=one) for one in "ab"],
    *[reads.ListFamilies(user_id=one) for one in (samples.ADA, samples.BOB)],
    *[reads.ListConsents(user_id=one) for one in (samples.ADA, samples.BOB)],
    reads.ListAccounts(),
    reads.LoadCatalogue(),
)
TABLES = [
    "user_account",
    "user_role",
    "user_permission",
    "refresh_family",
    "code",
    "consent",
    "seen_jti",
    "lease",
]


@pytest.fixture
def both(postgres_url):
    with asyncio.Runner() as runner:
        postgres = runner.run(connect(postgres_url, pool_size=2))
        runner.run(postgres.migrate())
        yield runner, postgres
        runner.run(postgres.close())


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plans=PLANS)
def test_both_engines_answer_alike(both, plans):
    runner, postgres = both
    runner.run(compare(postgres, plans))


async def compare(postgres, plans) -> None:
    await empty(postgres)
    sqlite = await connect("sqlite:///:memory:")
    await sqlite.migrate()
    try:
        for plan in plans:
            assert await sqlite.commit(plan) == await postgres.commit(plan), plan
        for question in QUESTIONS:
            assert await sqlite.read(question) == await postgres.read(question)
    finally:
        await sqlite.close()


async def empty(postgres) -> None:
    async with postgres._pool.acquire() as connection:
        await connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        await connection.execute("UPDATE catalogue_version SET version = 0")
