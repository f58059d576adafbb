"""The hand-over of a private-use scheme address to the app that waits."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time

import pytest

from gatelodge_app import AlreadyWaiting, Cancelled, Scheme, TimedOut

from .visitor import Visitor

URI = "com.example.timesheets:/callback"
SECOND = """
import sys
from pathlib import Path
from gatelodge_app import Scheme
directory, sockets, *arguments = sys.argv[1:]
scheme = Scheme("com.example.timesheets:/callback", Path(directory), sockets=sockets == "1")
sys.exit(0 if scheme.hand_over(arguments) else 3)
"""


@pytest.fixture(params=[True, False], ids=["socket", "file"])
def sockets(request):
    return request.param


@pytest.fixture
def scheme(tmp_path, sockets):
    return Scheme(URI, tmp_path / "run", sockets=sockets)


def second_process(tmp_path, sockets, url):
    """What the system does with an address of ours: start the app once more."""
    command = [sys.executable, "-c", SECOND, str(tmp_path / "run"), str(int(sockets))]
    return subprocess.run(
        [*command, "--quiet", url], check=False, timeout=30
    ).returncode


def test_a_second_process_hands_the_answer_over(op, make, tmp_path, scheme, sockets):
    visitor = Visitor(deliver=lambda back: second_process(tmp_path, sockets, back))
    app = make(redirect=scheme, browser=visitor)
    assert app.sign_in().access_token in op.live
    visitor.rest()
    assert visitor.pages == [0]
    _, asked = next(f for f in op.forms if f[0] == "/authorize")
    assert asked["redirect_uri"] == URI
    assert [p.suffix for p in (tmp_path / "run").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    "url",
    [
        f"{URI}?state=guess&code=evil",
        f"{URI}?state=guess&error=access_denied",
        f"{URI}x?state=right&code=evil",
        f"{URI}?code=evil",
    ],
)
def test_a_strange_address_changes_nothing(scheme, url):
    door = scheme.open("x")
    found = []
    thread = threading.Thread(
        target=lambda: found.append(door.wait("right", timeout=10))
    )
    thread.start()
    assert scheme.hand_over([url]) is False
    assert found == []
    assert scheme.hand_over(["app", f"{URI}?state=right&code=1#frag"]) is True
    thread.join(5)
    door.close()
    assert found == ["state=right&code=1"]


def test_nobody_waits(scheme):
    assert scheme.hand_over([f"{URI}?state=a"]) is False
    assert scheme.hand_over([]) is False
    assert scheme.hand_over(["--help", "https://example.com/"]) is False


def test_a_caller_without_the_secret_is_a_stranger(tmp_path):
    scheme = Scheme(URI, tmp_path / "run", sockets=False)
    door = scheme.open("x")
    [file] = (tmp_path / "run").glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    port = json.loads(file.read_text())["port"]
    thread = threading.Thread(target=lambda: waits(door))
    thread.start()
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(f"{'0' * 64} {URI}?state=a\n".encode())
        assert line.recv(100) == b"stranger\n"
    door.cancel()
    thread.join(5)
    assert not thread.is_alive()
    door.close()


def waits(door):
    with pytest.raises(Cancelled):
        door.wait("a", timeout=10)


def test_the_socket_is_private(tmp_path):
    door = Scheme(URI, tmp_path / "run", sockets=True).open("x")
    [path] = (tmp_path / "run").glob("*.sock")
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    door.close()


def test_a_directory_too_deep_for_a_socket_serves_too(tmp_path):
    scheme = Scheme(URI, tmp_path / ("d" * 120), sockets=True)
    door = scheme.open("x")
    got = []
    thread = threading.Thread(target=lambda: got.append(door.wait("a", timeout=10)))
    thread.start()
    assert scheme.hand_over([f"{URI}?state=a&code=b"])
    thread.join(5)
    assert got == ["state=a&code=b"]
    door.close()


def test_one_waits_at_a_time(scheme):
    door = scheme.open("x")
    with pytest.raises(AlreadyWaiting):
        scheme.open("x")
    door.close()
    scheme.open("x").close()


def test_the_remains_of_a_dead_process_are_swept(tmp_path, scheme, sockets):
    code = (
        "import os, sys; from pathlib import Path; from gatelodge_app import Scheme\n"
        f"Scheme({URI!r}, Path(sys.argv[1]), sockets={sockets}).open('x')\n"
        "os.kill(os.getpid(), 9)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    subprocess.run(command, check=False, timeout=30)
    assert scheme.hand_over([f"{URI}?state=a"]) is False
    scheme.open("x").close()


def test_nobody_comes_back(scheme):
    door = scheme.open("x")
    began = time.monotonic()
    with pytest.raises(TimedOut):
        door.wait("a", timeout=0.2)
    door.close()
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "uri", ["timesheets:/callback", "https:/callback", "com.example:/a?b", "/x", ""]
)
def test_a_scheme_is_a_reversed_domain(uri):
    with pytest.raises(ValueError, match="reversed domain"):
        Scheme(uri)
