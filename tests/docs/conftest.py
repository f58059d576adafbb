"""A server with the tenant of the pages, a browser, and the API that a page shows."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.docs.pages import ROOT, block
from tests.interop.browser import PASSWORD
from tests.services.loopback import free_port
from tests.services.running import running_server

# In this order: each later one may name what an earlier one made.
TENANT = ("README.md", "docs/tenant-file.md", "docs/apps/cli.md")
SECRET = "cs_" + "n" * 43
AUDIENCE = "https://timesheets.example.com"
_GATELODGE = (sys.executable, "-m", "gatelodge")
_BROWSER = ROOT / "tests" / "interop" / "browser.py"


@dataclass(frozen=True)
class Place:
    """One running server and the folder that examples run in."""

    folder: Path
    port: int

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}/"

    @property
    def env(self) -> dict[str, str]:
        """What an example finds around it; nothing of whoever runs the tests."""
        return {
            "PATH": os.pathsep.join(
                [str(Path(sys.executable).parent), "/usr/bin:/bin"]
            ),
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "GATELODGE_DATA_DIR": str(self.folder / "data"),
            "GATELODGE_LISTEN": f"localhost:{self.port}",
            "GATELODGE_HASHING__MEMORY": "64",
            "GATELODGE_HASHING__PASSES": "1",
            "ADA_PASSWORD": PASSWORD,
            "REPORT_SECRET": SECRET,
            "ISSUER": self.issuer,
            "BROWSER": f"{sys.executable} {_BROWSER} %s",
            "BROWSER_PROFILE": str(self.folder / "profile"),
        }

    def here(self, code: str, *, api: str = "127.0.0.1:1") -> str:
        """An example with the addresses of this run."""
        return code.replace("localhost:8421", f"localhost:{self.port}").replace(
            "127.0.0.1:8000", api
        )

    def run(
        self, *command: str, says: str | None = None
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            command,
            env=self.env,
            cwd=self.folder,
            input=says,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def token(self, scope: str = "") -> str:
        """A token of the nightly job; ``scope`` narrows it."""
        body = {
            "grant_type": "client_credentials",
            "client_id": "nightly-report",
            "client_secret": SECRET,
            "audience": AUDIENCE,
            "scope": scope,
        }
        url = f"{self.issuer}oauth/token"
        with httpx2.Client(trust_env=False) as http:
            return str(http.post(url, data=body).json()["access_token"])


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A data folder with the tenant of the pages; to be copied."""
    place = Place(tmp_path_factory.mktemp("prepared"), free_port())
    for page in TENANT:
        done = place.run(*_GATELODGE, "apply", "-", says=block(page, "yaml"))
        assert done.returncode == 0, f"{page}: {done.stdout}{done.stderr}"
    return place


@contextlib.contextmanager
def open_place(prepared: Place, folder: Path) -> Iterator[Place]:
    """A server on a copy of the prepared tenant."""
    place = Place(folder, free_port())
    shutil.copytree(prepared.folder / "data", folder / "data")
    command = (*_GATELODGE, "serve")
    url = f"{place.issuer}readyz"
    with running_server(command, url=url, env=place.env, cwd=folder):
        yield place


@pytest.fixture(scope="module")
def place(prepared, tmp_path_factory):
    with open_place(prepared, tmp_path_factory.mktemp("docs")) as place:
        yield place


@pytest.fixture(scope="module")
def python_api(place):
    """The API of docs/apis/python.md, running; gives host and port."""
    code = place.here(block("docs/apis/python.md", "python"))
    (place.folder / "documented.py").write_text(code)
    host = f"127.0.0.1:{free_port()}"
    port = host.rpartition(":")[2]
    command = (sys.executable, "-m", "uvicorn", "documented:app", "--port", port)
    url = f"http://{host}/timesheets"
    with running_server(command, url=url, env=place.env, cwd=place.folder):
        yield host
