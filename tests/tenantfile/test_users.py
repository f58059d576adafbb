"""People in the file: profiles, passwords, roles, and what ends with a change."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.model.reads import Account
from gatelodge.model.role import Role
from gatelodge.model.settings import Settings
from gatelodge.model.user import Password, Person, User
from gatelodge.model.writes import (
    AssignRole,
    EndUserFamilies,
    EndUserSessions,
    InsertUser,
    PutPassword,
    UnassignRole,
    UpdateUser,
)
from gatelodge.tenantfile.accounts import Accounts
from gatelodge.tenantfile.users import hash_reason
from tests.tenantfile.plans import EMPTY, NOW, planned, refused, written

BCRYPT = "$2b$10$Z6hUTEEeoJXN5/AmSm/4.eZ75RYgFVriQM9LPhNEC7kbAbS/VAaJ2"
ADA = User(
    user_id="auth0|ada",
    connection_id="con_1",
    email_key="ada@example.com",
    email="ada@example.com",
    name="Ada",
    created_at=1,
    updated_at=5,
)
KEY = ("con_1", "ada@example.com")
ROWS = msgspec.structs.replace(
    EMPTY, roles=(Role(id="rol_1", name="Reader"), Role(id="rol_2", name="Writer"))
)


def known(user=ADA, *, fits=False, phc="$argon2id$x", roles=("rol_1",)):
    person = Person(user=user, role_ids=roles)
    password = Password(user_id=user.user_id, phc=phc, changed_at=1) if phc else None
    return Accounts(
        by_key={KEY: Account(person=person, password=password)},
        owners={user.user_id: KEY},
        fits={KEY: fits},
    )


def of(text, accounts=None, rows=ROWS):
    return planned(f"users: [{{email: Ada@Example.com, {text}}}]", rows, accounts)


def test_a_new_account():
    plan = of("password: hunter2, name: Ada, roles: [Reader], email_verified: true")
    (put,) = written(plan, InsertUser)
    assert put.user.user_id.startswith("auth0|")
    assert put.user.email_key == "ada@example.com"
    assert put.user.email == "Ada@Example.com"
    assert put.user.email_verified_at == NOW
    assert [one.role_id for one in written(plan, AssignRole)] == ["rol_1"]
    (change,) = plan.people
    assert change.password.reveal() == "hunter2"
    assert "hunter2" not in repr(plan)


def test_a_second_run_changes_nothing():
    assert of("name: Ada, password: p", known(fits=True)).changes == ()
    assert of("name: Ada, roles: [Reader]", known()).changes == ()


def test_an_update_is_guarded_by_what_was_seen():
    plan = of("name: Ada Example", known())
    (put,) = written(plan, UpdateUser)
    assert put.seen_updated_at == 5
    assert put.user.updated_at == NOW
    assert put.user.user_id == "auth0|ada"
    assert written(plan, EndUserSessions) == []


def test_roles_in_the_file_are_all_the_roles():
    plan = of("roles: [Writer]", known())
    assert [one.role_id for one in written(plan, AssignRole)] == ["rol_2"]
    assert [one.role_id for one in written(plan, UnassignRole)] == ["rol_1"]


def test_another_password_ends_sessions_and_families():
    plan = of("password: new", known(fits=False))
    assert plan.people[0].password.reveal() == "new"
    assert len(written(plan, EndUserSessions)) == 1
    assert len(written(plan, EndUserFamilies)) == 1


def test_a_setting_keeps_refresh_tokens():
    settings = Settings(keep_refresh_tokens_on_password_change=True)
    rows = msgspec.structs.replace(ROWS, settings=settings)
    plan = of("password: new", known(), rows)
    assert len(written(plan, EndUserSessions)) == 1
    assert written(plan, EndUserFamilies) == []


def test_blocking_ends_sessions_and_families_once():
    plan = of("blocked: true", known())
    assert len(written(plan, EndUserSessions)) == 1
    assert len(written(plan, EndUserFamilies)) == 1
    blocked = msgspec.structs.replace(ADA, blocked_at=3)
    assert of("blocked: true", known(blocked)).changes == ()


def test_a_hash_is_taken_only_where_there_is_no_password():
    (put,) = written(of(f"password_hash: {BCRYPT}"), PutPassword)
    assert put.password.phc == BCRYPT
    assert of(f"password_hash: {BCRYPT}", known()).changes == ()
    assert (
        len(written(of(f"password_hash: {BCRYPT}", known(phc=None)), PutPassword)) == 1
    )


@pytest.mark.parametrize(
    ("phc", "says"),
    [
        ("md5", "not argon2id"),
        (BCRYPT.replace("$10$", "$16$"), "bcrypt above cost 15"),
        ("$2y$" + BCRYPT[4:], "not argon2id"),
        ("$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "argon2id only"),
        (
            "$argon2id$v=19$m=2097152,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
            "costs more than 1 GiB",
        ),
        (BCRYPT, None),
        (BCRYPT.replace("$2b$", "$2a$"), None),
        ("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", None),
    ],
)
def test_which_hashes_can_be_imported(phc, says):
    found = hash_reason(phc)
    assert found is None if says is None else says in (found or "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("roles: [Admin]", "there is no role 'Admin'"),
        ("connection: Other", "there is no database 'Other'"),
        ("user_id: nonsense", "a user_id is like auth0|"),
        ("password: ''", "1 to 1024 bytes"),
        ("password: 12345", "got `int`; put it in quotes"),
        ("password: x, password_hash: y", "not both"),
        ("password_hash: md5", "not argon2id"),
        ("app_metadata: {user_id: x}", "these names are not allowed: user_id"),
        ("user_metadata: {a.b: x}", "these names are not allowed: a.b"),
        ("user_metadata: {a: '" + "x" * 65_536 + "'}", "larger than 65536 bytes"),
        ("created_at: yesterday", "is not a time like"),
        ("created_at: '2026-01-31T10:00:00'", "has no time zone"),
        ("name: a}, {email: ADA@example.com", "stands here twice"),
    ],
)
def test_what_an_account_may_not_be(text, says):
    found = refused(f"users: [{{email: ada@example.com, {text}}}]", ROWS)
    assert any(says in one for one in found), found


def test_an_address_must_be_one():
    assert "is not an e-mail address" in refused("users: [{email: ada}]")[0]


def test_a_user_id_never_changes_and_belongs_to_one():
    text = "users: [{email: ada@example.com, user_id: auth0|eve}]"
    assert "a user_id never changes" in refused(text, ROWS, known())[0]
    other = "users: [{email: eve@example.com, user_id: auth0|ada}]"
    assert "belongs to another account" in refused(other, ROWS, known())[0]


def test_the_log_names_fields_and_not_what_they_hold():
    plan = of("name: Ada Example, user_metadata: {diagnosis: private}", known())
    line = plan.people[0].writes[-1].line
    assert line.user_id == "auth0|ada"
    assert "user_metadata.diagnosis" in line.details["changes"]
    assert "private" not in repr(line)
    assert "Ada Example" not in repr(line)
