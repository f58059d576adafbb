from __future__ import annotations

import msgspec
import pytest

from gatelodge.base.errors import Mistake
from gatelodge.model import reads, writes
from gatelodge.model.role import Permission
from tests.store import samples
from tests.store.samples import ADA, AUDIENCE, BOB, CLIENT


async def find(database, user_id=ADA):
    return await database.read(reads.FindPerson(user_id=user_id))


async def account(database, identifier="ada@example.com", **asked):
    question = reads.FindAccount(connection_id="con_1", identifier=identifier, **asked)
    return await database.read(question)


async def test_a_person_comes_back_with_roles_and_permissions(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.AssignRole(user_id=ADA, role_id="rol_2", at=1),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=1),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=2),
            writes.GrantPermission(user_id=ADA, api_id="a", value="w", at=1),
            writes.GrantPermission(user_id=ADA, api_id="a", value="r", at=1),
            writes.GrantPermission(user_id=ADA, api_id="a", value="r", at=2),
            writes.AssignRole(user_id=BOB, role_id="rol_3", at=1),
        ]
    )
    person = await find(database)
    assert person is not None
    assert person.user == samples.user()
    assert person.role_ids == ("rol_1", "rol_2")
    assert person.permissions == (Permission("a", "r"), Permission("a", "w"))
    await database.commit(
        [
            writes.UnassignRole(user_id=ADA, role_id="rol_1"),
            writes.RevokePermission(user_id=ADA, api_id="a", value="r"),
        ]
    )
    person = await find(database)
    assert person is not None
    assert (person.role_ids, person.permissions) == (
        ("rol_2",),
        (Permission("a", "w"),),
    )


async def test_nobody_is_none(database):
    assert await find(database, "auth0|none") is None
    assert await account(database, "none@example.com") is None


async def test_text_that_no_engine_can_hold_finds_nothing_and_breaks_nothing(database):
    assert await account(database, "a\0b") is None
    assert await account(database, "\ud800") is None
    odd = samples.user(name="a\0b\ud800", user_metadata={"x": "a\0b"})
    assert await database.commit([writes.InsertUser(user=odd)])
    person = await find(database)
    assert person is not None
    assert person.user.name == "a\ufffdb?"
    assert person.user.user_metadata == {"x": "a\0b"}


async def test_an_account_is_found_by_address_or_user_name(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.PutPassword(password=samples.password()),
            writes.GiveConsent(consent=samples.consent()),
            writes.GiveConsent(
                consent=samples.consent(audience="", scopes=("openid",))
            ),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=1),
        ]
    )
    by_name = await account(database, "ada", client_id=CLIENT, audience=AUDIENCE)
    by_address = await account(database, client_id=CLIENT)
    assert by_name == reads.Account(
        person=await find(database),
        password=samples.password(),
        consented=("read:timesheets",),
    )
    assert by_address is not None
    assert by_address.consented == ("openid",)
    other = reads.FindAccount(connection_id="con_2", identifier="ada")
    assert await database.read(other) is None


async def test_the_address_wins_over_a_user_name_that_looks_like_one(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user(BOB, username="ada@example.com")),
            writes.InsertUser(user=samples.user()),
        ]
    )
    found = await account(database)
    assert found is not None
    assert found.person.user.user_id == ADA
    assert found.password is None


async def test_one_address_in_two_connections(database):
    second = samples.user(BOB, connection_id="con_2", email_key="ada@example.com")
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.InsertUser(user=second),
            writes.AssignRole(user_id=BOB, role_id="rol_1", at=1),
        ]
    )
    found = await database.read(reads.FindByEmail(email_key="ada@example.com"))
    assert [(one.user.user_id, one.role_ids) for one in found] == [
        (ADA, ()),
        (BOB, ("rol_1",)),
    ]


async def test_accounts_are_paged_by_key(database):
    for number in range(7):
        one = samples.user(f"auth0|{number}")
        await database.commit(
            [
                writes.InsertUser(user=one),
                writes.PutPassword(password=samples.password(one.user_id)),
                writes.AssignRole(user_id=one.user_id, role_id=f"rol_{number}", at=1),
            ]
        )
    seen, after = [], ""
    while page := await database.read(reads.ListAccounts(after=after, limit=3)):
        assert len(page) <= 3
        assert all(
            one.password == samples.password(one.person.user.user_id) for one in page
        )
        seen += [(one.person.user.user_id, one.person.role_ids) for one in page]
        after = seen[-1][0]
    assert seen == [(f"auth0|{n}", (f"rol_{n}",)) for n in range(7)]


