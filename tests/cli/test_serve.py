"""serve: starts with nothing set, and refuses what would be unsafe."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import stat
import subprocess
import sys

import httpx2
import pytest

from tests.cli.conftest import Office
from tests.services.loopback import free_port

COMMAND = [sys.executable, "-m", "gatelodge"]


def start(*words, cwd, **env):
    return subprocess.run(
        [*COMMAND, "serve", *words],
        cwd=cwd,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_first_run_makes_its_files_and_serves(running_server, tmp_path):
    port = free_port()
    url = f"http://localhost:{port}/"
    command = [*COMMAND, "serve", "--listen", f"localhost:{port}"]
    with running_server(command, url=f"{url}healthz", cwd=tmp_path) as server:
        assert f"Gatelodge is at {url}" in server.wait_says("Gatelodge is at")
        answer = httpx2.get(f"{url}.well-known/openid-configuration")
        assert answer.json()["issuer"] == url
        office = Office(tmp_path / "gatelodge-data")
        office.apply("roles: [{name: Reader}]")
        assert "Reader" in office.says("roles", "list")
        seen = office.says("doctor", env={"GATELODGE_LISTEN": f"localhost:{port}"})
        assert f"ok   issuer: {url} answers as itself" in seen
        assert "Traceback" not in server.output
    key = tmp_path / "gatelodge-data" / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("level", ["info", "warning"])
def test_operators_read_why_something_was_refused(running_server, tmp_path, level):
    port = free_port()
    url = f"http://localhost:{port}/"
    settings = ["--log-format", "json", "--log-level", level]
    command = [*COMMAND, "serve", "--listen", f"localhost:{port}", *settings]
    with running_server(command, url=f"{url}healthz", cwd=tmp_path) as server:
        answer = httpx2.post(f"{url}oauth/token", data={"grant_type": "other"})
        assert answer.status_code == 400
        if level == "info":
            told = json.loads(server.wait_says("refused by"))
            assert told["rule"] == "RFC6749-5.2.grant"
            assert told["trace_id"] == answer.headers["x-request-id"]
        else:
            assert "refused by" not in server.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--listen", ":0"), "listening on 0.0.0.0, :: with the http issuer"),
        (("--issuer", "http://id.example.com"), "set --issuer https://id.example.com/"),
        (("--workers", "2"), "set --workers 1, or --database to a postgresql:// URL"),
        (("--listen", "nowhere"), "'nowhere' is not HOST:PORT"),
        (("--workers", "many"), "flag --workers: workers: Expected `int`"),
        (("--trusted-proxies", "proxy"), "does not appear to be an IPv4 or IPv6"),
    ],
)
def test_what_is_unsafe_or_wrong_does_not_start(tmp_path, words, says):
    result = start(*words, cwd=tmp_path)
    assert result.returncode == 1
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "gatelodge-data").exists()


def test_optimized_python_does_not_start(tmp_path):
    result = start("--listen", "127.0.0.1:0", cwd=tmp_path, PYTHONOPTIMIZE="1")
    assert result.returncode == 1
    assert "unset PYTHONOPTIMIZE" in result.stderr


def test_a_readable_key_does_not_start(tmp_path):
    office = Office(tmp_path / "gatelodge-data")
    office.apply("roles: [{name: A}]")
    key = office.folder / "master.key"
    key.chmod(0o644)
    result = start("--listen", "127.0.0.1:0", cwd=tmp_path)
    assert result.returncode == 1
    assert "chmod 600 gatelodge-data/master.key" in result.stderr


def test_a_lost_key_does_not_start(tmp_path):
    office = Office(tmp_path / "gatelodge-data")
    office.apply("roles: [{name: A}]")
    (office.folder / "master.key").unlink()
    result = start("--listen", "127.0.0.1:0", cwd=tmp_path)
    assert result.returncode == 1
    assert "restore the key from your backup" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_newer_schema_does_not_start(tmp_path):
    office = Office(tmp_path / "gatelodge-data")
    office.apply("roles: [{name: A}]")
    with contextlib.closing(
        sqlite3.connect(office.folder / "gatelodge.db")
    ) as database:
        database.execute("INSERT INTO schema_step VALUES ('9999_later', 'x', 1)")
        database.commit()
    result = start("--listen", "127.0.0.1:0", cwd=tmp_path)
    assert result.returncode == 1
    assert "9999_later" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_that_is_away_ends_it_once_however_many_workers(tmp_path):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    words = ("--listen", "127.0.0.1:0", "--workers", "2")
    result = start(*words, cwd=tmp_path, GATELODGE_DATABASE=url)
    assert result.returncode == 1
    assert result.stderr.count("the database does not answer") == 1
    assert "Traceback" not in result.stderr


def test_a_malformed_key_does_not_start(tmp_path):
    result = start(
        "--listen", "127.0.0.1:0", cwd=tmp_path, GATELODGE_MASTER_KEY="short"
    )
    assert result.returncode == 1
    assert "key 1 is not 32 bytes" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = start("--listen", address, cwd=tmp_path)
    assert result.returncode == 1
    assert f"cannot listen on {address}" in result.stderr
    assert "choose another by --listen" in result.stderr


def test_help_answers_without_the_server(tmp_path):
    code = (
        "import sys, runpy; sys.argv = ['gatelodge', '--help']\n"
        "try: runpy.run_module('gatelodge', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'msgspec', 'cryptography', 'asyncpg', 'starlette', 'rich', 'asyncio'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "HEAVY []" in done.stdout
    assert "Usage: gatelodge" in done.stdout
