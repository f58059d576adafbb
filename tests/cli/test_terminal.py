"""On a terminal: tables, bars, questions; a password that is typed stays hidden."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from gatelodge.hasher import Hasher
from gatelodge.model.reads import FindAccount, FindPerson, LoadCatalogue
from tests.cli.conftest import CHEAP

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def terminal(office, *words, answers=()):
    """Run the command on a terminal; each answer waits for its prompt."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gatelodge", "--data-dir", str(office.folder), *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **CHEAP, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    said, waiting = "", list(answers)
    try:
        while chunk := _chunk(ours):
            said += chunk
            if waiting and waiting[0][0] in said:
                os.write(ours, f"{waiting.pop(0)[1]}\n".encode())
        process.wait(timeout=30)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        os.close(ours)
    return process.returncode, _ESCAPES.sub("", said)


def _chunk(file):
    try:
        return os.read(file, 65_536).decode()
    except OSError:  # the other end was closed
        return ""


def test_ids_stay_in_one_piece(tenant):
    code, said = terminal(tenant, "keys", "list")
    assert code == 0
    for key in tenant.ask(LoadCatalogue()).signing_keys:
        assert key.kid in said
    assert "auth0|ada" in terminal(tenant, "users", "list")[1]


def test_a_typed_password_is_asked_twice_and_hidden(tenant):
    answers = [
        ("Password:", "typed-Horse-9"),
        ("Repeat for confirmation:", "typed-Horse-9"),
    ]
    words = ("users", "set-password", "ada@example.com")
    code, said = terminal(tenant, *words, answers=answers)
    assert code == 0
    assert "typed-Horse-9" not in said
    (connection,) = tenant.ask(LoadCatalogue()).connections
    question = FindAccount(connection_id=connection.id, identifier="ada@example.com")
    phc = tenant.ask(question).password.phc
    assert Hasher(memory=8, passes=1).verify("typed-Horse-9", phc)


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 1, True), ("y", 0, False)])
def test_a_deletion_is_asked_for(tenant, answer, code, left):
    prompt = "Delete ada@example.com? This cannot be undone. [y/N]:"
    words = ("users", "delete", "ada@example.com")
    assert terminal(tenant, *words, answers=[(prompt, answer)])[0] == code
    assert (tenant.ask(FindPerson(user_id="auth0|ada")) is not None) is left


def test_long_work_shows_a_bar(tenant):
    people = [{"email": f"p{n}@example.com"} for n in range(60)]
    file = tenant.folder / "many.json"
    file.write_text(json.dumps({"users": people}))
    code, said = terminal(tenant, "apply", str(file))
    assert code == 0
    assert "Writing people" in said
    assert "… and 10 more users" in said
    assert "Changed: 60 created." in said
