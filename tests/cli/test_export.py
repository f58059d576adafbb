"""export: what apply reads, and with hashes everything a restore needs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gatelodge.hasher import Hasher
from gatelodge.model.reads import (
    FindAccount,
    FindIdentity,
    ListFactors,
    LoadCatalogue,
    TailLog,
)
from tests.cli.conftest import PASSWORD, Office
from tests.cli.elsewhere import settle

SAMPLE = Path(__file__).parents[1] / "tenantfile" / "tenant.yaml"
ENV = {
    "WEB_SECRET": "cs_" + "w" * 43,
    "WEB_CALLBACKS": '["https://web.example.com/callback"]',
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def offices(request, office, tmp_path):
    """Two empty databases: one to fill, one to restore into."""
    other = Office(tmp_path / "other")
    if request.param == "postgres":
        office.database = request.getfixturevalue("postgres_url")
    return office, other


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_restored_tenant_exports_the_same_bytes(offices, suffix):
    first, second = offices
    first.run("apply", str(SAMPLE), env=ENV)
    one, two = first.folder / f"one.{suffix}", first.folder / f"two.{suffix}"
    first.run("export", "--hashes", str(one))
    second.run("apply", str(one))
    second.run("export", "--hashes", str(two))
    assert one.read_bytes() == two.read_bytes()
    assert len(one.read_bytes()) > 4000
    assert "Nothing to change." in second.says("apply", str(one))


def test_people_of_other_parties_come_back_with_their_identities(offices):
    first, second = offices
    first.run("apply", str(SAMPLE), env=ENV)
    settle(first)
    one, two = first.folder / "one.json", first.folder / "two.json"
    first.run("export", "--hashes", str(one))
    second.folder.mkdir()
    key = "master.key"
    (second.folder / key).write_bytes((first.folder / key).read_bytes())
    (second.folder / key).chmod(0o600)
    second.run("apply", str(one))
    second.run("export", "--hashes", str(two))
    assert one.read_bytes() == two.read_bytes()
    assert "Nothing to change." in second.says("apply", str(one))
    (acme,) = [
        row for row in second.ask(LoadCatalogue()).connections if row.name == "acme"
    ]
    found = second.ask(FindIdentity(connection_id=acme.id, external_id="staff 7"))
    assert found.person.user.user_id == "auth0|zoe"
    assert found.person.user.second_factor_at == 20
    assert found.identity.profile == {"attributes": {"title": ["Professor"]}}
    held = second.ask(ListFactors(user_id="auth0|zoe"))
    assert {one.kind for one in held} == {"totp", "recovery", "passkey"}
    assert [one.counter for one in held if one.kind == "totp"] == [9]
    text = first.says("export")
    assert "staff 7" in text
    assert "dev_z" not in text
    assert "Professor" not in text


def test_factors_want_the_master_key_that_sealed_them(office, tmp_path):
    office.run("apply", str(SAMPLE), env=ENV)
    settle(office)
    file = tmp_path / "all.json"
    office.run("export", "--hashes", str(file))
    said = Office(tmp_path / "other").says("apply", str(file), code=1)
    assert "sealed with a master key that is not here" in said
    assert "nothing was changed" in said


def test_without_hashes_it_also_comes_back_the_same(offices):
    first, second = offices
    first.run("apply", str(SAMPLE), env=ENV)
    text = first.says("export")
    second.apply(text)
    assert second.says("export") == text
    assert "digest" not in text
    assert "argon2id" not in text


def test_a_restored_person_has_the_same_id_and_password(tenant, tmp_path):
    file = tmp_path / "all.yaml"
    tenant.run("export", "--hashes", str(file))
    other = Office(tmp_path / "other")
    other.run("apply", str(file))
    (connection,) = other.ask(LoadCatalogue()).connections
    question = FindAccount(connection_id=connection.id, identifier="ada@example.com")
    found = other.ask(question)
    assert found.person.user.user_id == "auth0|ada"
    assert Hasher(memory=8, passes=1).verify(PASSWORD, found.password.phc)
    old = tenant.ask(LoadCatalogue()).secrets
    assert [row.digest for row in other.ask(LoadCatalogue()).secrets] == [
        row.digest for row in old
    ]


def test_an_export_with_hashes_is_for_its_owner_alone_and_in_the_log(tenant, tmp_path):
    file = tmp_path / "all.yaml"
    assert "Wrote" in tenant.says("export", "--hashes", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (line,) = [
        line
        for line in tenant.ask(TailLog(limit=50))
        if line.details["description"] == "Export with hashes"
    ]
    assert line.type == "sapi"


@pytest.mark.parametrize(
    ("file", "code", "says"),
    [
        ("tenant.toml", 2, "give the file a name in .yaml or .json"),
        ("nowhere/tenant.yaml", 1, "nowhere/tenant.yaml: No such file"),
    ],
)
def test_a_file_that_cannot_be_written(tenant, file, code, says):
    assert says in tenant.says("export", file, code=code)


def test_without_a_database_it_says_how_to_make_one(office):
    said = office.says("export", code=1)
    assert "there is no database" in said
    assert "gatelodge serve" in said
    assert not office.folder.exists()
