"""The small pure rules: requests, responses, addresses, metadata, patience, errors."""

from __future__ import annotations

import inspect
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

import gatelodge_app
from gatelodge_app import errors
from gatelodge_app.addresses import check_private, origin
from gatelodge_app.errors import (
    AppError,
    BadAnswer,
    BadMetadata,
    BadResponse,
    InsecureAddress,
    StateMismatch,
    Unreachable,
)
from gatelodge_app.metadata import Provider, read_metadata
from gatelodge_app.page import respond
from gatelodge_app.patience import patiently
from gatelodge_app.request import Request, again, challenge_of, draft, draw
from gatelodge_app.response import read_response
from gatelodge_app.settings import Settings
from gatelodge_app.steps import Answer, Pause, Send
from gatelodge_app.tokens import read_issued

PROVIDER = Provider(
    issuer="https://op.example.com/",
    authorization_endpoint="https://op.example.com/authorize?tenant=a%20b",
    token_endpoint="https://op.example.com/token",
    jwks_uri="https://op.example.com/jwks",
)


def drafted(**extra) -> Request:
    settings = Settings(issuer="https://op.example.com", client_id="c", scope="email")
    return draft(
        settings,
        PROVIDER,
        redirect_uri="http://127.0.0.1:1/callback",
        extra=extra,
        secrets=("s" * 43, "n" * 43, "v" * 43),
    )


def test_the_challenge_of_the_standard():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_secret_is_thirty_two_bytes():
    asked = []
    drawn = draw(lambda size: asked.append(size) or bytes(size))
    assert asked == [32]
    assert drawn == "A" * 43


def test_a_request_keeps_the_endpoints_own_query():
    request = drafted(prompt="login", claims={"a": 1}, flag=True, none=None)
    asked = dict(parse_qsl(urlsplit(request.url).query))
    assert asked["tenant"] == "a b"
    assert asked["scope"] == "openid email"
    assert asked["claims"] == '{"a": 1}'
    assert asked["flag"] == "true"
    assert "none" not in asked
    assert "s" * 43 not in repr(request)
    assert "v" * 43 not in request.url


@pytest.mark.parametrize(
    ("wishes", "repeat"),
    [
        ({}, {}),
        ({"prompt": "login"}, {"max_age": 65}),
        ({"prompt": "consent"}, {}),
        ({"prompt": "none"}, {"prompt": "none"}),
        ({"max_age": 0}, {"max_age": 65}),
        ({"max_age": 10, "login_hint": "a"}, {"max_age": 10, "login_hint": "a"}),
    ],
)
def test_the_repeat_asks_for_no_second_prompt(wishes, repeat):
    assert again(wishes, elapsed=5_400) == repeat


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        (f"state={'x' * 43}&code=1", StateMismatch),
        ("code=1", StateMismatch),
        (f"state={'s' * 43}", BadResponse),
        (f"state={'s' * 43}&code=", BadResponse),
        (f"state={'s' * 43}&code=1&code=2", BadResponse),
        (f"state={'s' * 43}&code=1{'&a=1' * 60}", BadResponse),
    ],
)
def test_a_bad_response_is_refused(query, kind):
    with pytest.raises(BadResponse) as raised:
        read_response(query, drafted(), provider=PROVIDER)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    "url",
    [
        "https://op.example.com/a",
        "https://op.example.com:8443",
        "http://127.0.0.1:1/",
        "http://[::1]:1/",
        "http://localhost:3000/",
    ],
)
def test_private_addresses(url):
    assert check_private(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://op.example.com/",
        "http://127.0.0.1.evil.example.com/",
        "http://localhost.evil.example.com/",
        "https://user@op.example.com/",
        "https://op.example.com@evil.example.com/",
        "https://op.example.com/#x",
        "ftp://127.0.0.1/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://[::1",
        "https://op.example.com:port/",
        "https://op.example.com/\r\nHost: x",
        "https://op..example.com/",
        f"https://{'a' * 64}.example.com/",
        "",
    ],
)
def test_addresses_that_are_not_private(url):
    with pytest.raises(InsecureAddress):
        check_private(url)


def test_an_origin_knows_the_usual_ports():
    assert origin("https://A.example.com/x") == origin("https://a.example.com:443/y")
    assert origin("https://a.example.com") != origin("http://a.example.com")
    assert origin("https://a.example.com") != origin("https://a.example.com:444")


