"""The loopback listener among hostile neighbours (RFC 8252 §8)."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from gatelodge_app import Cancelled, Loopback, PortTaken, TimedOut
from gatelodge_app.doorway import Doorway
from gatelodge_app.response import answers

from .visitor import Nobody, Visitor, get, raw

STATE = "the-right-state"


@pytest.fixture
def door():
    door = Loopback().open("Timesheets")
    yield door
    door.close()


@pytest.fixture
def waiting(door):
    """The door with a thread that waits at it; ends with what was found."""
    found = []
    thread = threading.Thread(target=lambda: found.append(door.wait(STATE, timeout=20)))
    thread.start()
    yield found
    get(f"{door.redirect_uri}?state={STATE}&code=right")
    thread.join(10)
    assert found == [f"state={STATE}&code=right"]


def head(door, *, host=None, line=None):
    parts = urlsplit(door.redirect_uri)
    line = line or f"GET /callback?state={STATE}&code=evil HTTP/1.1"
    return f"{line}\r\nHost: {host or parts.netloc}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("bent", "status"),
    [
        ({"host": "evil.example.com"}, b"421"),
        ({"host": "localhost:80"}, b"421"),
        ({"host": "127.0.0.1"}, b"421"),
        ({"line": f"GET /other?state={STATE} HTTP/1.1"}, b"404"),
        ({"line": "GET /favicon.ico HTTP/1.1"}, b"404"),
        ({"line": f"POST /callback?state={STATE} HTTP/1.1"}, b"405"),
        ({"line": f"GET /callback?state={STATE}"}, b"404"),
        ({"line": "GET /callback?state=guess&error=access_denied HTTP/1.1"}, b"400"),
        ({"line": "GET /callback HTTP/1.1"}, b"400"),
        ({"line": f"GET /callback?state={STATE}&state=x HTTP/1.1"}, b"400"),
        ({"line": f"GET /callback?state={STATE}{'&a=1' * 60} HTTP/1.1"}, b"400"),
        ({"line": f"GET /callback?state={STATE}&pad={'x' * 9000} HTTP/1.1"}, b"431"),
    ],
)
def test_a_strange_request_is_answered_and_changes_nothing(door, waiting, bent, status):
    reply = raw(door.redirect_uri, head(door, **bent))
    assert reply.split()[1] == status
    assert waiting == []


def test_two_host_headers_are_refused(door, waiting):
    sent = head(door).replace(b"\r\nHost", b"\r\nHost: evil.example.com\r\nHost")
    assert b" 421 " in raw(door.redirect_uri, sent)
    assert waiting == []


def test_a_giant_head_is_cut_off(door, waiting):
    reply = raw(door.redirect_uri, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100_000)
    assert reply == b"" or b" 431 " in reply
    assert waiting == []


def test_a_flood_of_guesses_does_not_end_the_wait(door, waiting):
    for guess in range(300):
        status, _, body = get(f"{door.redirect_uri}?state={guess}&code=evil")
        assert status == 400
        assert b"Timesheets" in body
    assert waiting == []


def test_slow_callers_do_not_keep_the_answer_out(door, waiting):
    parts = urlsplit(door.redirect_uri)
    slow = [socket.create_connection((parts.hostname, parts.port)) for _ in range(100)]
    for caller in slow:
        caller.sendall(b"GET /call")
    began = time.monotonic()
    assert get(f"{door.redirect_uri}?state=guess")[0] == 400
    assert time.monotonic() - began < 2
    slow[0].settimeout(2)
    assert slow[0].recv(1) == b""  # the first to come was the first to go
    slow[-1].settimeout(0.2)
    with pytest.raises(TimeoutError):
        slow[-1].recv(1)
    for caller in slow:
        caller.close()


def test_a_crowd_that_knocks_at_once_delays_nobody(door):
    """Where the queue is full, a system has callers try again after a second."""
    parts = urlsplit(door.redirect_uri)
    address = (parts.hostname, parts.port)
    crowd = [socket.create_connection(address, timeout=0.9) for _ in range(100)]
    for caller in crowd:
        caller.close()


def test_an_idler_is_sent_away(door, waiting, monkeypatch):
    monkeypatch.setattr("gatelodge_app.doorway._STAY_SECONDS", 0.2)
    assert raw(door.redirect_uri, b"GET /", timeout=3) == b""
    assert waiting == []


def test_a_request_in_pieces_is_understood(door, waiting):
    parts = urlsplit(door.redirect_uri)
    with socket.create_connection((parts.hostname, parts.port)) as caller:
        for byte in head(door, line="GET /callback?state=x HTTP/1.1"):
            caller.sendall(bytes([byte]))
        assert b" 400 " in caller.recv(65536)


def test_hostile_pages_during_a_real_sign_in(op, make):
    def attack(back: str) -> None:
        base = back.partition("?")[0]
        get(f"{base}?error=access_denied&state=guess")
        get(f"{base}?code=evil")
        raw(base, b"GET /callback HTTP/1.1\r\nHost: evil.example.com\r\n\r\n")
        raw(base, b"\x16\x03\x01\x02\x00" + b"x" * 80_000)

    visitor = Visitor(before=attack)
    assert make(browser=visitor).sign_in().access_token in op.live
    visitor.rest()


def test_an_app_name_is_text_not_markup():
    door = Loopback().open("<b>Evil</b>")
    try:
        reply = []
        thread = threading.Thread(
            target=lambda: reply.append(get(f"{door.redirect_uri}?state={STATE}"))
        )
        thread.start()
        door.wait(STATE, timeout=5)
        thread.join(5)
    finally:
        door.close()
    assert b"<b>" not in reply[0][2]
    assert b"&lt;b&gt;Evil" in reply[0][2]


def test_a_no_is_shown_as_such(op, make, visitor):
    op.behave.authorize_error = ("access_denied", "")
    with pytest.raises(Exception, match="access_denied"):
        make().sign_in()
    visitor.rest()
    assert b"not completed" in visitor.pages[0][2]


def test_nobody_comes(op, make):
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"0\.3 s"):
        make(browser=Nobody(), timeout=0.3).sign_in()
    assert time.monotonic() - began < 2


def test_cancelled_from_another_thread(op, make):
    nobody = Nobody()
    app = make(browser=nobody)
    timer = threading.Thread(target=lambda: nobody.opened.wait(5) and app.cancel())
    timer.start()
    with pytest.raises(Cancelled):
        app.sign_in()
    timer.join()


async def test_a_cancelled_task_closes_the_door(op, make_async):
    nobody = Nobody()
    app = make_async(browser=nobody)
    task = asyncio.create_task(app.sign_in())
    await asyncio.to_thread(nobody.opened.wait, 5)
    await asyncio.sleep(0.3)  # by now it waits at the door
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1
    assert app._kit.memory.doors == []


def test_the_first_free_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            Loopback(ports=[port]).open("x")
        free = Loopback().open("x")
        usable = urlsplit(free.redirect_uri).port
        free.close()
        door = Loopback(ports=[port, usable], path="/back").open("x")
        assert door.redirect_uri == f"http://127.0.0.1:{usable}/back"
        door.close()


def test_ipv6_where_there_is_no_ipv4(monkeypatch):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    hosts = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "::1"))
    monkeypatch.setattr("gatelodge_app.loopback._HOSTS", hosts)
    door = Loopback().open("x")
    try:
        assert door.redirect_uri.startswith("http://[::1]:")
        found = []
        thread = threading.Thread(
            target=lambda: found.append(door.wait(STATE, timeout=5))
        )
        thread.start()
        assert get(f"{door.redirect_uri}?state={STATE}")[0] == 200
        thread.join(5)
    finally:
        door.close()
    assert found == [f"state={STATE}"]


def test_only_this_machine_can_knock(door):
    parts = urlsplit(door.redirect_uri)
    assert parts.hostname == "127.0.0.1"
    with pytest.raises(OSError, match=r"refused|unreachable|assign"):
        socket.create_connection(("127.0.0.2", parts.port), 1)


@pytest.mark.parametrize("path", ["callback", "/a?b", "/a#b", "/a b", "/a\r\nb"])
def test_a_path_is_plain(path):
    with pytest.raises(ValueError, match="path"):
        Loopback(path=path)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_no_system_has_is_refused_at_once(port):
    with pytest.raises(ValueError, match="0 to 65535"):
        Loopback(ports=(0, port))


def test_a_state_must_match_exactly():
    assert answers("state=abc&code=1", "abc")
    for query in ("state=ab", "state=abcd", "state=", "", "state=abc&state=abc"):
        assert not answers(query, "abc")


def test_a_cancel_before_the_wait_is_not_lost():
    doorway = Doorway(socket.create_server(("127.0.0.1", 0)))
    doorway.cancel()
    with pytest.raises(Cancelled):
        doorway.wait(lambda _said: None, timeout=5)
    doorway.close()
