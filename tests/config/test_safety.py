"""An unsafe configuration refuses to start, and says what to do."""

from __future__ import annotations

import stat

import pytest

from gatelodge.config import Config, ConfigError, check
from gatelodge.config.master_key import master_keys, rotate_file
from gatelodge.system import SystemEntropy


def config(tmp_path, **fields):
    return Config(data_dir=str(tmp_path), **fields)


def whats(found):
    return [f"{problem.what} {problem.remedy}" for problem in found]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"issuer": "http://127.0.0.1:8421/"},
        {"issuer": "http://demo.localhost:8421/"},
        {"issuer": "https://id.example.com/", "listen": (":8421",)},
    ],
)
def test_safe_configurations_start(tmp_path, fields):
    assert check(config(tmp_path, **fields)) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"issuer": "http://id.example.com/"}, "set --issuer https://id.example.com/"),
        ({"listen": (":8421",)}, "listening on 0.0.0.0, :: with the http issuer"),
        ({"listen": ("192.0.2.7:80",)}, "listening on 192.0.2.7"),
        (
            {"issuer": "https://a.example/", "more_issuers": ("http://b.example",)},
            "the issuer http://b.example/ is http",
        ),
        ({"workers": 2}, "set --workers 1, or --database to a postgresql:// URL"),
        (
            {"mailbox": True, "listen": (":1",), "issuer": "https://a.example"},
            "the mailbox page shows everybody's mail",
        ),
    ],
)
def test_each_danger_is_named_with_its_remedy(tmp_path, fields, says):
    found = whats(check(config(tmp_path, **fields)))
    assert len(found) == 1
    assert says in found[0]


def test_optimized_python_is_refused(tmp_path):
    assert "python -O" in whats(check(config(tmp_path), optimized=True))[0]


def test_a_key_file_others_can_read_is_refused(tmp_path):
    settings = config(tmp_path)
    master_keys(settings, SystemEntropy())
    assert check(settings) == []
    settings.key_file.chmod(0o640)
    assert f"chmod 600 {settings.key_file}" in whats(check(settings))[0]


def test_the_first_run_makes_a_key_of_0600_and_the_second_reads_it(tmp_path):
    settings = config(tmp_path / "new")
    first = master_keys(settings, SystemEntropy())
    assert master_keys(settings, SystemEntropy()) == first
    assert len(first[0]) == 32
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["master.key"]


def test_a_rotated_file_seals_with_the_new_key_and_keeps_the_old(tmp_path):
    settings = config(tmp_path)
    (old,) = master_keys(settings, SystemEntropy())
    rotate_file(settings.key_file, bytes(32))
    assert master_keys(settings, SystemEntropy()) == (bytes(32), old)
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["short\n", "# nothing\n", "!!!\n"])
def test_a_broken_key_file_is_named_not_replaced(tmp_path, text):
    settings = config(tmp_path)
    settings.key_file.write_text(text)
    with pytest.raises(ConfigError, match=r"master\.key"):
        master_keys(settings, SystemEntropy())
    assert settings.key_file.read_text() == text


def test_a_database_without_its_key_is_a_loss_not_a_first_run(tmp_path):
    settings = config(tmp_path)
    (tmp_path / "gatelodge.db").write_bytes(b"something")
    with pytest.raises(ConfigError, match="restore the key from your backup"):
        master_keys(settings, SystemEntropy())
    assert not settings.key_file.exists()