DOCUMENT = {
    "issuer": "https://op.example.com",
    "authorization_endpoint": "https://op.example.com/authorize",
    "token_endpoint": "https://op.example.com/oauth/token",
    "jwks_uri": "https://op.example.com/jwks",
}


@pytest.mark.parametrize("given", ["https://op.example.com", "https://op.example.com/"])
def test_the_documents_spelling_of_the_issuer_counts(given):
    provider = read_metadata(DOCUMENT, issuer=given)
    assert provider.issuer == "https://op.example.com"
    assert provider.auth0_logout_endpoint == "https://op.example.com/v2/logout"
    assert provider.names_itself is False


@pytest.mark.parametrize("document", [None, [], "x", {}, DOCUMENT | {"issuer": 1}])
def test_a_document_must_be_one(document):
    with pytest.raises(BadMetadata):
        read_metadata(document, issuer="https://op.example.com")


def test_two_slashes_are_another_issuer():
    with pytest.raises(BadMetadata):
        read_metadata(DOCUMENT, issuer="https://op.example.com//")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"access_token": "a"}',
        b'{"token_type": "Bearer"}',
        b'{"token_type": "Bearer", "access_token": 5}',
        b'{"token_type": "DPoP", "access_token": "a"}',
        b'{"token_type": "Bearer", "access_token": "a", "expires_in": "soon"}',
        b'{"token_type": "Bearer", "access_token": "a", "expires_in": [1]}',
        b'{"token_type": "Bearer", "access_token": "a", "expires_in": Infinity}',
    ],
)
def test_a_token_answer_that_cannot_be_read(body):
    with pytest.raises(BadAnswer):
        read_issued(body, now=0)


def test_expiry_is_bounded():
    body = b'{"token_type":"bearer","access_token":"a","expires_in":%s}'
    assert read_issued(body % b"3600", now=5).expires_at == 3_600_005
    assert read_issued(body % b"-5", now=5).expires_at == 5
    assert read_issued(body % (b"9" * 40), now=0).expires_at < 10**15


def test_patience_waits_as_long_as_it_is_told():
    flow = patiently("https://op.example.com/", attempts=4)
    assert isinstance(next(flow), Send)
    assert flow.send(Answer(429, b"", retry_after=7)) == Pause(7)
    flow.send(None)
    assert flow.send(Answer(503, b"", retry_after=900)) == Pause(30)
    flow.send(None)
    assert flow.throw(Unreachable("gone")) == Pause(2)
    flow.send(None)
    with pytest.raises(StopIteration) as end:
        flow.send(Answer(200, b"x"))
    assert end.value.value == Answer(200, b"x", tries=4)


def test_what_may_be_used_up_is_not_sent_twice():
    for lost in (Unreachable("gone"), Unreachable("never left", sent=False)):
        flow = patiently("https://op.example.com/", attempts=2, repeatable=False)
        next(flow)
        if lost.sent:
            with pytest.raises(Unreachable):
                flow.throw(lost)
        else:
            assert flow.throw(lost) == Pause(0.5)
        flow.close()


def test_the_page_allows_its_own_style_only():
    reply = respond(200, "A", "B").decode()
    head, _, body = reply.partition("\r\n\r\n")
    policy = re.search(r"Content-Security-Policy: (.*)\r", head)[1]
    assert "script" not in body
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f"Content-Length: {len(body.encode())}" in head
    assert "prefers-color-scheme" in body


def tree(kind):
    for child in kind.__subclasses__():
        yield kind.__name__, child.__name__
        yield from tree(child)


def drawing():
    """Parent and child, as the picture in the docstring has them."""
    above = []
    for line in errors.__doc__.split("```")[1].strip().splitlines():
        stem, name = re.match(r"([│├└─ ]*)(\w+)", line).groups()
        del above[len(stem) // 3 :]
        if above:
            yield above[-1], name
        above.append(name)


def test_the_tree_in_the_docstring_is_the_tree_in_the_code():
    assert sorted(drawing()) == sorted(tree(AppError))


def test_every_error_is_public_and_says_what_to_do():
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, (AppError, UserWarning)):
            assert name in gatelodge_app.__all__
        if issubclass(kind, AppError) and not kind.__subclasses__():
            assert kind.remedy.endswith(".")
