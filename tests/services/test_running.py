"""Servers that tests start: ready when they answer, gone when the block ends."""

from __future__ import annotations

import os
import sys
import urllib.request

import pytest

from tests.services.loopback import free_port
from tests.services.running import NotReady, running_server

SERVE = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1")


def test_it_answers_inside_the_block_and_is_gone_after_it(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    with running_server((*SERVE, str(port)), url=url, cwd=tmp_path) as server:
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        assert "Serving HTTP" in server.wait_says("Serving")
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def test_a_server_that_ends_at_once_says_why():
    command = (sys.executable, "-c", "raise SystemExit('no database')")
    with (
        pytest.raises(NotReady, match="no database"),
        running_server(command, url="http://127.0.0.1:9/"),
    ):
        pass


def test_it_can_be_killed(tmp_path):
    port = free_port()
    command = (*SERVE, str(port))
    url = f"http://127.0.0.1:{port}/"
    with running_server(command, url=url, cwd=tmp_path) as server:
        server.kill()
        assert server.process.returncode == -9


def test_it_gets_what_is_named_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("GATELODGE_SECRET", "of the caller")
    tell = "import os; raise SystemExit(sorted(os.environ))"
    with (
        pytest.raises(NotReady) as caught,
        running_server(
            (sys.executable, "-c", tell),
            url="http://127.0.0.1:9/",
            env={"GATELODGE_ISSUER": "x"},
        ),
    ):
        pass
    assert "GATELODGE_ISSUER" in str(caught.value)
    assert "GATELODGE_SECRET" not in str(caught.value)
