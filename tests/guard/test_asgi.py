"""The ASGI middleware around a real Starlette application."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from gatelodge_guard.asgi import GuardMiddleware


async def whoami(request):
    return JSONResponse({"sub": request.state.claims.sub})


async def health(request):
    return JSONResponse({"up": True})


async def greet(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.state.claims.sub)
    await websocket.close()


def build(guard, **options):
    routes = [
        Route("/", whoami),
        Route("/health", health),
        WebSocketRoute("/ws", greet),
    ]
    started = []

    async def lifespan(app):
        started.append(app)
        yield {"pool": "kept"}

    from contextlib import asynccontextmanager

    app = Starlette(routes=routes, lifespan=asynccontextmanager(lifespan))
    return GuardMiddleware(app, guard, open_paths=["/health"], **options), started


@pytest.fixture
def client(token_issuer):
    app, started = build(token_issuer.guard(resource="https://api.test"))
    with TestClient(app) as client:
        assert started
        yield client


def test_a_good_token_reaches_the_application(client, token_issuer):
    answer = client.get("/", headers=token_issuer.header("auth0|ada"))
    assert answer.json() == {"sub": "auth0|ada"}


def test_a_request_without_token_is_challenged(client):
    answer = client.get("/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        "Bearer resource_metadata="
        '"https://api.test/.well-known/oauth-protected-resource"'
    )


def test_open_paths_and_the_metadata_document_need_no_token(client):
    assert client.get("/health").json() == {"up": True}
    described = client.get("/.well-known/oauth-protected-resource")
    assert described.json()["resource"] == "https://api.test"
    assert client.get("/health/").status_code == 401


def test_two_credentials_are_a_bad_request(client, token_issuer):
    token = token_issuer.token()
    twice = [("Authorization", f"Bearer {token}")] * 2
    assert client.get("/", headers=twice).status_code == 400
    with_query = client.get(f"/?access_token={token}", headers=token_issuer.header())
    assert with_query.status_code == 400
    assert client.get(f"/?access_token={token}").status_code == 401


def test_the_middleware_can_demand_scopes(token_issuer):
    app, _ = build(token_issuer.guard(), scopes=["read:timesheets"])
    with TestClient(app) as client:
        good = client.get("/", headers=token_issuer.header(scope="read:timesheets"))
        bad = client.get("/", headers=token_issuer.header(scope="openid"))
    assert good.status_code == 200
    assert bad.status_code == 403
    assert 'scope="read:timesheets"' in bad.headers["WWW-Authenticate"]


def test_a_websocket_is_guarded_too(client, token_issuer):
    with client.websocket_connect("/ws", headers=token_issuer.header()) as socket:
        assert socket.receive_text() == "auth0|ada"
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("/ws"),
    ):
        pass
    assert denied.value.status_code == 401


async def test_a_websocket_that_cannot_be_answered_is_closed(token_issuer):
    app, _ = build(token_issuer.guard())
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": "/ws", "headers": [], "query_string": b""}
    await app(scope, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert WebSocketDisconnect(1008).code == sent[0]["code"]
