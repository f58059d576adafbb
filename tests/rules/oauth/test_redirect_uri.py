"""Where an answer may go: exactly there, or to the same loopback literal."""

from __future__ import annotations

import pytest

from gatelodge.base.errors import PageRefusal
from gatelodge.oauth.redirect_uri import (
    another_app_could_claim,
    matches,
    registered,
    unfit,
)
from tests.rules.world import CALLBACK, client


@pytest.mark.rule("RFC6749-3.1.2.4")
@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ("com.example.app:/cb", "com.example.app:/cb"),
        ("https://h/cb?x=1", "https://h/cb?x=1"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1:1/cb"),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb?x=1", "http://[::1]:1234/cb?x=1"),
        ("http://localhost:3000/cb", "http://localhost:3000/cb"),
    ],
)
def test_matching(known: str, wanted: str) -> None:
    assert matches(known, wanted)


@pytest.mark.rule("RFC6749-3.1.2.4")
@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ("com.example.app:/cb", "com.example.app:/cb/"),
        ("com.example.app:/cb", "com.example.app://cb"),
        ("com.example.app:/cb", "COM.example.app:/cb"),
        ("https://h/cb", "https://h/cb?x=1"),
        ("https://h/cb", "https://h/cb/../evil"),
        ("https://h/cb", "https://h/CB"),
        ("https://h/cb", "https://h:443/cb"),
        ("https://h/cb", "http://h/cb"),
        ("https://h/cb", "https://h.evil.example/cb"),
        ("http://localhost:3000/cb", "http://localhost:3001/cb"),
        ("http://localhost/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://[::1]/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/other"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80/cb?x=1"),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://eve@127.0.0.1:1/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb#x"),
        ("http://127.0.0.1/cb", "http://[::1"),
        ("http://127.0.0.1/cb", "http://127.0.0.1\\@evil.example:1/cb"),
        ("com.app://127.0.0.1/cb", "com.app://127.0.0.1:1/cb"),
    ],
)
def test_not_matching(known: str, wanted: str) -> None:
    assert not matches(known, wanted)


@pytest.mark.parametrize(
    ("sent", "proven"),
    [
        (CALLBACK, CALLBACK),
        (f"{CALLBACK}#frag", CALLBACK),
        (f"{CALLBACK}#", CALLBACK),
        ("http://127.0.0.1:5/cb", "http://127.0.0.1:5/cb"),
        (None, None),
    ],
)
def test_what_is_registered_is_proven(sent: str | None, proven: str | None) -> None:
    app = client(redirect_uris=(CALLBACK, "http://127.0.0.1/cb"))
    if sent is None:
        app = client(redirect_uris=(CALLBACK,))
        proven = CALLBACK
    assert registered(app, sent) == proven


@pytest.mark.rule("RFC6749-3.1.2.4")
@pytest.mark.parametrize(
    "sent", ["https://evil.example/", "http://[::1#x", "\ud800", "#", CALLBACK + "\n"]
)
def test_what_is_not_registered_becomes_a_page(sent: str) -> None:
    with pytest.raises(PageRefusal) as caught:
        registered(client(), sent)
    assert caught.value.rule == "RFC6749-3.1.2.4"


@pytest.mark.rule("RFC6749-3.1.2.3")
@pytest.mark.parametrize("uris", [(), (CALLBACK, "https://h/cb")])
def test_it_may_be_left_out_only_where_one_is_registered(uris: tuple[str, ...]) -> None:
    with pytest.raises(PageRefusal) as caught:
        registered(client(redirect_uris=uris), None)
    assert caught.value.rule == "RFC6749-3.1.2.3"


@pytest.mark.parametrize(
    ("uri", "claimable"),
    [
        ("com.app:/cb", True),
        ("exp://h/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://[::1]:9/cb", True),
        ("http://localhost:3000/cb", True),
        ("https://app.example.com/cb", False),
        ("https://localhost/cb", False),
    ],
)
def test_whether_another_app_could_answer_there(uri: str, claimable: bool) -> None:
    assert another_app_could_claim(uri) is claimable


@pytest.mark.parametrize(
    "uri",
    [
        "com.example.app:/cb",
        "com.app://host:8080/android/com.app/callback",
        "exp://h/--/cb",
        "https://h/cb?x=1",
        "http://127.0.0.1/cb",
        "http://[::1]/cb",
        "http://localhost:3000/",
    ],
)
def test_fit_to_be_registered(uri: str) -> None:
    assert unfit([uri]) is None


@pytest.mark.parametrize(
    ("uri", "because"),
    [
        ("https://*.example.com/cb", "wildcards"),
        ("https://{organization_name}.example.com/cb", "placeholders"),
        ("/cb", "absolute"),
        ("https://h/cb#x", "fragment"),
        ("https://h/cb#", "fragment"),
        ("javascript:alert(1)", "scheme javascript:"),
        ("data:text/html,x", "scheme data:"),
        ("http://h/cb", "loopback only"),
        ("http://127.0.0.1.evil.example/cb", "loopback only"),
        ("https://eve@h/cb", "absolute"),
    ],
)
def test_unfit_to_be_registered(uri: str, because: str) -> None:
    problem = unfit(["com.app:/fine", uri])
    assert problem is not None
    assert because in problem
    assert uri in problem