@pytest.mark.parametrize(
    "twin",
    [
        samples.user(),
        samples.user(BOB, email_key="ada@example.com"),
        samples.user(BOB, username="ada"),
    ],
    ids=["id", "address", "user name"],
)
async def test_a_taken_identifier_loses(database, twin):
    assert await database.commit([writes.InsertUser(user=samples.user())])
    assert not await database.commit([writes.InsertUser(user=twin)])
    assert await find(database, BOB) is None


async def test_an_update_replaces_every_column_if_nothing_changed_meanwhile(database):
    await database.commit([writes.InsertUser(user=samples.user())])
    values = {
        name: value * 2 if isinstance(value, str | int) else {"new": 1}
        for name, value in msgspec.structs.asdict(samples.user()).items()
        if name != "user_id"
    } | {"linked_to": BOB}
    new = samples.user(**values)
    update = writes.UpdateUser(user=new, seen_updated_at=15)
    for wrong in (14, 16):
        stale = writes.UpdateUser(user=new, seen_updated_at=wrong)
        assert not await database.commit([stale])
    assert await database.commit([update])
    person = await find(database)
    assert person is not None
    assert person.user == new
    assert not await database.commit([update])


async def test_an_update_does_not_forget_a_sign_in(database):
    await database.commit([writes.InsertUser(user=samples.user())])
    await database.commit([writes.UserSignedIn(user_id=ADA, at=900, ip="192.0.2.9")])
    stale = samples.user(name="New", updated_at=16)
    assert await database.commit([writes.UpdateUser(user=stale, seen_updated_at=15)])
    person = await find(database)
    assert person is not None
    kept = (person.user.logins, person.user.last_login_at, person.user.last_ip)
    assert kept == (18, 900, "192.0.2.9")
    assert person.user.name == "New"


async def test_moving_to_a_taken_address_is_false_and_no_exception(database):
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.InsertUser(user=samples.user(BOB)),
        ]
    )
    greedy = samples.user(BOB, email_key="ada@example.com")
    move = writes.UpdateUser(user=greedy, seen_updated_at=15)
    assert not await database.commit([move])
    assert not await database.commit([move, writes.AppendLog(line=samples.line())])
    assert await database.read(reads.TailLog()) == ()


async def test_block_unblock_verify(database):
    await database.commit(
        [writes.InsertUser(user=samples.user(email_verified_at=None))]
    )
    await database.commit(
        [writes.BlockUser(user_id=ADA, blocked_at=None, updated_at=70)]
    )
    verify = writes.VerifyEmail(user_id=ADA, email_key="ada@example.com", at=80)
    other = writes.VerifyEmail(user_id=ADA, email_key="old@example.com", at=81)
    assert await database.commit([verify])
    assert not await database.commit([other])
    person = await find(database)
    assert person is not None
    user = person.user
    assert (user.blocked_at, user.email_verified_at, user.updated_at) == (None, 80, 80)
    nobody = writes.BlockUser(user_id=BOB, blocked_at=1, updated_at=1)
    assert not await database.commit([nobody])


async def test_a_rehash_does_not_undo_a_new_password(database):
    await database.commit([writes.InsertUser(user=samples.user())])
    await database.commit([writes.PutPassword(password=samples.password(phc="old"))])
    await database.commit(
        [writes.RehashPassword(user_id=ADA, phc="old+", seen_phc="old")]
    )
    found = await account(database)
    assert found is not None
    assert found.password == samples.password(phc="old+")
    await database.commit([writes.PutPassword(password=samples.password(phc="new"))])
    await database.commit(
        [writes.RehashPassword(user_id=ADA, phc="x", seen_phc="old+")]
    )
    found = await account(database)
    assert found is not None
    assert found.password == samples.password(phc="new")


async def test_a_password_is_held_only_as_long_as_it_is_the_same(database):
    await database.commit([writes.InsertUser(user=samples.user())])
    await database.commit([writes.PutPassword(password=samples.password())])
    found = await account(database)
    assert found is not None
    assert found.password is not None
    seen = found.password.changed_at
    held = writes.HoldPassword(user_id=ADA, seen_changed_at=seen)
    assert await database.commit([held])
    newer = msgspec.structs.replace(found.password, changed_at=seen + 1)
    await database.commit([writes.PutPassword(password=newer)])
    assert not await database.commit([held])
    again = await account(database)
    assert again is not None
    assert again.password == newer


