"""An OAuth 2.0 server without ID tokens: its documents say who it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest

from gatelodge.connections import provider as known
from gatelodge.model.connection import Connection, ConnectionOptions, Upstream
from gatelodge.model.reads import FindPerson
from gatelodge.model.writes import PutConnection
from tests.protocol.gatehouse import Phone, Visitor, open_gatehouse

from .conftest import sign_in

USER = {"id": 42, "login": "ada", "name": "Ada"}
EMAILS = [{"email": "ada@example.com", "primary": True, "verified": True}]


class Handler(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, object]] = {}

    def log_message(self, *_) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/authorize":
            bearer = self.headers.get("Authorization") == "Bearer theirs"
            return self._say(200 if bearer else 401, self.answers.get(parts.path))
        asked = {name: value[0] for name, value in parse_qs(parts.query).items()}
        back = urlencode({"code": "one", "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.end_headers()
        return None

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(200, {"access_token": "theirs", "token_type": "bearer"})

    def _say(self, status: int, said) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[str]:
    Handler.answers = {"/user": USER, "/emails": EMAILS}
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(params=["github", "twitter", "oauth2"])
def strategy(request, server, monkeypatch) -> str:
    """The provider's own data, with its addresses here."""
    own = known.providers()[request.param]
    documents = {
        name: f"{server}/{name}" for name in own.documents if name != "userinfo"
    }
    here = msgspec.structs.replace(
        own,
        authorization_endpoint=f"{server}/authorize",
        token_endpoint=f"{server}/token",
        documents={"userinfo": f"{server}/user", **documents},
    )
    monkeypatch.setattr(known, "providers", lambda: {request.param: here})
    return request.param


async def test_from_the_question_to_the_account(strategy) -> None:
    if strategy == "twitter":
        Handler.answers["/user"] = {"data": {"id": "42", "username": "ada"}}
    async with open_gatehouse() as gate:
        connection = Connection(
            id="con_1",
            name=strategy,
            strategy=strategy,
            options=ConnectionOptions(upstream=Upstream(client_id="us")),
        )
        await gate.write(PutConnection(connection=connection))
        visitor, phone = Visitor(gate), Phone(gate)
        url = phone.authorize_url(connection=strategy)
        asked = await visitor.get(url)
        state = parse_qs(urlsplit(asked.headers["location"]).query)["state"][0]
        assert (len(state) < 100) == (strategy == "twitter")
        assert "code" in phone.answer(await sign_in(visitor, url))
        question = FindPerson(user_id=f"{strategy}|42")
        user = (await gate.house.store.read(question)).user
        assert user.nickname == "ada"
        assert bool(user.email_verified_at) == (strategy == "github")


async def test_a_document_that_is_refused(strategy) -> None:
    Handler.answers = {}
    async with open_gatehouse() as gate:
        connection = Connection(
            id="con_1",
            name=strategy,
            strategy=strategy,
            options=ConnectionOptions(upstream=Upstream(client_id="us")),
        )
        await gate.write(PutConnection(connection=connection))
        url = Phone(gate).authorize_url(connection=strategy)
        page = await sign_in(Visitor(gate), url)
        assert page.status_code == 200
        assert "gatelodge" not in page.cookies
