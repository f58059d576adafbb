"""users and roles: what an administrator does to one account."""

from __future__ import annotations

import json

import msgspec
import pytest

from gatelodge.hasher import Hasher
from gatelodge.model.reads import (
    FindAccount,
    FindPerson,
    FindTries,
    ListConsents,
    ListFamilies,
    ListSessions,
    ListWays,
    LoadCatalogue,
    TailLog,
)
from gatelodge.model.writes import InsertUser, LinkAccount, TakeTry
from tests.cli.rows import consent, family, session


def person(office, own="auth0|ada"):
    return office.ask(FindPerson(user_id=own))


def password(office, email="ada@example.com"):
    (connection,) = office.ask(LoadCatalogue()).connections
    question = FindAccount(connection_id=connection.id, identifier=email)
    return office.ask(question).password


def fits(office, typed, email="ada@example.com"):
    return Hasher(memory=8, passes=1).verify(typed, password(office, email).phc)


def last_log(office):
    return office.ask(TailLog(limit=1))[0]


@pytest.fixture
def signed_in(tenant):
    tenant.write(session("s1"), family("f1", "s1"), consent())
    return tenant


def live(office, own="auth0|ada"):
    sessions = office.ask(ListSessions(user_id=own))
    families = office.ask(ListFamilies(user_id=own))
    return (
        sum(one.revoked_at is None for one in sessions),
        sum(one.revoked_at is None for one in families),
    )


def test_list_and_show(tenant):
    lines = tenant.says("users", "list").splitlines()
    assert lines[0].split("\t")[:2] == ["user id", "e-mail"]
    assert lines[1].split("\t")[:3] == ["auth0|ada", "ada@example.com", "Ada"]
    found = json.loads(tenant.says("users", "list", "--limit", "1", "--json"))
    assert [one["user_id"] for one in found] == ["auth0|ada"]
    said = tenant.says("users", "list", "--after", "auth0|ada")
    assert "auth0|bob" in said
    assert "auth0|ada" not in said
    shown = json.loads(tenant.says("users", "show", "BOB@example.com", "--json"))
    assert shown["roles"] == ["Reader"]
    assert "password" not in shown
    assert "email" in tenant.says("users", "show", "auth0|ada")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("eve@example.com", "there is no account with e-mail 'eve@example.com'"),
        ("auth0|eve", "there is no account 'auth0|eve'"),
    ],
)
def test_nobody_of_that_name(tenant, typed, says):
    assert says in tenant.says("users", "show", typed, code=1)


def test_an_address_of_several_accounts_is_ambiguous(tenant):
    tenant.apply(
        "databases: [{name: Second}]\n"
        "users: [{email: ada@example.com, connection: Second, user_id: auth0|ada2}]"
    )
    said = tenant.says("users", "block", "ada@example.com", code=1)
    assert "several accounts have the e-mail" in said
    assert "auth0|ada\n" in said
    assert "auth0|ada2" in said
    tenant.says("users", "block", "auth0|ada2")


def test_create_reads_the_password_from_a_pipe(tenant):
    own = tenant.says(
        "users",
        "create",
        "eve@example.com",
        "--role",
        "Reader",
        "--verified",
        "--name",
        "Eve",
        stdin="eve-Has-a-Horse-7\n",
    ).strip()
    found = person(tenant, own)
    assert found.user.name == "Eve"
    assert found.user.email_verified_at is not None
    assert len(found.role_ids) == 1
    assert fits(tenant, "eve-Has-a-Horse-7", "eve@example.com")


def test_create_without_a_password(tenant):
    tenant.says("users", "create", "eve@example.com", "--no-password")
    assert password(tenant, "eve@example.com") is None


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (("ada@example.com",), "x\n", "ada@example.com has an account already"),
        (("nonsense",), "x\n", "is not an e-mail address"),
        (("eve@example.com", "--role", "Admin"), "x\n", "there is no role 'Admin'"),
        (("eve@example.com",), "", "no password was given"),
        (("eve@example.com",), "x" * 1025, "a password has at most 1024 bytes"),
        (("eve@example.com", "--connection", "X"), "x\n", "there is no database 'X'"),
    ],
)
def test_what_create_refuses(tenant, words, stdin, says):
    assert says in tenant.says("users", "create", *words, stdin=stdin, code=1)


def test_a_password_is_never_an_argument(tenant):
    tenant.says("users", "set-password", "ada@example.com", "secret", code=2)


