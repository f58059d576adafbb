"""Fresh tokens: one flight at a time, across threads and processes, nothing lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gatelodge_app import (
    BadIdToken,
    FileVault,
    MemoryVault,
    Refused,
    SignedOut,
    TokenTooShort,
    Unreachable,
    VaultBusy,
)

from .provider import CLIENT

CHILD = """
import sys
from gatelodge_app import App, FileVault
from pathlib import Path
issuer, client, directory = sys.argv[1:]
app = App(issuer, client, vault=FileVault(Path(directory)))
app.user
print("ready", flush=True)
sys.stdin.readline()
for _ in range(3):
    print(app.access_token(min_ttl=60), flush=True)
"""


def refreshes(op):
    return sum(
        form.get("grant_type") == "refresh_token"
        for path, form in op.forms
        if path == "/oauth/token"
    )


@pytest.fixture
def stale(op, make):
    """An app whose access token has just ended; the next ones live an hour."""

    def build(**options):
        op.behave.expires_in = 0
        app = make(**options)
        app.sign_in()
        op.behave.expires_in = 3600
        return app

    return build


def test_a_token_that_lives_is_not_renewed(op, make):
    app = make()
    app.sign_in()
    assert app.access_token(min_ttl=3500) == app.access_token()
    assert refreshes(op) == 0


def test_min_ttl_decides(op, make):
    op.behave.expires_in = 100
    app = make()
    first = app.sign_in().access_token
    op.behave.expires_in = 3600
    assert app.access_token(min_ttl=60) == first
    assert app.access_token(min_ttl=101) != first
    assert refreshes(op) == 1


def test_expires_in_as_text_and_absent(op, make):
    app = make()
    op.behave.expires_in = "3600"
    assert app.sign_in().expires_at is not None
    op.behave.expires_in = None
    assert app.sign_in().expires_at is None
    assert app.access_token()
    assert refreshes(op) == 0


def test_twenty_threads_make_one_request(op, stale):
    app = stale(sleep=time.sleep)
    op.behave.delay = 0.1
    got, gate = [], threading.Barrier(20)

    def ask():
        gate.wait()
        got.append(app.access_token())

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 20
    assert len(set(got)) == 1
    assert refreshes(op) == 1


async def test_fifty_tasks_make_one_request(op, make_async):
    op.behave.expires_in = 0
    app = make_async(sleep=asyncio.sleep)
    await app.sign_in()
    op.behave.expires_in = 3600
    op.behave.delay = 0.1
    got = await asyncio.gather(*(app.access_token() for _ in range(50)))
    assert len(set(got)) == 1
    assert refreshes(op) == 1


def test_processes_share_one_request_per_generation(op, stale, tmp_path):
    stale(vault=FileVault(tmp_path / "vault"))
    op.behave.delay = 0.2
    command = [sys.executable, "-c", CHILD, op.issuer, CLIENT, str(tmp_path / "vault")]
    children = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    try:
        for child in children:
            assert child.stdout.readline() == "ready\n"
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        got = [child.communicate(timeout=60)[0].split() for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert [child.returncode for child in children] == [0] * 4
    assert len({token for tokens in got for token in tokens}) == 1
    assert refreshes(op) == 1
    assert op.rotations == 1


def test_generations_follow_each_other(op, make):
    op.behave.expires_in = 30
    app = make()
    app.sign_in()
    for generation in range(1, 4):
        app.renew()
        assert op.rotations == refreshes(op) == generation


@pytest.mark.parametrize("fault", ["drop", 503, 429])
def test_a_lost_answer_is_asked_for_again_with_the_same_token(op, stale, naps, fault):
    app = stale()
    op.fault("/oauth/token", fault, fault)
    assert app.access_token() in op.live
    shown = [f["refresh_token"] for p, f in op.forms if "refresh_token" in f]
    assert len(shown) == 3
    assert len(set(shown)) == 1
    assert op.rotations == 1
    assert naps == [0.5, 1.0]


def test_an_outage_keeps_the_tokens(op, stale, naps):
    app = stale()
    op.fault("/oauth/token", *[503] * 5)
    with pytest.raises(Unreachable):
        app.access_token()
    assert naps == [0.5, 1.0, 2.0, 4.0]
    assert app.access_token() in op.live


def test_the_successor_survives_a_crash_before_the_id_token_is_checked(op, make):
    vault = MemoryVault()
    app = make(vault=vault)
    first = app.sign_in()
    op.behave.refresh_claims = {"sub": "auth0|eve"}
    with pytest.raises(BadIdToken, match="another person"):
        app.renew()
    op.behave.refresh_claims = {}
    held = make(vault=vault).tokens(min_ttl=0)
    assert held.refresh_token != first.refresh_token
    assert held.access_token == first.access_token
    assert held.user["sub"] == "auth0|ada"


def test_the_end_of_a_family_signs_out(op, stale):
    app = stale()
    for family in op.families.values():
        family.ended = True
    with pytest.raises(SignedOut):
        app.access_token()
    assert app.user is None
    assert refreshes(op) == 1
    with pytest.raises(SignedOut):
        app.access_token()
    assert refreshes(op) == 1


def test_a_refusal_of_an_older_token_spares_a_newer_sign_in(op, stale):
    vault = MemoryVault()
    app = stale(vault=vault)
    other = stale(vault=vault)

    def sign_in_meanwhile(_seconds):
        other._kit.vault.save(other._kit.settings.vault_key, newer)

    newer = vault.load(other._kit.settings.vault_key).replace('"rt.', '"rt.new')
    app._hands = type(app._hands)(sleep=sign_in_meanwhile)
    refused = ("json", 403, {"error": "invalid_grant"})
    op.fault("/oauth/token", 503, refused)
    with pytest.raises(SignedOut):
        app.access_token()
    assert vault.load(app._kit.settings.vault_key) == newer


def test_a_sign_out_elsewhere_is_noticed(op, stale):
    vault = MemoryVault()
    app, other = stale(vault=vault), stale(vault=vault)
    other.sign_out(browser=False)
    with pytest.raises(SignedOut, match="has signed out"):
        app.access_token()
    assert refreshes(op) == 0


async def test_renewed_on_request_and_awaited(op, make_async):
    app = make_async()
    first = await app.sign_in()
    assert (await app.renew()).access_token != first.access_token
    assert refreshes(op) == 1


def test_nobody_can_be_renewed(make):
    with pytest.raises(SignedOut):
        make().renew()


def test_another_refusal_keeps_the_tokens(op, stale):
    app = stale()
    op.fault("/oauth/token", ("json", 401, {"error": "invalid_client"}))
    with pytest.raises(Refused):
        app.access_token()
    assert app.access_token() in op.live


def test_a_response_without_a_refresh_token_keeps_the_old_one(op, make):
    op.behave.rotate = False
    app = make()
    first = app.sign_in()
    second = app.renew()
    assert second.access_token != first.access_token
    assert second.refresh_token == first.refresh_token


def test_no_refresh_token_means_signing_in_again(op, stale):
    op.behave.refresh_tokens = False
    with pytest.raises(SignedOut, match="no refresh token"):
        stale().access_token()


def test_tokens_shorter_than_asked_are_an_error_but_kept(op, make):
    op.behave.expires_in = 30
    app = make()
    app.sign_in()
    with pytest.raises(TokenTooShort):
        app.access_token(min_ttl=60)
    assert refreshes(op) == 1
    assert app.access_token(min_ttl=5) in op.live
    assert refreshes(op) == 1


def test_a_hanging_holder_is_reported(stale, naps):
    vault = MemoryVault()
    app = stale(vault=vault)
    lock = vault.lock(app._kit.settings.vault_key)
    assert lock.acquire()
    with pytest.raises(VaultBusy):
        app.access_token()
    lock.release()
    assert sum(naps) == pytest.approx(180, abs=1)


def test_a_dead_holder_leaves_no_lock(stale, tmp_path):
    vault = FileVault(tmp_path / "vault")
    app = stale(vault=vault)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from gatelodge_app import FileVault\n"
        "assert FileVault(Path(sys.argv[1])).lock(sys.argv[2]).acquire()\n"
        "os.kill(os.getpid(), 9)"
    )
    key = app._kit.settings.vault_key
    subprocess.run([sys.executable, "-c", code, str(vault.directory), key], check=False)
    assert Path(vault.directory / f"{key}.lock").exists()
    assert app.access_token()


def test_a_new_sign_in_waits_for_a_renewal_under_way(make):
    vault = MemoryVault()
    saved_early = []

    def renewal_ends(_seconds):
        saved_early.append(vault.load(app._kit.settings.vault_key))
        lock.release()

    app = make(vault=vault, sleep=renewal_ends)
    lock = vault.lock(app._kit.settings.vault_key)
    assert lock.acquire()
    app.sign_in()
    assert saved_early == [None]
    assert app.user["sub"] == "auth0|ada"


async def test_a_cancelled_task_leaves_no_work_behind(make_async):
    """The vault is slow; cancelling waits until the tokens are down."""
    vault = MemoryVault()
    save, begun = vault.save, threading.Event()

    def slow(key, value):
        begun.set()
        time.sleep(0.5)
        save(key, value)

    vault.save = slow
    app = make_async(vault=vault)
    task = asyncio.create_task(app.sign_in())
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert vault.load(app._kit.settings.vault_key) is not None
    assert vault.lock(app._kit.settings.vault_key).acquire()


async def test_a_cancelled_renewal_loses_nothing(op, make_async):
    op.behave.expires_in = 0
    app = make_async()
    await app.sign_in()
    op.behave.expires_in = 3600
    op.behave.delay = 0.3
    task = asyncio.create_task(app.access_token())
    await asyncio.sleep(0.15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    op.behave.delay = 0
    assert await app.access_token() in op.live
    assert op.rotations == 1
