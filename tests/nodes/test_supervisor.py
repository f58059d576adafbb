"""Workers that cannot start are given up, with their reason; all others come again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.services.loopback import free_port
from tests.services.running import running_server

# Two workers; each start is a byte in a file.
PROGRAM = """
import asyncio, contextlib, os, signal, sys
from pathlib import Path
from gatelodge.web import server

folder, port = Path(sys.argv[1]), int(sys.argv[2])
starts, claim = folder / "starts", folder / "claim"

async def app(scope, receive, send):
    start = {{"type": "http.response.start", "status": 200, "headers": []}}
    await send(start)
    await send({{"type": "http.response.body", "body": str(os.getpid()).encode()}})

@contextlib.asynccontextmanager
async def opening():
    with starts.open("ab") as file:
        file.write(b".")
    {body}
    yield app

sockets = server.bind([("127.0.0.1", port)])
server.run(opening, sockets, workers=2, drain_seconds=1, restart_pause=0.01)
"""
FAILS = "raise OSError('the database is not there')"
ONE_FAILS = """
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        raise OSError("no connection is left") from None
"""
DIES = """
    if starts.stat().st_size <= 20:
        asyncio.get_running_loop().call_later(0.001, os.kill, os.getpid(), 9)
"""


def program(folder: Path, port: int, body: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(body=body), str(folder), str(port)]


def test_workers_that_cannot_start_are_given_up(tmp_path: Path) -> None:
    done = subprocess.run(
        program(tmp_path, 0, FAILS),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert "the database is not there" in done.stderr
    assert 2 < (tmp_path / "starts").stat().st_size < 10


@pytest.mark.parametrize("body", [ONE_FAILS, DIES], ids=["one fails", "all die"])
def test_a_worker_comes_again_while_it_or_another_can_serve(
    tmp_path: Path, body: str
) -> None:
    url = f"http://127.0.0.1:{(port := free_port())}/"
    with running_server(program(tmp_path, port, body), url=url) as running:
        pid = _settled(url, tmp_path / "starts")
        os.kill(pid, 0)
        assert running.stop() == 0, running.output


def _settled(url: str, starts: Path) -> int:
    """Ask until workers have been started twenty times, and one answers then."""
    for _ in range(1_000):
        enough = starts.stat().st_size > 20
        with contextlib.suppress(httpx2.HTTPError):
            answer = httpx2.get(url, timeout=5)
            if enough:
                return int(answer.text)
        time.sleep(0.02)
    raise AssertionError("nobody serves")
