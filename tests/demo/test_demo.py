"""The demo as a whole: what it shows, how it fails, and that it leaves nothing."""

from __future__ import annotations

import importlib.util
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from tests.demo.running import alive, environment, interrupted, processes, show
from tests.services.browser import executable
from tests.services.component import missing

FORMS = ("--headless", "--hands", "forms")


def test_the_main_job_by_the_real_forms(tmp_path):
    shown = show(tmp_path, *FORMS)
    assert (shown.status, shown.failed) == (0, []), shown.words
    facts = shown.facts
    assert facts["hands"] == "forms"
    assert "the real forms are sent over HTTP" in shown.words
    assert facts["signed_in"] == "ada@example.com"
    assert (facts["anonymous"], facts["allowed"], facts["created"]) == (401, 200, 201)
    assert (facts["refused"], facts["refused_error"]) == (403, "insufficient_scope")
    assert "approve:timesheets" not in facts["scope"]
    me = facts["me"]
    assert me["permissions"] == ["create:timesheets", "read:timesheets"]
    claims = (me["name"], me["email"], me["roles"], me["team"])
    assert claims == ("Ada Example", "ada@example.com", ["employee"], "blue")
    assert (facts["renewed"], facts["same_successor"]) == (True, True)
    assert (facts["second_app"], len(facts["second_app_pages"])) == (
        "ada@example.com",
        1,
    )
    assert facts["approved_by"] == "Grace Example"
    assert facts["from_elsewhere"].startswith("oidc|partner|auth0|")
    assert facts["by_saml"].startswith("samlp|partner-saml|auth0|")
    assert (facts["after_sign_out"], facts["session_over"]) == (
        "invalid_grant",
        "login_required",
    )
    assert [pid for pid in processes(shown.words) if alive(pid)] == []
    assert list(tmp_path.glob("gatelodge-demo-*")) == []
    _holds_no_secret(shown.words)


def test_a_person_at_the_system_browser(tmp_path):
    script = Path(__file__).with_name("browser_of_a_person.py")
    browser = f"{sys.executable} {script} %s"
    env = environment(TMPDIR=str(tmp_path), BROWSER=browser)
    shown = show(tmp_path, "--headless", "--hands", "person", env=env)
    assert (shown.status, shown.failed) == (0, []), shown.words
    facts = shown.facts
    assert (facts["hands"], facts["signed_in"]) == ("person", "ada@example.com")
    assert (facts["allowed"], facts["refused"]) == (200, 403)
    assert facts["session_over"] == "login_required"
    assert "The system browser opens" in shown.words


def test_another_audience_at_the_api_fails_the_demo_and_says_why(tmp_path):
    shown = show(tmp_path, *FORMS, "--api-audience", "https://other.example.com/")
    assert shown.status == 1, shown.words
    assert [step["title"] for step in shown.failed] == ["Call the API"]
    assert shown.failed[0]["because"] == "the API answered 401 invalid_token"
    assert "The token is for another API" in shown.words
    running = processes(shown.words)
    assert len(running) == 3
    assert [pid for pid in running if alive(pid)] == []


def test_taken_ports_are_left_to_others(tmp_path):
    with _taken(8421), _taken(8422), _taken(8423):
        shown = show(tmp_path, *FORMS, "--api-audience", "https://other.example.com/")
    assert shown.status == 1
    assert shown.facts["anonymous"] == 401, shown.words
    assert not shown.facts["issuer"].endswith(":8421/")


def test_stay_keeps_all_up_until_ctrl_c_and_the_data_after_it(tmp_path):
    shown = interrupted(
        tmp_path, *FORMS, "--stay", after="Ctrl-C stops", by=signal.SIGINT
    )
    assert (shown.status, shown.failed) == (0, []), shown.words
    for word in ("openid-configuration", "mailbox", "/docs", "grace approves hours 7"):
        assert word in shown.words
    assert [pid for pid in processes(shown.words) if alive(pid)] == []
    (kept,) = tmp_path.glob("gatelodge-demo-*")
    assert (kept / "data" / "gatelodge.db").stat().st_size > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_halfway_it_stops_what_it_started(tmp_path, number):
    shown = interrupted(tmp_path, *FORMS, after="its data: SQLite", by=number)
    assert shown.status == 130, shown.words
    assert processes(shown.words) != []
    assert [pid for pid in processes(shown.words) if alive(pid)] == []
    assert list(tmp_path.glob("gatelodge-demo-*")) == []


@pytest.mark.browser
def test_the_window_under_xvfb_with_a_real_browser(tmp_path, display):
    if executable() is None:
        missing("Chromium")
    # Chromium puts a socket into TMPDIR, and a long path is too long for one.
    env = environment(DISPLAY=display)
    shown = show(tmp_path, "--window", "--hands", "chromium", env=env)
    assert (shown.status, shown.failed) == (0, []), shown.words
    facts = shown.facts
    assert (facts["window"], facts["hands"]) == (True, "chromium")
    assert (facts["allowed"], facts["refused"]) == (200, 403)
    assert facts["from_elsewhere"].startswith("oidc|partner|auth0|")
    assert facts["by_saml"].startswith("samlp|partner-saml|auth0|")
    assert facts["by_passkey"] == ["hwk", "user", "mfa"]
    assert facts["session_over"] == "login_required"
    assert "In the window, Sign out is pressed." in shown.words


@pytest.mark.skipif(
    importlib.util.find_spec("_tkinter") is None, reason="this Python has no tkinter"
)
def test_a_window_that_cannot_open_is_a_failure_with_a_way_on(tmp_path):
    env = environment(TMPDIR=str(tmp_path), DISPLAY=":9999")
    shown = show(tmp_path, "--window", "--hands", "forms", env=env)
    assert shown.status == 1
    assert "no window can be opened" in shown.words
    assert "--headless" in shown.words
    assert [pid for pid in processes(shown.words) if alive(pid)] == []


def _taken(port):
    """Have the port; a demo that another test runs may have to end first."""
    for _ in range(600):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"port {port} stays taken")


def _holds_no_secret(words: str) -> None:
    """Passwords stand in the table of people; whole tokens nowhere."""
    assert words.count("ada writes hours 7") == 1
    longest = max(len(word) for word in words.split())
    assert longest < 100
