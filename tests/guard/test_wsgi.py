"""The WSGI middleware around a plain application, through werkzeug's client."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from gatelodge_guard.wsgi import CLAIMS, GuardMiddleware


def application(environ, start):
    said = environ[CLAIMS].sub if CLAIMS in environ else "nobody"
    start("200 OK", [("Content-Type", "text/plain")])
    return [said.encode()]


@pytest.fixture
def client(token_issuer):
    guard = token_issuer.guard(resource="https://api.test/v1")
    return Client(
        GuardMiddleware(application, guard, scopes=["read:a"], open_paths=["/health"])
    )


def test_a_good_token_reaches_the_application(client, token_issuer):
    answer = client.get("/", headers=token_issuer.header("auth0|ada", scope="read:a"))
    assert answer.text == "auth0|ada"


def test_refusals_have_status_challenge_and_length(client, token_issuer):
    nothing = client.get("/")
    assert nothing.status == "401 Unauthorized"
    assert "resource_metadata=" in nothing.headers["WWW-Authenticate"]
    assert int(nothing.headers["Content-Length"]) == len(nothing.data)
    too_little = client.get("/", headers=token_issuer.header())
    assert too_little.status_code == 403
    both = client.get("/?access_token=x", headers=token_issuer.header(scope="read:a"))
    assert both.status_code == 400


def test_open_paths_and_the_metadata_document_need_no_token(client):
    assert client.get("/health").text == "nobody"
    described = client.get("/.well-known/oauth-protected-resource/v1").json
    assert described["authorization_servers"] == ["https://issuer.test/"]


def test_a_mounted_path_counts_as_a_whole(client):
    assert client.get("/health", base_url="http://localhost/app").status_code == 401
