"""--prune: what a section does not name goes, with all that hangs on it."""

from __future__ import annotations

import pytest

from gatelodge.model.connection import ConnectionOptions
from gatelodge.model.reads import Account
from gatelodge.model.user import Person, User
from gatelodge.model.writes import (
    DeleteApi,
    DeleteClient,
    DeleteClientSecrets,
    DeleteConnection,
    DeleteGrant,
    DeleteRole,
    DeleteRoleMembers,
    DeleteUser,
    DeleteUserRows,
    EndClientFamilies,
    PutConnection,
    PutRole,
)
from gatelodge.tenantfile.accounts import Accounts
from tests.tenantfile.plans import EMPTY, applied, planned, written

ALL = """\
clients:
  - {name: Job, client_id: job, app_type: non_interactive}
  - {name: Web, client_id: web, app_type: regular_web}
resourceServers:
  - {identifier: a, scopes: [{value: r}]}
  - {identifier: b, scopes: [{value: r}]}
clientGrants:
  - {client_id: job, audience: a, scope: [r]}
  - {client_id: web, audience: b, scope: [r]}
roles:
  - name: Reader
    permissions:
      - {permission_name: r, resource_server_identifier: a}
      - {permission_name: r, resource_server_identifier: b}
  - {name: Writer}
databases:
  - {name: Users, enabled_clients: [job, web]}
"""


@pytest.fixture
def rows():
    return applied(EMPTY, planned(ALL))


def deletions(plan):
    return [(one.section, one.label) for one in plan.changes if one.kind == "delete"]


def test_without_prune_nothing_goes(rows):
    assert planned("clients: []\nroles: []\n", rows).changes == ()


def test_an_omitted_section_deletes_nothing(rows):
    assert (
        planned(ALL.split("databases", maxsplit=1)[0], rows, pruning=True).changes == ()
    )


def test_a_client_takes_its_secrets_grants_tokens_and_place_along(rows):
    text = "clients: [{name: Job, client_id: job}]"
    plan = planned(text, rows, pruning=True)
    assert deletions(plan) == [("clients", "Web")]
    assert [one.client_id for one in written(plan, DeleteClient)] == ["web"]
    assert [one.client_id for one in written(plan, DeleteClientSecrets)] == ["web"]
    assert [one.client_id for one in written(plan, EndClientFamilies)] == ["web"]
    gone = {grant.id for grant in rows.grants if grant.client_id == "web"}
    assert {one.grant_id for one in written(plan, DeleteGrant)} == gone
    (put,) = written(plan, PutConnection)
    assert put.connection.options == ConnectionOptions(enabled_clients=("job",))


def test_an_api_takes_its_grants_and_permissions_along(rows):
    text = "resourceServers: [{identifier: a}]"
    plan = planned(text, rows, pruning=True)
    assert deletions(plan) == [("resourceServers", "b")]
    assert len(written(plan, DeleteApi)) == 1
    assert len(written(plan, DeleteGrant)) == 1
    (put,) = written(plan, PutRole)
    kept = next(api.id for api in rows.apis if api.identifier == "a")
    assert [held.api_id for held in put.role.permissions] == [kept]


def test_a_role_is_taken_from_everybody(rows):
    plan = planned("roles: [{name: Reader}]", rows, pruning=True)
    assert deletions(plan) == [("roles", "Writer")]
    assert len(written(plan, DeleteRole)) == len(written(plan, DeleteRoleMembers)) == 1


def test_grants_go_one_by_one(rows):
    text = "clientGrants: [{client_id: job, audience: a}]"
    assert deletions(planned(text, rows, pruning=True)) == [("clientGrants", "Web → b")]


def account(name, connection):
    user = User(
        user_id=f"auth0|{name}",
        connection_id=connection,
        email_key=f"{name}@example.com",
        email=f"{name}@example.com",
    )
    return (connection, user.email_key), Account(person=Person(user=user))


def test_a_database_with_people_in_it_is_kept(rows):
    text = "databases: [{name: Username-Password-Authentication}]"
    assert deletions(planned(text, rows, pruning=True)) == [("databases", "Users")]
    assert len(written(planned(text, rows, pruning=True), DeleteConnection)) == 1
    users = next(one.id for one in rows.connections if one.name == "Users")
    inhabited = Accounts(by_key=dict([account("eve", users)]))
    kept = planned(text, rows, inhabited, pruning=True)
    assert kept.changes == ()
    assert "Users is kept: people have accounts in it" in str(kept.warnings[0])


def test_people_who_are_not_named_go_with_everything_of_theirs(rows):
    accounts = Accounts(by_key=dict([account("ada", "con_1"), account("eve", "con_1")]))
    plan = planned("users: [{email: ada@example.com}]", rows, accounts, pruning=True)
    assert deletions(plan) == [("users", "eve@example.com")]
    assert [one.user_id for one in written(plan, DeleteUser)] == ["auth0|eve"]
    assert {one.table for one in written(plan, DeleteUserRows)} == {
        "password",
        "identity",
        "factor",
        "user_role",
        "user_permission",
        "consent",
        "ticket",
        "code",
        "session",
        "saml_session",
        "refresh_family",
    }
    assert plan.people[-1].writes[-1].line.type == "sdu"


def test_nothing_is_deleted_when_the_file_says_everything(rows):
    wanted = ALL + "  - {name: Username-Password-Authentication}\n"
    assert planned(wanted, rows, pruning=True).changes == ()
