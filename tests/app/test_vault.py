"""Where tokens rest: private, whole, and never a crash."""

from __future__ import annotations

import json
import os
import threading
import warnings

import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import pytest

from gatelodge_app import (
    FileVault,
    KeyringVault,
    MemoryVault,
    SystemVault,
    VaultBroken,
    VaultError,
    VaultFallback,
    VaultUnsafe,
)
from gatelodge_app.tokens import TokenSet, from_json


class Ring:
    """A keyring with a size limit, that can be told to fail."""

    def __init__(self, limit=None):
        self.held, self.limit, self.fails = {}, limit, False
        self.fail_at = None

    def _check(self):
        if self.fails:
            raise RuntimeError("the bus is gone")

    def get_password(self, service, username):
        self._check()
        return self.held.get((service, username))

    def set_password(self, service, username, password):
        self._check()
        if self.fail_at is not None:
            self.fail_at -= 1
            if self.fail_at < 0:
                raise RuntimeError("in between")
        if self.limit and len(password.encode("utf-16-le")) > self.limit:
            raise ValueError("too large")
        self.held[service, username] = password

    def delete_password(self, service, username):
        self._check()
        del self.held[service, username]


@pytest.fixture(params=["memory", "file", "keyring", "pieces", "system"])
def vault(request, tmp_path):
    return {
        "memory": MemoryVault,
        "file": lambda: FileVault(tmp_path / "v"),
        "keyring": lambda: SystemVault(KeyringVault(Ring()), tmp_path / "v"),
        "pieces": lambda: SystemVault(
            KeyringVault(Ring(2560), piece=1200), tmp_path / "v"
        ),
        "system": lambda: SystemVault(KeyringVault(Ring()), tmp_path / "v"),
    }[request.param]()


@pytest.mark.parametrize("size", [0, 10, 1200, 1201, 30_000])
def test_what_is_saved_is_loaded(vault, size):
    assert vault.load("k") is None
    for letter in "ab":
        vault.save("k", letter * size)
        assert vault.load("k") == letter * size
    vault.save("other", "x")
    vault.clear("k")
    vault.clear("k")
    assert vault.load("k") is None
    assert vault.load("other") == "x"


def test_a_folder_may_be_named_by_text(tmp_path):
    vault = FileVault(str(tmp_path / "tokens"))
    vault.save("k", "v")
    assert FileVault(tmp_path / "tokens").load("k") == "v"


def test_a_lock_has_one_holder(vault):
    first, second, other = vault.lock("k"), vault.lock("k"), vault.lock("l")
    assert first.acquire()
    assert other.acquire()
    taken = []
    thread = threading.Thread(target=lambda: taken.append(second.acquire()))
    thread.start()
    thread.join()
    assert taken == [False]
    first.release()
    assert second.acquire()
    second.release()
    other.release()


