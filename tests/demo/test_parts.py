"""The demo's parts: pages read, secrets shortened, a failing browser, the CLI."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gatelodge.demo.forms import read
from gatelodge.demo.narrator import DemoFailed
from gatelodge.demo.robot import Robot
from gatelodge.demo.shorten import HIDDEN, shown
from tests.demo.running import environment

PAGE = """
<h1>Sign <em>in</em></h1><p role="alert">Wrong password</p>
<form method="post" action="/u/login?a=1&amp;b=2"><input type="hidden" name="state"
value="s&amp;1"><input name="username"><input name="password" type="password">
<button name="decision" value="go">Go</button>
<button name="decision" value="no">No</button></form>
<form action="/other"><input name="other"></form>
"""


def test_a_page_is_read_as_a_browser_would():
    page = read(PAGE)
    assert (page.heading, page.alert) == ("Sign in", "Wrong password")
    assert page.form.action == "/u/login?a=1&b=2"
    filled = page.form.filled({"username": "ada", "password": "p", "unasked": "x"})
    expected = {"state": "s&1", "username": "ada", "password": "p", "decision": "go"}
    assert filled == expected


def test_a_page_without_a_form_has_none():
    assert read("<h1>Signed out</h1>").form is None


@pytest.mark.parametrize("name", ["code", "refresh_token", "Authorization"])
def test_secrets_are_shown_by_their_ends_alone(name):
    secret = "".join(chr(97 + number % 26) for number in range(60))
    text = shown(name, secret)
    assert secret[:8] in text
    assert secret[8:-4] not in text
    assert len(text) < 40


def test_short_secrets_and_passwords_are_not_shown_at_all():
    assert (shown("password", "p" * 50), shown("code", "abc")) == (HIDDEN, HIDDEN)


def test_what_is_no_secret_is_shown_whole():
    assert shown("scope", "openid read:timesheets") == "openid read:timesheets"
    assert shown("aud", ["a", "b"]) == "a b"


def test_a_browser_that_fails_wakes_the_waiting_app_and_is_told():
    class Surfer:
        closed = False

        def visit(self, url):
            raise ValueError(f"cannot show {url}\nand much more")

        def close(self):
            Surfer.closed = True

    class App:
        cancelled = False

        def cancel(self):
            App.cancelled = True

    robot = Robot(Surfer)
    robot.serve(App())
    robot.open("http://localhost/")
    robot.settle()
    with pytest.raises(DemoFailed, match=r"cannot show http://localhost/$"):
        robot.check()
    robot.close()
    assert (App.cancelled, Surfer.closed) == (True, True)


def test_the_cli_says_what_to_do_when_nobody_is_signed_in(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "gatelodge.demo.timesheets.cli", "list"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path)),
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Nobody is signed in." in done.stderr
