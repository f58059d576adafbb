"""The command of docs/apps/cli.md where no browser can be opened."""

from __future__ import annotations

import subprocess
import sys

from tests.docs.pages import block
from tests.interop.browser import SystemBrowser

_PATIENCE = 60  # seconds


def test_the_address_is_shown_and_leads_to_a_sign_in(place):
    """``false`` is a browser that never opens; an empty path holds no other one."""
    env = {**place.env, "BROWSER": "/bin/false %s", "PATH": ""}
    code = place.here(block("docs/apps/cli.md", "python"))
    with subprocess.Popen(
        (sys.executable, "-c", code),
        env=env,
        cwd=place.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        try:
            _open(_shown(command.stdout, place.issuer), place.issuer)
            said, complained = command.communicate(timeout=_PATIENCE)
        finally:
            command.kill()
    assert command.returncode == 0, complained
    assert said.strip() == "ada@example.com"


def _shown(lines, issuer):
    """The first address of the server among the lines; the pipe's end ends it."""
    for line in lines:
        if line.strip().startswith(f"{issuer}authorize"):
            return line.strip()
    raise AssertionError("no address was shown")


def _open(address, issuer):
    browser = SystemBrowser(issuer)
    try:
        browser.get(browser.open(address), site="cross-site")
    finally:
        browser.close()
