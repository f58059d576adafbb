"""FastAPI's dependency in a real application.

Without deferred annotations: the guard stands in a fixture, not in the module.
"""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from gatelodge_guard import Claims, Mistake
from gatelodge_guard.fastapi import FastAPIGuard

METADATA = "/.well-known/oauth-protected-resource"


@pytest.fixture
def client(token_issuer):
    guard = FastAPIGuard(token_issuer.guard(resource="https://api.test"))
    app = FastAPI()
    app.include_router(guard.metadata_router())

    @app.get("/timesheets")
    async def read(
        claims: Annotated[Claims, Depends(guard.require("read:timesheets"))],
    ):
        return {"sub": claims.sub}

    @app.post("/approvals")
    def approve(
        claims: Annotated[
            Claims, Depends(guard.require(permissions=["approve:timesheets"]))
        ],
    ):
        return {"sub": claims.sub}

    return TestClient(app)


def test_a_good_token_yields_claims(client, token_issuer):
    headers = token_issuer.header("auth0|ada", scope="openid read:timesheets")
    assert client.get("/timesheets", headers=headers).json() == {"sub": "auth0|ada"}


def test_permissions_are_asked_for_apart_from_scopes(client, token_issuer):
    by_scope = token_issuer.header(scope="approve:timesheets")
    assert client.post("/approvals", headers=by_scope).status_code == 403
    by_role = token_issuer.header(permissions=["approve:timesheets"])
    assert client.post("/approvals", headers=by_role).status_code == 200


def test_a_refusal_has_status_challenge_and_reason(client, token_issuer):
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Basic eDp5"}, 401),
        ({"Authorization": "Bearer a b"}, 400),
        (token_issuer.header(expires_in=-60), 401),
        (token_issuer.header(aud="https://other.test"), 401),
        (token_issuer.header(scope="openid"), 403),
    ):
        answer = client.get("/timesheets", headers=headers)
        assert answer.status_code == status
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["detail"]["error_description"]
    assert 'scope="read:timesheets"' in answer.headers["WWW-Authenticate"]


def test_installed_it_answers_in_its_own_words(token_issuer):
    guard = FastAPIGuard(token_issuer.guard(resource="https://api.test"))
    app = FastAPI()
    guard.install(app)

    @app.get("/timesheets")
    async def read(
        claims: Annotated[Claims, Depends(guard.require("read:timesheets"))],
    ):
        return claims.sub

    client = TestClient(app)
    answer = client.get("/timesheets", headers=token_issuer.header(scope="openid"))
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/json"
    assert 'scope="read:timesheets"' in answer.headers["WWW-Authenticate"]
    assert answer.json() == {
        "error": "insufficient_scope",
        "error_description": "The token does not allow this",
    }
    assert client.get(METADATA).json()["resource"] == "https://api.test"


def test_the_openapi_document_tells_what_is_needed(client):
    described = client.get("/openapi.json").json()
    ((name, scheme),) = described["components"]["securitySchemes"].items()
    assert scheme["type"] == "openIdConnect"
    assert scheme["openIdConnectUrl"].startswith("https://issuer.test/.well-known/")
    operation = described["paths"]["/timesheets"]["get"]
    assert operation["security"] == [{name: ["read:timesheets"]}]
    assert "parameters" not in operation


def test_the_metadata_document_is_served(client, token_issuer):
    assert client.get(METADATA).json()["resource"] == "https://api.test"
    with pytest.raises(Mistake):
        FastAPIGuard(token_issuer.guard()).metadata_router()
