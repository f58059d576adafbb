"""apply: a diff, one commit, nothing the second time, mistakes with their line."""

from __future__ import annotations

import json
import re

import pytest

from gatelodge.hasher import Hasher
from gatelodge.model.reads import FindAccount, LoadCatalogue, TailLog
from gatelodge.model.writes import BumpCatalogue, SpendJti
from tests.cli.conftest import PASSWORD, TENANT


def rows(office):
    return office.ask(LoadCatalogue())


def account(office, email):
    (connection,) = rows(office).connections
    return office.ask(FindAccount(connection_id=connection.id, identifier=email))


def test_the_first_apply_makes_a_tenant(office):
    said = office.apply(TENANT)
    assert "+ clients Mobile" in said
    assert "Changed: 6 created." in said
    assert PASSWORD not in said
    assert {client.client_id for client in rows(office).clients} == {"mobile", "job"}
    found = account(office, "ada@example.com")
    assert found.person.user.user_id == "auth0|ada"
    assert Hasher(memory=8, passes=1).verify(PASSWORD, found.password.phc)


def test_the_second_apply_changes_nothing(tenant):
    before = rows(tenant)
    assert "Nothing to change." in tenant.apply(TENANT)
    assert rows(tenant) == before


def test_a_made_secret_is_shown_once_and_never_again(office):
    said = office.apply(TENANT)
    (secret,) = re.findall(r"Job \(job\): (cs_\S+)", said)
    assert secret not in office.apply(TENANT)
    assert secret not in office.says("export", "--hashes")
    lines = office.ask(TailLog(limit=100))
    assert secret not in repr(lines)


def test_a_dry_run_writes_nothing_and_can_tell_by_its_exit_code(office):
    said = office.apply(TENANT, "--dry-run")
    assert "Would change: 6 created. Nothing was written." in said
    assert rows(office).clients == ()
    office.apply(TENANT, "--dry-run", "--detailed-exitcode", code=2)
    office.apply(TENANT)
    office.apply(TENANT, "--dry-run", "--detailed-exitcode")


def test_every_mistake_is_told_with_file_and_line_and_nothing_is_written(office):
    text = TENANT.replace("http://127.0.0.1/callback", "https://*.example.com/")
    said = office.apply(text.replace("[Reader]", "[Admin]"), code=1)
    file = office.folder / "tenant.yaml"
    assert "nothing was changed" in said
    assert f"{file}: line 3: clients[0].callbacks: redirect URI" in said
    assert f"{file}: line 14: users[1].roles[0]: there is no role 'Admin'" in said
    assert rows(office).clients == ()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("apply", "absent.yaml"), "absent.yaml: No such file or directory"),
        (("apply", "."), "Is a directory"),
        (("apply",), "Missing argument 'FILE'"),
    ],
)
def test_a_file_that_cannot_be_read(office, words, says):
    code = 2 if len(words) == 1 else 1
    assert says in office.says(*words, code=code)


def test_a_placeholder_without_a_value(office):
    text = "clients: [{name: A, app_type: regular_web, client_secret: ##THE_SECRET##}]"
    said = office.apply(text, code=1)
    assert "line 1: THE_SECRET is not set in the environment" in said
    secret = "s" * 40
    said = office.apply(text, env={"THE_SECRET": secret})
    assert "Changed" in said
    assert secret not in said


def test_other_formats_and_standard_input(office):
    office.apply('{"roles": [{"name": "A"}]}', name="t.json")
    office.apply('[[roles]]\nname = "B"\n', name="t.toml")
    office.run("apply", "-", stdin="roles: [{name: C}]\n")
    assert {role.name for role in rows(office).roles} == {"A", "B", "C"}


