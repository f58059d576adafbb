"""The example API's own tests, with the guard's plugin: no server, real tokens."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from gatelodge.demo.timesheets.api import AUDIENCE, create_app

EMPLOYEE = ["read:timesheets", "create:timesheets"]
MANAGER = [*EMPLOYEE, "approve:timesheets"]
HOURS = {"day": "2026-02-03", "hours": 7.5, "task": "Build the gate"}


@pytest.fixture
def caller(token_issuer):
    """Call the API as somebody: ``caller("auth0|ada", EMPLOYEE)``."""
    guard = token_issuer.guard(AUDIENCE, resource="https://timesheets.test/")
    client = TestClient(create_app(guard))

    def as_(sub, rights, **claims):
        said = {"aud": AUDIENCE, "scope": " ".join(rights), "permissions": rights}
        headers = token_issuer.header(sub, **{**said, **claims})
        return lambda method, path, **more: client.request(
            method, path, headers=headers, **more
        )

    as_.client = client
    return as_


def test_hours_are_written_down_and_read_back(caller):
    ada = caller("auth0|ada", EMPLOYEE, **{f"{AUDIENCE}name": "Ada"})
    written = ada("POST", "/timesheets", json=HOURS)
    assert written.status_code == 201
    expected = {"id": 1, "who": "Ada", **HOURS, "approved_by": None}
    assert ada("GET", "/timesheets").json() == [expected]


def test_an_employee_sees_only_what_is_theirs(caller):
    caller("auth0|ada", EMPLOYEE)("POST", "/timesheets", json=HOURS)
    assert caller("auth0|bob", EMPLOYEE)("GET", "/timesheets").json() == []
    assert len(caller("auth0|grace", MANAGER)("GET", "/timesheets").json()) == 1


def test_only_a_manager_approves(caller):
    ada, grace = caller("auth0|ada", EMPLOYEE), caller("auth0|grace", MANAGER)
    ada("POST", "/timesheets", json=HOURS)
    refused = ada("POST", "/timesheets/1/approval")
    assert refused.status_code == 403
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="approve:timesheets"' in challenge
    approved = grace("POST", "/timesheets/1/approval").json()
    assert approved["approved_by"] == "auth0|grace"
    assert grace("POST", "/timesheets/9/approval").status_code == 404


def test_a_scope_without_the_role_does_not_approve(caller):
    asked = caller("auth0|ada", EMPLOYEE, scope="approve:timesheets")
    assert asked("POST", "/timesheets/1/approval").status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"hours": 25}, {"hours": 0}, {"task": ""}, {"day": "yesterday"}]
)
def test_hours_that_cannot_be_are_refused(caller, wrong):
    ada = caller("auth0|ada", EMPLOYEE)
    assert ada("POST", "/timesheets", json={**HOURS, **wrong}).status_code == 422
    assert ada("GET", "/timesheets").json() == []


def test_who_is_calling_comes_from_the_namespaced_claims(caller):
    said = {"name": "Ada", "email": "ada@example.com", "roles": ["employee"]}
    claims = {f"{AUDIENCE}{name}": value for name, value in said.items()}
    me = caller("auth0|ada", EMPLOYEE, **claims)("GET", "/me").json()
    assert {name: me[name] for name in said} == said
    assert (me["sub"], me["scopes"]) == ("auth0|ada", sorted(EMPLOYEE))


@pytest.mark.parametrize("path", ["/me", "/timesheets"])
def test_without_a_token_or_with_one_for_others_there_is_no_answer(caller, path):
    assert caller.client.get(path).status_code == 401
    foreign = caller("auth0|ada", EMPLOYEE, aud="https://other.example.com/")
    assert foreign("GET", path).status_code == 401


def test_the_api_tells_where_its_tokens_come_from(caller):
    answer = caller.client.get("/.well-known/oauth-protected-resource").json()
    assert answer["authorization_servers"] == ["https://issuer.test/"]
