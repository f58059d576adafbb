"""Tokens on API calls: httpx, httpx2 and requests, one retry after a 401."""

from __future__ import annotations

import io
import sys

import httpx
import httpx2
import pytest
import requests

from gatelodge_app import InsecureAddress, SignedOut

from .provider import Provider
from .test_renewal import refreshes

CLIENTS = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


@CLIENTS
def test_attached_in_ordinary_clients(op, make, library):
    app = make()
    app.sign_in()
    with library.Client(auth=app.auth(), trust_env=False) as http:
        assert http.get(f"{op.base}/api").status_code == 200
        op.live.clear()
        assert http.post(f"{op.base}/api", data={"a": "b"}).status_code == 200
    assert refreshes(op) == 1
    assert op.seen["/api"] == 3


@CLIENTS
async def test_attached_in_asyncio_clients(op, make_async, library):
    app = make_async()
    await app.sign_in()
    async with library.AsyncClient(auth=app.auth(), trust_env=False) as http:
        assert (await http.get(f"{op.base}/api")).status_code == 200
        op.live.clear()
        assert (await http.get(f"{op.base}/api")).status_code == 200
    assert refreshes(op) == 1


def test_attached_in_requests(op, make):
    app = make()
    app.sign_in()
    with requests.Session() as http:
        http.auth = app.auth()
        assert http.get(f"{op.base}/api").status_code == 200
        op.live.clear()
        answer = http.post(f"{op.base}/api", data={"a": "b"})
    assert answer.status_code == 200
    assert [old.status_code for old in answer.history] == [401]
    assert refreshes(op) == 1


def callers(app):
    """The same call through each library."""
    return {
        "httpx": lambda url: httpx.get(url, auth=app.auth(), trust_env=False),
        "httpx2": lambda url: httpx2.get(url, auth=app.auth(), trust_env=False),
        "requests": lambda url: requests.get(url, auth=app.auth(), timeout=5),
    }


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests"])
def test_one_retry_and_no_more(op, make, library):
    app = make()
    app.sign_in()
    op.fault("/api", *[("json", 401, {})] * 5)
    assert callers(app)[library](f"{op.base}/api").status_code == 401
    assert op.seen["/api"] == 2
    assert refreshes(op) == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests"])
def test_a_401_stays_when_nothing_can_be_renewed(op, make, library):
    op.behave.refresh_tokens = False
    app = make()
    app.sign_in()
    op.live.clear()
    assert callers(app)[library](f"{op.base}/api").status_code == 401
    assert op.seen["/api"] == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests"])
def test_a_token_that_ends_soon_is_renewed_before_the_call(op, make, library):
    op.behave.expires_in = 3
    app = make()
    app.sign_in()
    op.behave.expires_in = 3600
    assert callers(app)[library](f"{op.base}/api").status_code == 200
    assert op.seen["/api"] == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests"])
def test_nobody_signed_in_is_an_error_before_the_call(op, make, library):
    with pytest.raises(SignedOut):
        callers(make())[library](f"{op.base}/api")
    assert op.seen["/api"] == 0


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests"])
def test_a_token_never_travels_in_the_clear(make, library):
    app = make()
    app.sign_in()
    with pytest.raises(InsecureAddress):
        callers(app)[library]("http://api.example.com/")


@pytest.mark.parametrize("library", [httpx, httpx2, requests])
def test_only_one_origin_gets_the_token(op, make, library):
    app = make()
    app.sign_in()
    elsewhere = app.auth(only="https://api.example.com/")
    assert library.get(f"{op.base}/api", auth=elsewhere).status_code == 401
    assert op.seen["/api"] == 1
    here = app.auth(only=f"{op.base}/whatever")
    assert library.get(f"{op.base}/api", auth=here).status_code == 200


def test_a_body_that_cannot_be_replayed_is_sent_once(op, make):
    app = make()
    app.sign_in()
    op.live.clear()
    pieces = (piece for piece in [b"a=b"])
    headers = {"Content-Length": "3"}
    answer = httpx2.post(
        f"{op.base}/api", auth=app.auth(), content=pieces, headers=headers
    )
    assert answer.status_code == 401
    body = io.BytesIO(b"a=b")
    answer = requests.post(f"{op.base}/api", auth=app.auth(), data=body, timeout=5)
    assert answer.status_code == 401
    assert op.seen["/api"] == 2


def test_a_second_401_shares_the_renewal(op, make):
    """Two calls were refused with the same token; one renewal serves both."""
    app = make()
    app.sign_in()
    first = app.auth()
    request = httpx2.Request("GET", f"{op.base}/api")
    one, two = first.sync_auth_flow(request), first.sync_auth_flow(request)
    next(one)
    next(two)
    refused = httpx2.Response(401)
    one.send(refused)
    two.send(refused)
    assert refreshes(op) == 1


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests"])
def test_a_redirect_to_another_origin_gets_no_token(op, make, library):
    app = make()
    app.sign_in()
    other = Provider(op.key)
    try:
        op.fault("/api", ("go", 302, {}, f"{other.base}/api"))
        follow = {"trust_env": False, "follow_redirects": True}
        calls = {
            "httpx": lambda url: httpx.get(url, auth=app.auth(), **follow),
            "httpx2": lambda url: httpx2.get(url, auth=app.auth(), **follow),
            "requests": lambda url: requests.get(url, auth=app.auth(), timeout=5),
        }
        calls[library](f"{op.base}/api")
    finally:
        other.close()
    assert other.bearers == [""]


def test_a_library_loaded_later_still_gets_the_token(op, make, monkeypatch):
    app = make()
    app.sign_in()
    monkeypatch.delitem(sys.modules, "httpx")
    auth = app.auth()
    assert not isinstance(auth, httpx.Auth)
    assert httpx.get(f"{op.base}/api", auth=auth, trust_env=False).status_code == 200