async def test_deleting_a_person_takes_what_hangs_on_them_and_nobody_elses(database):
    for who in (ADA, BOB):
        assert await database.commit(
            [
                writes.InsertUser(user=samples.user(who)),
                writes.PutPassword(password=samples.password(who)),
                writes.AssignRole(user_id=who, role_id="rol_1", at=1),
                writes.GrantPermission(user_id=who, api_id="a", value="r", at=1),
                writes.GiveConsent(consent=samples.consent(user_id=who)),
                writes.InsertTicket(ticket=samples.ticket(f"t {who}", user_id=who)),
                writes.InsertCode(code=samples.code(f"c {who}", user_id=who)),
                writes.OpenSession(session=samples.session(f"s {who}", user_id=who)),
                writes.InsertFamily(family=samples.family(f"f {who}", user_id=who)),
            ]
        )
    tables = [
        "password",
        "user_role",
        "user_permission",
        "consent",
        "ticket",
        "code",
        "session",
        "refresh_family",
    ]
    delete = [writes.DeleteUserRows(table=one, user_id=ADA) for one in tables]
    assert await database.commit([*delete, writes.DeleteUser(user_id=ADA)])
    left = [await _what_is_left(database, who) for who in (ADA, BOB)]
    assert left == [[False] * 8, [True] * 8]
    assert not await database.commit([writes.DeleteUser(user_id=ADA)])


async def _what_is_left(database, who):
    ticket = reads.FindTicket(digest=f"t {who}", purpose="reset_password")
    person = await find(database, who)
    found = await account(database, f"{who.removeprefix('auth0|')}@example.com")
    return [
        found is not None and found.password is not None,
        person is not None and person.role_ids != (),
        person is not None and person.permissions != (),
        await database.read(reads.ListConsents(user_id=who)) != (),
        await database.read(ticket) is not None,
        await database.read(reads.FindCode(digest=f"c {who}")) is not None,
        await database.read(reads.ListSessions(user_id=who)) != (),
        await database.read(reads.ListFamilies(user_id=who)) != (),
    ]


@pytest.mark.parametrize("table", ["user_account", "log", "code; DROP TABLE code", ""])
async def test_only_a_users_own_tables_can_be_named(database, table):
    with pytest.raises(Mistake):
        await database.commit([writes.DeleteUserRows(table=table, user_id=ADA)])


async def test_a_person_is_found_by_what_another_party_calls_them(database):
    identity = samples.identity()
    await database.commit(
        [
            writes.InsertUser(user=samples.user()),
            writes.AssignRole(user_id=ADA, role_id="rol_1", at=1),
            writes.InsertIdentity(identity=identity),
            writes.GiveConsent(consent=samples.consent()),
        ]
    )
    question = reads.FindIdentity(
        connection_id="con_2",
        external_id="583231",
        client_id=samples.CLIENT,
        audience=samples.AUDIENCE,
    )
    person = await database.read(reads.FindPerson(user_id=ADA))
    assert await database.read(question) == reads.Known(
        identity=identity, person=person, consented=samples.consent().scopes
    )
    other = reads.FindIdentity(connection_id="con_1", external_id="583231")
    assert await database.read(other) is None


async def test_one_party_names_one_account_only(database):
    first, second = samples.identity(), samples.identity(user_id=BOB)
    await database.commit([writes.InsertUser(user=samples.user())])
    assert await database.commit([writes.InsertIdentity(identity=first)])
    assert not await database.commit([writes.InsertIdentity(identity=second)])
    news = {"profile": {"name": "New"}, "sealed": None, "refreshed_at": 99}
    held = {"connection_id": "con_2", "external_id": "583231"}
    refresh = writes.RefreshIdentity(**held, **news, user_id=ADA)
    assert await database.commit([refresh])
    found = await database.read(reads.FindIdentity(**held))
    assert found.identity == samples.identity(**news)
    assert not await database.commit(
        [writes.RefreshIdentity(**held, **news, user_id=BOB)]
    )


async def test_an_address_is_a_key_in_our_own_databases_alone(database):
    own = samples.user("auth0|x", email_key="a@x.org", username=None)
    twin = samples.user("auth0|y", email_key="a@x.org", username=None)
    assert await database.commit([writes.InsertUser(user=own)])
    assert not await database.commit([writes.InsertUser(user=twin)])
    for name in ("github|1", "github|2"):
        user = samples.user(name, email_key="a@x.org", username=None)
        assert await database.commit([writes.InsertUser(user=user)])
