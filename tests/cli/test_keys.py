"""keys, db, config: rotation without a sign-out, copies, and what is set."""

from __future__ import annotations

import json
import sqlite3

import pytest

from gatelodge.base.encoding import unb64url
from gatelodge.model.reads import LoadCatalogue, TailLog
from tests.cli.conftest import Office


def states(office, alg="RS256"):
    keys = office.ask(LoadCatalogue()).signing_keys
    return {key.kid: key.state for key in keys if key.alg == alg}


def kid(office, state):
    return next(kid for kid, found in states(office).items() if found == state)


def test_rotation_publishes_next_before_it_signs(tenant):
    current, following = kid(tenant, "current"), kid(tenant, "next")
    assert "Rotated RS256." in tenant.says("keys", "rotate")
    found = states(tenant)
    assert found[current] == "previous"
    assert found[following] == "current"
    assert sorted(found.values()) == ["current", "next", "previous"]
    line = tenant.ask(TailLog(limit=1))[0]
    assert line.details["algorithms"] == ["RS256"]


def test_a_previous_key_is_revoked_and_no_other(tenant):
    tenant.says("keys", "rotate", "--alg", "RS256")
    old = kid(tenant, "previous")
    assert "Add --yes" in tenant.says("keys", "revoke", old, code=2)
    tenant.says("keys", "revoke", old, "--yes")
    assert states(tenant)[old] == "revoked"
    said = tenant.says("keys", "revoke", kid(tenant, "current"), "--yes", code=1)
    assert "rotate first, then revoke it" in said
    assert "there is no key nope" in tenant.says(
        "keys", "revoke", "nope", "--yes", code=1
    )


@pytest.mark.parametrize("dashed", ["-yh" + "a" * 41, "--h" + "b" * 40])
def test_an_id_may_begin_with_a_dash(tenant, dashed):
    said = tenant.says("keys", "revoke", dashed, "--yes", code=1)
    assert f"there is no key {dashed}" in said
    said = tenant.says("sessions", "revoke", dashed, code=1)
    assert f"there is no session '{dashed}'" in said


def test_keys_are_listed(tenant):
    found = json.loads(tenant.says("keys", "list", "--json"))
    assert {one["state"] for one in found} == {"current", "next"}
    assert "RS256\tcurrent" in tenant.says("keys", "list")


def test_an_algorithm_nobody_uses(tenant):
    said = tenant.says("keys", "rotate", "--alg", "ES256", code=1)
    assert "no key signs ES256; in use: RS256" in said


def test_a_master_key_rotates_and_old_seals_open(tenant):
    assert len(unb64url(tenant.says("keys", "master").strip())) == 32
    file = tenant.folder / "master.key"
    old = file.read_text()
    tenant.says("keys", "master", "--rotate")
    assert file.read_text().endswith(old)
    assert len(file.read_text().splitlines()) == 2
    tenant.says("keys", "rotate")
    assert sorted(states(tenant).values()) == ["current", "next", "previous"]


def test_a_foreign_master_key_is_named(tenant):
    (tenant.folder / "master.key").write_text("A" * 43 + "\n")
    said = tenant.says("keys", "rotate", code=1)
    assert "the master key does not open this database's signing keys" in said
    assert sorted(states(tenant).values()) == ["current", "next"]


def test_a_lost_master_key_is_a_loss_not_a_new_key(tenant):
    (tenant.folder / "master.key").unlink()
    assert "restore the key from your backup" in tenant.says("keys", "rotate", code=1)
    assert not (tenant.folder / "master.key").exists()


def test_migrate_says_what_it_did(office):
    office.folder.mkdir()
    assert "Applied 0001_first" in office.says("db", "migrate")
    assert "The schema is up to date." in office.says("db", "migrate")


def test_an_older_schema_says_what_to_run(office):
    office.folder.mkdir()
    sqlite3.connect(office.folder / "gatelodge.db").close()
    assert "run `gatelodge db migrate`" in office.says("users", "list", code=1)


def test_a_backup_is_a_whole_database(tenant, tmp_path):
    copy = tmp_path / "copy" / "gatelodge.db"
    copy.parent.mkdir()
    assert "keep a copy of that too" in tenant.says("db", "backup", str(copy))
    assert "auth0|ada" in Office(copy.parent).says("users", "list")
    assert "is there already" in tenant.says("db", "backup", str(copy), code=1)


@pytest.mark.postgres
def test_postgres_is_backed_up_by_its_own_tool(office, postgres_url):
    office.database = postgres_url
    office.apply("roles: [{name: A}]")
    assert "use pg_dump" in office.says("db", "backup", "copy.db", code=1)
    assert "Nothing to change." in office.apply("roles: [{name: A}]")


def test_config_shows_values_and_where_they_came_from(office):
    words = ("config", "show", "--origin", "--issuer", "https://id.example.com")
    lines = office.says(*words, env={"GATELODGE_SMTP": "smtp://u:hunter2@m"})
    assert "issuer\thttps://id.example.com\tflag --issuer" in lines
    assert "smtp\t***\tenvironment GATELODGE_SMTP" in lines
    assert "workers\t1\tdefault" in lines
    assert "hunter2" not in lines
    found = json.loads(office.says("config", "show", "--json"))
    assert found["workers"] == {"value": "1", "origin": "default"}
    assert "hashing.memory" in office.says("config", "show")


def test_a_global_flag_may_stand_before_or_after(office):
    before = office.says("--issuer", "https://a.example", "config", "show", "--origin")
    after = office.says("config", "show", "--origin", "--issuer", "https://a.example")
    assert before == after
    both = office.says(
        "--issuer", "https://x", "config", "show", "--issuer", "https://y"
    )
    assert "https://y" in both
    assert "https://x" not in both


def test_a_settings_file_is_named(office, tmp_path):
    file = tmp_path / "my.toml"
    file.write_text("workrs = 2\n")
    said = office.says("config", "show", "--config", str(file), code=1)
    assert f"{file}: unknown setting 'workrs'; did you mean 'workers'?" in said
    env = {"GATELODGE_CONFIG": str(file)}
    assert "did you mean" in office.says("config", "show", env=env, code=1)


def test_a_database_that_does_not_answer(office):
    office.database = "postgresql://nobody@127.0.0.1:9/none"
    said = office.says("users", "list", code=1)
    assert "the database does not answer" in said