def test_set_password_ends_sessions_and_tokens(signed_in):
    signed_in.says("users", "set-password", "ada@example.com", stdin="other-Horse-8\n")
    assert fits(signed_in, "other-Horse-8")
    assert live(signed_in) == (0, 0)
    line = last_log(signed_in)
    assert (line.type, line.user_id) == ("sapi", "auth0|ada")
    assert "other-Horse-8" not in repr(line)


def test_a_setting_keeps_refresh_tokens(signed_in):
    signed_in.apply("tenant: {keep_refresh_tokens_on_password_change: true}")
    signed_in.says("users", "set-password", "ada@example.com", stdin="other-Horse-8\n")
    assert live(signed_in) == (0, 1)


def test_block_and_unblock(signed_in):
    signed_in.says("users", "block", "ada@example.com")
    assert person(signed_in).user.blocked_at is not None
    assert live(signed_in) == (0, 0)
    assert last_log(signed_in).details["description"] == "Block a user"
    signed_in.says("users", "unblock", "ada@example.com")
    assert person(signed_in).user.blocked_at is None


def test_verify(tenant):
    tenant.says("users", "verify", "ada@example.com")
    assert person(tenant).user.email_verified_at is not None


def test_delete_takes_everything_along(signed_in):
    assert "Add --yes" in signed_in.says("users", "delete", "auth0|ada", code=2)
    assert person(signed_in) is not None
    signed_in.says("users", "delete", "ada@example.com", "--yes")
    assert person(signed_in) is None
    assert signed_in.ask(ListSessions(user_id="auth0|ada")) == ()
    assert signed_in.ask(ListFamilies(user_id="auth0|ada")) == ()
    assert signed_in.ask(ListConsents(user_id="auth0|ada")) == ()
    assert last_log(signed_in).type == "sdu"


def test_roles_are_assigned_and_taken_back(tenant):
    tenant.says("roles", "assign", "ada@example.com", "Reader")
    assert len(person(tenant).role_ids) == 1
    assert last_log(tenant).details["role"] == "Reader"
    tenant.says("roles", "assign", "ada@example.com", "Reader")
    tenant.says("roles", "unassign", "ada@example.com", "Reader")
    assert person(tenant).role_ids == ()


def test_roles_are_listed(tenant):
    assert tenant.says("roles", "list").splitlines()[1] == "Reader\t-\t1"
    assert "read:x\thttps://api.example.com/" in tenant.says("roles", "show", "Reader")
    (found,) = json.loads(tenant.says("roles", "list", "--json"))
    assert found == json.loads(tenant.says("roles", "show", "Reader", "--json"))
    said = tenant.says("roles", "assign", "ada@example.com", "Admin", code=1)
    assert "there is no role 'Admin'; there are: Reader" in said


def test_clients_and_apis_are_listed(tenant):
    assert "Mobile\tmobile\tnative\tnone" in tenant.says("clients", "list")
    assert "https://api.example.com/\t" in tenant.says("apis", "list")
    assert len(json.loads(tenant.says("clients", "list", "--json"))) == 2
    assert len(json.loads(tenant.says("apis", "list", "--json"))) == 1


@pytest.fixture
def part(signed_in):
    """Ada's account with a password is part of another of hers."""
    ada = person(signed_in).user
    whole = msgspec.structs.replace(
        ada, user_id="partner|ada", connection_id="con_partner", email=""
    )
    link = LinkAccount(
        user_id=ada.user_id,
        linked_to=whole.user_id,
        seen_updated_at=ada.updated_at,
        at=ada.updated_at + 1,
    )
    signed_in.write(InsertUser(user=msgspec.structs.replace(whole, email_key="")), link)
    signed_in.write(session("s2", user_id=whole.user_id))
    return signed_in


def test_the_password_of_a_linked_account_is_the_one_that_is_set(part):
    part.says("users", "set-password", "partner|ada", stdin="other-Horse-8\n")
    row = part.ask(ListWays(user_id="partner|ada"))
    assert [way.password_at is not None for way in row] == [False, True]
    assert fits(part, "other-Horse-8")
    assert live(part, "partner|ada") == (0, 0)


def test_wrong_passwords_are_forgiven_for_all_accounts_of_a_person(part):
    for key, subject in (("a", "auth0|ada"), ("b", "partner|ada"), ("c", "auth0|bob")):
        part.write(TakeTry(key=key, most=1, at=1, until=9**15, subject=subject))
    part.says("users", "forgive", "partner|ada")
    left = [key for key in "abc" if part.ask(FindTries(key=key))]
    assert left == ["c"]
    assert last_log(part).details["description"] == "Forgive wrong passwords"