def test_the_file_is_private_and_replaced_whole(tmp_path):
    vault = FileVault(tmp_path / "v")
    vault.save("k", "one")
    before = (tmp_path / "v" / "k.json").stat()
    vault.save("k", "two")
    after = (tmp_path / "v" / "k.json").stat()
    assert after.st_mode & 0o777 == 0o600
    assert (tmp_path / "v").stat().st_mode & 0o777 == 0o700
    assert before.st_ino != after.st_ino
    assert [p.name for p in (tmp_path / "v").iterdir()] == ["k.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_can_read_is_refused(tmp_path, mode):
    vault = FileVault(tmp_path / "v")
    vault.save("k", "secret")
    (tmp_path / "v" / "k.json").chmod(mode)
    with pytest.raises(VaultUnsafe) as raised:
        vault.load("k")
    assert "chmod 600" in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_link_is_not_followed(tmp_path):
    vault = FileVault(tmp_path / "v")
    vault.save("k", "mine")
    (tmp_path / "v" / "k.json").rename(tmp_path / "elsewhere")
    (tmp_path / "v" / "k.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultUnsafe):
        vault.load("k")


def test_a_directory_that_others_can_enter_is_refused(tmp_path):
    (tmp_path / "v").mkdir(mode=0o755)
    (tmp_path / "v").chmod(0o755)
    with pytest.raises(VaultUnsafe):
        FileVault(tmp_path / "v").save("k", "secret")


def test_a_directory_that_cannot_be_made_is_a_typed_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultError):
        FileVault(tmp_path / "file" / "v").save("k", "secret")


def test_a_file_that_is_no_text_is_a_typed_error(tmp_path):
    vault = FileVault(tmp_path / "v")
    vault.save("k", "old")
    (tmp_path / "v" / "k.json").write_bytes(b"\xff\xfe")
    with pytest.raises(VaultBroken):
        vault.load("k")


def test_what_cannot_be_deleted_or_locked_is_a_typed_error(tmp_path):
    vault = FileVault(tmp_path / "v")
    (tmp_path / "v" / "k.json").mkdir(parents=True)
    (tmp_path / "v" / "k.lock").mkdir()
    (tmp_path / "v").chmod(0o700)
    with pytest.raises(VaultError, match="delete"):
        vault.clear("k")
    with pytest.raises(VaultError, match="lock"):
        vault.lock("k").acquire()


def test_a_failed_write_keeps_the_old(tmp_path, monkeypatch):
    vault = FileVault(tmp_path / "v")
    vault.save("k", "old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match="No space"):
        vault.save("k", "new")
    monkeypatch.undo()
    assert vault.load("k") == "old"
    assert len(list((tmp_path / "v").iterdir())) == 1


def test_a_failing_keyring_falls_back_with_one_warning(tmp_path):
    ring = Ring()
    ring.fails = True
    vault = SystemVault(KeyringVault(ring), tmp_path / "v")
    with pytest.warns(VaultFallback, match="RuntimeError") as warned:
        vault.save("k", "secret")
    assert vault.load("k") == "secret"  # a second warning would be an error here
    assert len(warned) == 1
    assert "secret" not in str(warned[0].message)
    ring.fails = False
    vault.save("k", "again")
    assert not (tmp_path / "v" / "k.json").exists()
    assert vault.load("k") == "again"


def test_a_keyring_that_fails_later_does_not_bring_back_old_tokens(tmp_path):
    ring = Ring()
    vault = SystemVault(KeyringVault(ring), tmp_path / "v")
    vault.save("k", "old")
    ring.fails = True
    with pytest.warns(VaultFallback):
        vault.save("k", "new")
    ring.fails = False
    assert vault.load("k") == "new"


def test_a_keyring_that_fails_at_sign_out_does_not_bring_back_tokens(tmp_path):
    ring = Ring()
    vault = SystemVault(KeyringVault(ring), tmp_path / "v")
    vault.save("k", "old")
    ring.fails = True
    with pytest.warns(VaultFallback):
        vault.clear("k")
    ring.fails = False
    assert vault.load("k") is None
    vault.save("k", "new")
    assert vault.load("k") == "new"
    vault.clear("k")
    assert ring.held == {}
    assert vault.load("k") is None


class PlaintextKeyring(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        raise AssertionError("must not be asked")

    set_password = delete_password = get_password


@pytest.mark.parametrize(
    "ring",
    [
        keyring.backends.fail.Keyring,
        keyring.backends.null.Keyring,
        PlaintextKeyring,
    ],
)
def test_keyrings_that_keep_no_secrets_are_not_used(tmp_path, monkeypatch, ring):
    monkeypatch.setattr(keyring, "get_keyring", ring)
    vault = SystemVault(directory=tmp_path / "v")
    with pytest.warns(VaultFallback):
        vault.save("k", "secret")
    assert (tmp_path / "v" / "k.json").read_text() == "secret"


def test_pieces_fit_the_limit_and_are_cleaned_up():
    ring = Ring(2560)
    vault = KeyringVault(ring, piece=1200)
    vault.save("k", "a" * 5000)
    assert len(ring.held) == 6
    vault.save("k", "b" * 1300)
    assert len(ring.held) == 3
    vault.save("k", "c")
    assert len(ring.held) == 1
    vault.save("k", "d" * 2000)
    vault.clear("k")
    assert ring.held == {}


def test_a_crash_between_pieces_keeps_the_old():
    ring = Ring(2560)
    vault = KeyringVault(ring, piece=1200)
    vault.save("k", "a" * 3000)
    ring.fail_at = 2
    with pytest.raises(RuntimeError):
        vault.save("k", "b" * 3000)
    ring.fail_at = None
    assert vault.load("k") == "a" * 3000


def test_a_missing_piece_is_noticed():
    ring = Ring(2560)
    vault = KeyringVault(ring, piece=1200)
    vault.save("k", "a" * 3000)
    del ring.held[next(name for name in ring.held if name[1].endswith(".1"))]
    with pytest.raises(VaultBroken):
        vault.load("k")


def test_the_directory_follows_the_system(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert FileVault().directory == tmp_path / "gatelodge-app"


TOKENS = TokenSet(
    access_token="a",
    expires_at=5,
    scope="openid",
    refresh_token="r",
    id_token="i",
    user={"sub": "x"},
)


def test_tokens_survive_being_kept():
    assert from_json(TOKENS.to_json()) == TOKENS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        TOKENS.to_json().replace('"version": 1', '"version": 2'),
        json.dumps({"version": 1, "user": {}, "more": 1}),
        TOKENS.to_json().replace('"expires_at": 5', '"expires_at": "soon"'),
        TOKENS.to_json().replace('"access_token": "a"', '"access_token": 5'),
        TOKENS.to_json().replace('"refresh_token": "r"', '"refresh_token": []'),
        "[" * 100_000,
    ],
)
def test_broken_tokens_are_a_typed_error(text):
    with pytest.raises(VaultBroken):
        from_json(text)


def test_broken_tokens_can_be_signed_out_and_in_again(make):
    vault = MemoryVault()
    app = make(vault=vault)
    vault.save(app._kit.settings.vault_key, "broken")
    with pytest.raises(VaultBroken):
        app.access_token()
    app.sign_in()
    assert app.access_token()
    vault.save(app._kit.settings.vault_key, "broken")
    app.sign_out(browser=False)
    assert app.user is None


def test_accounts_and_audiences_do_not_mix(make):
    vault = MemoryVault()
    app = make(vault=vault)
    app.sign_in()
    assert make(vault=vault).user is not None
    assert make(vault=vault, account="second").user is None
    assert make(vault=vault, audience="https://api.example.com").user is None


def test_the_whole_dance_with_a_dead_keyring(make, tmp_path):
    ring = Ring()
    ring.fails = True
    vault = SystemVault(KeyringVault(ring), tmp_path / "v")
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        make(vault=vault).sign_in()
        other = make(vault=SystemVault(KeyringVault(ring), tmp_path / "v"))
        assert other.user["sub"] == "auth0|ada"
