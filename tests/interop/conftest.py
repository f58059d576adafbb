"""What the clients of this folder need: the server, a browser, Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.interop.app import NativeApp
from tests.interop.browser import SystemBrowser
from tests.interop.gate import HERE, open_gate
from tests.interop.site import open_site
from tests.services.component import missing

_PATIENCE = 60
_XDG_OPEN = """#!/bin/sh
exec '{python}' '{browser}' "$@" >>'{log}' 2>&1
"""


@pytest.fixture(scope="session")
def site():
    """The static site of the single-page app; gives its origin."""
    with open_site(HERE) as origin:
        yield origin


@pytest.fixture(scope="session")
def gate(tmp_path_factory, site):
    """The running server with its tenant."""
    with open_gate(tmp_path_factory.mktemp("gate"), site) as gate:
        yield gate


@pytest.fixture
def person(gate):
    """Somebody at a fresh profile of the system browser."""
    browser = SystemBrowser(gate.issuer)
    yield browser
    browser.close()


@pytest.fixture
def app(gate, person):
    """A native app at that browser."""
    app = NativeApp(gate, person)
    yield app
    app.close()


@pytest.fixture(scope="session")
def node_command():
    """Node with the packages of this folder."""
    command = shutil.which("node")
    if command is None:
        missing("Node.js")
    if not (HERE / "node_modules" / "openid-client").is_dir():
        missing("The npm packages of tests/interop")
    return command


@pytest.fixture
def node(node_command, gate, tmp_path):
    """Run a script of ``node/``: ``node("appauth.mjs", SECRET="…")``; gives its result.

    The script finds ``xdg-open`` to be our system browser, with one profile a test.
    """
    opener = tmp_path / "bin" / "xdg-open"
    log = tmp_path / "browser.log"
    opener.parent.mkdir()
    opener.write_text(
        _XDG_OPEN.format(python=sys.executable, browser=HERE / "browser.py", log=log)
    )
    opener.chmod(0o700)

    def run(script, **env):
        try:
            done = subprocess.run(
                (node_command, "--import", "./resolve.mjs", script),
                cwd=HERE / "node",
                env={
                    "PATH": f"{opener.parent}{os.pathsep}{os.environ['PATH']}",
                    "ISSUER": gate.issuer,
                    "BROWSER_PROFILE": str(tmp_path / "profile"),
                    **env,
                },
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            pytest.fail(f"{script} does not end: {late.stderr}\n{_said(log)}")
        assert done.returncode == 0, f"{done.stderr}{done.stdout}\n{_said(log)}"
        return json.loads(done.stdout.splitlines()[-1])

    return run


def _said(log):
    return log.read_text() if log.exists() else ""
