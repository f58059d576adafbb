"""Real server processes on one database, reached over real sockets."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import httpx2
import pytest

from tests.services.loopback import free_port
from tests.services.running import Server, running_server

TENANT = Path(__file__).parent / "tenant.yaml"
CHEAP = {"GATELODGE_HASHING__MEMORY": "64", "GATELODGE_HASHING__PASSES": "1"}


class Node:
    """One server; looks like a ``Gatehouse`` to visitors and phones."""

    opened: ClassVar[list[httpx2.AsyncClient]] = []

    def __init__(self, server: Server, issuer: str) -> None:
        self.server = server
        self.issuer = issuer

    def http(self) -> httpx2.AsyncClient:
        client = httpx2.AsyncClient(base_url=self.issuer, timeout=20)
        self.opened.append(client)
        return client


@pytest.fixture(autouse=True)
async def _close_clients() -> AsyncIterator[None]:
    yield
    while Node.opened:
        await Node.opened.pop().aclose()


def gatelodge(*words: str) -> list[str]:
    return [sys.executable, "-m", "gatelodge", *words]


@contextlib.contextmanager
def nodes(
    database: str, folder: Path, *, count: int = 1, workers: int = 1
) -> Iterator[Sequence[Node]]:
    """``count`` servers on one database, one data folder, one issuer port each."""
    common = ("--database", database, "--data-dir", str(folder))
    subprocess.run(
        gatelodge(*common, "apply", str(TENANT), "--yes"),
        check=True,
        capture_output=True,
        timeout=60,
    )
    with contextlib.ExitStack() as stack:
        started = []
        for _ in range(count):
            port = free_port()
            command = gatelodge(
                *common,
                "serve",
                "--listen",
                f"localhost:{port}",
                "--workers",
                str(workers),
            )
            url = f"http://localhost:{port}/readyz"
            server = stack.enter_context(running_server(command, url=url, env=CHEAP))
            started.append(Node(server, f"http://localhost:{port}/"))
        yield started


@pytest.fixture
def sqlite_node(tmp_path: Path) -> Iterator[Node]:
    with nodes(f"sqlite:///{tmp_path}/gatelodge.db", tmp_path) as (node,):
        yield node


@pytest.fixture
def two_nodes(postgres_url: str, tmp_path: Path) -> Iterator[Sequence[Node]]:
    with nodes(postgres_url, tmp_path, count=2, workers=2) as started:
        yield started
