"""Flask's decorator in a real application."""

from __future__ import annotations

import pytest
from flask import Flask, g

from gatelodge_guard.flask import FlaskGuard


@pytest.fixture
def client(token_issuer):
    app, guard = (
        Flask(__name__),
        FlaskGuard(token_issuer.guard(resource="https://api.test")),
    )
    app.add_url_rule("/.well-known/oauth-protected-resource", view_func=guard.metadata)

    @app.get("/timesheets/<int:number>")
    @guard.require("read:timesheets", any_of=["staff", "approve:timesheets"])
    def read(number):
        return {"sub": g.claims.sub, "number": number, "name": read.__name__}

    @app.get("/later")
    @guard.require()
    async def later():
        return {"sub": g.claims.sub}

    return app.test_client()


def test_a_good_token_reaches_the_view(client, token_issuer):
    headers = token_issuer.header(
        "auth0|ada", scope="read:timesheets", permissions=["approve:timesheets"]
    )
    said = client.get("/timesheets/7", headers=headers).json
    assert said == {"sub": "auth0|ada", "number": 7, "name": "read"}
    assert client.get("/later", headers=headers).json == {"sub": "auth0|ada"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"scope": "read:timesheets"}, 403),
        ({"scope": "staff"}, 403),
        ({"scope": "read:timesheets staff", "iss": "https://evil.test/"}, 401),
        ({"scope": "read:timesheets staff"}, 200),
    ],
)
def test_a_refused_request_never_reaches_the_view(client, token_issuer, asked, status):
    answer = client.get("/timesheets/1", headers=token_issuer.header(**asked))
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) is (status != 200)


def test_a_token_in_header_and_query_is_a_bad_request(client, token_issuer):
    headers = token_issuer.header(scope="read:timesheets staff")
    assert (
        client.get("/timesheets/1?access_token=x", headers=headers).status_code == 400
    )
    assert client.get("/timesheets/1").status_code == 401


def test_the_metadata_document_is_served(client):
    answer = client.get("/.well-known/oauth-protected-resource")
    assert answer.json["resource"] == "https://api.test"
