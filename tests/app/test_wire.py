"""How the app speaks HTTP: bounded, private, never led astray."""

from __future__ import annotations

import socket
import threading
import time

import httpx2
import pytest

from gatelodge_app import (
    App,
    BadAnswer,
    BadMetadata,
    InsecureAddress,
    SignedOut,
    Unreachable,
)

from .provider import CLIENT


@pytest.mark.parametrize("path", ["/oauth/token", "/jwks"])
def test_redirects_are_not_followed(op, make, path):
    op.fault(path, ("go", 307, {}, f"{op.base}/elsewhere"))
    with pytest.raises(BadAnswer, match="307"):
        make().sign_in()
    assert op.seen["/elsewhere"] == 0


async def test_redirects_are_not_followed_by_asyncio_either(op, make_async):
    op.fault("/oauth/token", ("go", 307, {}, f"{op.base}/elsewhere"))
    with pytest.raises(BadAnswer, match="307"):
        await make_async().sign_in()
    assert op.seen["/elsewhere"] == 0


def test_http_to_another_machine_is_refused_at_once():
    with pytest.raises(InsecureAddress):
        App("http://login.example.com/", CLIENT)


def test_a_client_needs_a_name(op):
    with pytest.raises(ValueError, match="client_id"):
        App(op.issuer, "")


def test_an_injected_client_is_used_and_left_open(op, make):
    asked, shown = [], []

    def note(request):
        asked.append(request.url.path)
        shown.append(request.headers.get("authorization"))

    with httpx2.Client(
        event_hooks={"request": [note]},
        follow_redirects=True,
        auth=("eve", "secret"),
        trust_env=False,
    ) as http:
        app = make(http=http)
        app.sign_in()
        op.fault("/oauth/token", ("go", 307, {}, f"{op.base}/elsewhere"))
        with pytest.raises(BadAnswer):
            app.renew()
        assert not http.is_closed
    assert asked[-1] == "/oauth/token"
    assert set(shown) == {None}


def test_a_secret_of_an_installed_app_is_sent_but_not_shown(op, make):
    app = make(client_secret="not-so-secret")
    app.sign_in()
    form = next(form for path, form in op.forms if path == "/oauth/token")
    assert form["client_secret"] == "not-so-secret"
    assert "not-so-secret" not in repr(app._kit)


def test_an_answer_that_is_too_large(op, make):
    op.behave.metadata = {"padding": "x" * 1_100_000}
    with pytest.raises(BadAnswer, match="megabyte"):
        make().sign_in()


async def test_an_answer_that_is_too_large_under_asyncio(op, make_async):
    op.behave.metadata = {"padding": "x" * 1_100_000}
    with pytest.raises(BadAnswer, match="megabyte"):
        await make_async().sign_in()


def test_an_answer_that_never_ends(monkeypatch):
    monkeypatch.setattr("gatelodge_app.wire._ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip():
            line, _ = server.accept()
            with line:
                line.recv(10_000)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                while not stop.wait(0.05):
                    line.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        port = server.getsockname()[1]
        began = time.monotonic()
        app = App(
            f"http://127.0.0.1:{port}",
            CLIENT,
            sleep=lambda _s: (stop.set(), server.close()),
        )
        with pytest.raises(Unreachable):
            app.sign_in()
        stop.set()
        thread.join(5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("fault", [500, "drop"])
def test_metadata_and_keys_are_asked_for_again(op, make, fault):
    op.fault("/.well-known/openid-configuration", fault)
    op.fault("/jwks", fault, fault)
    assert make().sign_in().access_token in op.live


def test_a_provider_that_is_away(op, make, naps):
    app = make()
    op.close()
    with pytest.raises(Unreachable) as raised:
        app.sign_in()
    assert raised.value.sent is False
    assert naps == [0.5, 1.0]
    op.close = lambda: None


def test_known_metadata_serves_through_an_outage(op, make):
    now = [1_000_000_000_000]
    app = make(clock=lambda: now[0])
    op.behave.claims = {"iat": 1_000_000_000, "exp": 2_000_000_000, "auth_time": None}
    op.behave.refresh_claims = op.behave.claims
    app.sign_in()
    now[0] += 2 * 3_600_000
    op.fault("/.well-known/openid-configuration", 503, 503, 503)
    assert app.renew().access_token in op.live
    assert op.seen["/.well-known/openid-configuration"] == 4


@pytest.mark.parametrize("said", [{}, [], {"error": 5}, "x"])
def test_an_error_that_cannot_be_read(op, make, said):
    op.fault("/oauth/token", ("json", 400, said))
    with pytest.raises(BadAnswer):
        make().sign_in()


@pytest.mark.parametrize("said", [{}, [], {"keys": 5}])
def test_a_key_set_that_cannot_be_read(op, make, said):
    op.fault("/jwks", ("json", 200, said))
    with pytest.raises(BadAnswer, match="no key set"):
        make().sign_in()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/.well-known/openid-configuration", BadMetadata),
        ("/oauth/token", BadAnswer),
        ("/jwks", BadAnswer),
    ],
)
@pytest.mark.parametrize("said", [b"[" * 100_000, b"\xff", b"<html>"])
def test_an_answer_that_is_no_json(op, make, path, kind, said):
    op.fault(path, ("json", 200, said))
    with pytest.raises(kind):
        make().sign_in()


def test_signing_out_is_seen_by_a_sleeping_thread(op, make):
    """A load that began before a sign-out must not bring the tokens back."""
    app = make()
    app.sign_in()
    vault, load = app._kit.vault, app._kit.vault.load
    app._kit.memory.tokens = None

    def slow(key):
        text = load(key)
        vault.load = load
        app.sign_out(browser=False)
        return text

    vault.load = slow
    assert app.user["sub"] == "auth0|ada"
    assert app.user is None
    with pytest.raises(SignedOut):
        app.access_token()