def test_prune_asks_and_says_what_goes(tenant):
    text = "clients: [{name: Mobile, client_id: mobile}]\n"
    said = tenant.apply(text, "--prune", code=2)
    assert "Delete Job? This cannot be undone. Add --yes to say so." in said
    assert len(rows(tenant).clients) == 2
    assert "1 deleted" in tenant.apply(text, "--prune", "--yes")
    assert [client.client_id for client in rows(tenant).clients] == ["mobile"]


def test_pruned_people_are_gone(tenant):
    text = "users: [{email: ada@example.com}]\n"
    tenant.apply(text, "--prune", "--yes")
    assert account(tenant, "bob@example.com") is None
    assert account(tenant, "ada@example.com") is not None


def test_keys_that_are_now_needed_are_made_in_the_same_commit(tenant):
    version = rows(tenant).version
    tenant.apply("resourceServers: [{identifier: b, signing_alg: ES256}]")
    found = rows(tenant)
    assert found.version == version + 1
    states = sorted((key.alg, key.state) for key in found.signing_keys)
    assert states == [
        ("ES256", "current"),
        ("ES256", "next"),
        ("RS256", "current"),
        ("RS256", "next"),
    ]


def test_two_who_apply_at_once_do_not_overwrite_each_other(tenant):
    version = rows(tenant).version
    tenant.write(SpendJti(key=f"catalogue:{version}", expires_at=2**62))
    said = tenant.apply("roles: [{name: Late}]", code=1)
    assert "somebody else changed the configuration just now" in said
    assert "Late" not in {role.name for role in rows(tenant).roles}
    tenant.write(BumpCatalogue())
    tenant.apply("roles: [{name: Late}]")


def test_many_people_are_written_and_a_taken_name_is_named(tenant):
    people = [
        {"email": f"p{n}@example.com", "username": f"person{n % 149}"}
        for n in range(150)
    ]
    said = tenant.apply(json.dumps({"users": people}), name="t.json", code=1)
    assert "149 people were written, these were not: p149@example.com" in said
    assert account(tenant, "p148@example.com") is not None
    assert "1 created" in tenant.apply(
        json.dumps({"users": [{"email": "p149@example.com"}]}), name="t.json"
    )


def test_a_changed_password_in_the_file_is_set(tenant):
    tenant.apply("users: [{email: ada@example.com, password: another-Horse-8}]")
    phc = account(tenant, "ada@example.com").password.phc
    assert Hasher(memory=8, passes=1).verify("another-Horse-8", phc)


def test_each_change_is_in_the_log(office):
    office.apply(TENANT)
    lines = office.ask(TailLog(type="sapi", limit=100))
    assert sorted(line.details["description"] for line in lines) == [
        "Create a client",
        "Create a client",
        "Create a resource server",
        "Create a role",
        "Create a user",
        "Create a user",
    ]
    assert PASSWORD not in repr(lines)


@pytest.mark.parametrize(
    ("domain", "issuer"),
    [
        ("example.com", "https://login.example.com"),
        ("login.example.com", "https://login.example.com"),
        ("example.com", "https://example.org,https://id.example.com"),
    ],
)
def test_passkeys_are_made_for_a_domain_of_ours(office, domain, issuer):
    first, *more = issuer.split(",")
    env = {"GATELODGE_ISSUER": first, "GATELODGE_MORE_ISSUERS": ",".join(more)}
    office.apply(f"tenant: {{passkey_rp_id: {domain}}}", env=env)
    assert rows(office).settings.passkey_rp_id == domain


@pytest.mark.parametrize(
    ("domain", "issuer"),
    [
        ("example.com", "https://login.example.org"),
        ("example.com", "https://notexample.com"),
        ("a.login.example.com", "https://login.example.com"),
    ],
)
def test_passkeys_of_another_domain_are_refused(office, domain, issuer):
    said = office.apply(
        f"tenant: {{passkey_rp_id: {domain}}}", code=1, env={"GATELODGE_ISSUER": issuer}
    )
    assert "tenant.passkey_rp_id" in said
    assert f"{issuer}/ nor a parent domain of it" in said
