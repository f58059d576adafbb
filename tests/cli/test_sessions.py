"""sessions, consents, logs: what is alive, ending it, and reading what happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from gatelodge.model.reads import ListConsents, ListFamilies, ListSessions
from tests.cli.conftest import CHEAP
from tests.cli.rows import consent, family, session

API = "https://api.example.com/"


def families(office):
    found = office.ask(ListFamilies(user_id="auth0|ada"))
    return {one.id for one in found if one.revoked_at is None}


def sessions(office):
    found = office.ask(ListSessions(user_id="auth0|ada"))
    return {one.sid for one in found if one.revoked_at is None}


@pytest.fixture
def busy(tenant):
    tenant.write(
        session("s1"),
        session("s2"),
        session("s3", "auth0|bob"),
        family("f1", "s1"),
        family("f2", "s2", audience=API),
        family("f3", "s2", client_id="other", audience=API),
        consent(),
        consent(API),
    )
    return tenant


def test_sessions_are_listed(busy):
    found = json.loads(busy.says("sessions", "list", "ada@example.com", "--json"))
    assert {one["sid"] for one in found} == {"s1", "s2"}
    assert "digest" not in repr(found)
    assert "Firefox" in busy.says("sessions", "list", "ada@example.com")


def test_one_session_ends_with_its_tokens(busy):
    busy.says("sessions", "revoke", "s1")
    assert sessions(busy) == {"s2"}
    assert families(busy) == {"f2", "f3"}
    left = json.loads(busy.says("sessions", "list", "auth0|ada", "--json"))
    assert [one["sid"] for one in left] == ["s2"]
    everything = busy.says("sessions", "list", "auth0|ada", "--all", "--json")
    assert len(json.loads(everything)) == 2


def test_tokens_can_outlive_the_browser(busy):
    busy.says("sessions", "revoke", "s1", "--keep-refresh-tokens")
    assert families(busy) == {"f1", "f2", "f3"}
    busy.says(
        "sessions", "revoke", "--user", "ada@example.com", "--keep-refresh-tokens"
    )
    assert sessions(busy) == set()
    assert families(busy) == {"f1", "f2", "f3"}


def test_all_sessions_of_a_person_end(busy):
    busy.says("sessions", "revoke", "--user", "ada@example.com")
    assert sessions(busy) == set()
    assert families(busy) == set()
    assert busy.ask(ListSessions(user_id="auth0|bob"))[0].revoked_at is None


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nothing",), 1, "there is no session 'nothing'"),
        ((), 2, "give either SID or --user USER"),
        (("s1", "--user", "ada@example.com"), 2, "give either SID or --user USER"),
    ],
)
def test_what_cannot_be_revoked(busy, words, code, says):
    assert says in busy.says("sessions", "revoke", *words, code=code)
    assert sessions(busy) == {"s1", "s2"}


def test_a_withdrawn_consent_ends_the_tokens_it_gave(busy):
    busy.says("consents", "revoke", "ada@example.com", "Mobile", API)
    left = busy.ask(ListConsents(user_id="auth0|ada"))
    assert [one.audience for one in left] == [""]
    assert families(busy) == {"f1", "f3"}
    busy.says("consents", "revoke", "ada@example.com", "mobile")
    assert families(busy) == {"f3"}


def test_consents_are_listed(busy):
    found = json.loads(busy.says("consents", "list", "ada@example.com", "--json"))
    assert [(one["client"], one["audience"]) for one in found] == [
        ("Mobile", ""),
        ("Mobile", API),
    ]
    assert f"Mobile\tmobile\t{API}\topenid" in busy.says(
        "consents", "list", "ada@example.com"
    )


@pytest.mark.parametrize(
    ("client", "audience", "says"),
    [
        ("Nobody", API, "there is no client 'Nobody', by id or by name"),
        ("Job", API, "consented for Job at: no audience at all"),
        ("Mobile", "https://x/", f"consented for Mobile at: (none), {API}"),
    ],
)
def test_a_consent_that_is_not_there(busy, client, audience, says):
    words = ("consents", "revoke", "ada@example.com", client, audience)
    assert says in busy.says(*words, code=1)


def test_logs_are_filtered_and_json_is_a_line_each(tenant):
    tenant.says("users", "block", "ada@example.com")
    tenant.says("users", "delete", "bob@example.com", "--yes")
    lines = [json.loads(one) for one in tenant.says("logs", "--json").splitlines()]
    assert [one["details"]["description"] for one in lines[-2:]] == [
        "Block a user",
        "Delete a user",
    ]
    (only,) = tenant.says("logs", "--type", "sdu").splitlines()
    assert "auth0|bob" in only
    assert "Delete a user" in only
    about = tenant.says("logs", "--user", "ada@example.com", "--limit", "1")
    assert "Block a user" in about
    assert tenant.says("logs", "--limit", "0") == ""


def test_a_followed_log_goes_on(tenant):
    # Whoever started the tests may have told their children to ignore interrupts.
    heeding = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from gatelodge.cli.main import main; main()"
    )
    words = [sys.executable, "-c", heeding, "logs", "--follow", "--limit", "1"]
    process = subprocess.Popen(
        [*words, "--data-dir", str(tenant.folder)],
        env={**os.environ, **CHEAP, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(30, process.kill)
    watchdog.start()
    try:
        assert "sapi" in process.stdout.readline()
        for user in ("ada", "bob"):
            tenant.says("users", "verify", f"{user}@example.com")
        assert "auth0|ada" in process.stdout.readline()
        assert "auth0|bob" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
    assert process.returncode == 0
