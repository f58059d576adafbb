"""Flag, environment, file, default: the nearest wins, and unknown names are errors."""

from __future__ import annotations

import pytest

from gatelodge.config import ConfigError, load


def write(tmp_path, text):
    path = tmp_path / "gatelodge.toml"
    path.write_text(text)
    return path


def test_zero_configuration_is_loopback_and_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load(flags={}, environ={}).config
    assert config.issuer_url == "http://localhost:8421/"
    assert config.addresses == (("127.0.0.1", 8421), ("::1", 8421))
    assert config.database_url == "sqlite:///gatelodge-data/gatelodge.db"
    assert str(config.key_file) == "gatelodge-data/master.key"
    assert config.shows_mailbox


def test_the_nearest_source_wins(tmp_path):
    file = write(tmp_path, 'issuer = "http://file.localhost/"\nworkers = 3\n')
    environ = {
        "GATELODGE_ISSUER": "http://env.localhost",
        "GATELODGE_MAIL_FROM": "a@b.c",
    }
    loaded = load(flags={"issuer": "http://flag.localhost"}, environ=environ, file=file)
    assert loaded.config.issuer_url == "http://flag.localhost/"
    assert loaded.config.workers == 3
    assert loaded.origins["issuer"] == "flag --issuer"
    assert loaded.origins["workers"] == str(file)
    assert loaded.origins["mail_from"] == "environment GATELODGE_MAIL_FROM"
    assert loaded.origins["log_level"] == "default"


def test_tables_lists_and_mounted_secrets(tmp_path):
    secret = tmp_path / "smtp"
    secret.write_text("smtp://bob:hunter2@mail:587\n")
    file = write(tmp_path, "[hashing]\npasses = 3\n")
    environ = {
        "GATELODGE_HASHING__MEMORY": "1024",
        "GATELODGE_LISTEN": "127.0.0.1:1, [::1]:2",
        "GATELODGE_SMTP_FILE": str(secret),
        "GATELODGE_MAILBOX": "false",
    }
    config = load(flags={}, environ=environ, file=file).config
    assert (config.hashing.memory, config.hashing.passes) == (1024, 3)
    assert config.addresses == (("127.0.0.1", 1), ("::1", 2))
    assert config.smtp is not None
    assert config.smtp.reveal() == "smtp://bob:hunter2@mail:587"
    assert config.mailbox is False
    assert "hunter2" not in repr(config)


def test_master_key_file_is_the_setting_not_a_mounted_key(tmp_path):
    environ = {"GATELODGE_MASTER_KEY_FILE": "/somewhere/key"}
    config = load(flags={}, environ=environ, file=write(tmp_path, "")).config
    assert config.master_key == ()
    assert str(config.key_file) == "/somewhere/key"


@pytest.mark.parametrize(
    ("text", "environ", "says"),
    [
        ('isuer = "x"', {}, "unknown setting 'isuer'; did you mean 'issuer'?"),
        ("[hashing]\nmemry = 1", {}, "did you mean 'hashing.memory'?"),
        ("[hashing]\n[hashing.deep]\nx = 1", {}, "unknown setting 'hashing.deep.x'"),
        ("workers = 0", {}, "workers: Expected `int` >= 1"),
        ("workers = ", {}, "not TOML"),
        ("smtp = 25", {}, "smtp: Expected `str`, got `int`"),
        ("", {"GATELODGE_ISUER": "x"}, "did you mean 'GATELODGE_ISSUER'?"),
        ("", {"GATELODGE_SMTP_FILE": "/none"}, "the file '/none' cannot be read"),
        ("", {"GATELODGE_WORKERS": "two"}, "environment GATELODGE_WORKERS: workers:"),
        ("", {"GATELODGE_LISTEN": "here"}, "'here' is not HOST:PORT"),
        ("", {"GATELODGE_LISTEN": "a:70000"}, "is not HOST:PORT"),
        ("", {"GATELODGE_LISTEN": ","}, "at least one address"),
        ("", {"GATELODGE_ISSUER": "ftp://x/"}, "not an http or https URL"),
        ("", {"GATELODGE_ISSUER": "https://a@x/"}, "without a user part"),
        ("", {"GATELODGE_ISSUER": "https://x/?a=1"}, "must not have a query"),
        ("", {"GATELODGE_ISSUER": "https://x/#a"}, "must not have a query or a frag"),
        ("", {"GATELODGE_TRUSTED_PROXIES": "10.0.0.1/8"}, "has host bits set"),
        ("", {"GATELODGE_DATABASE": "mysql://x"}, "starts with sqlite: or postgresql:"),
        ("", {"GATELODGE_SMTP": "mail:25"}, "starts with smtp:// or smtps://"),
    ],
)
def test_each_mistake_is_named(tmp_path, text, environ, says):
    with pytest.raises(ConfigError) as caught:
        load(flags={}, environ=environ, file=write(tmp_path, text))
    assert says in str(caught.value)


def test_a_secret_that_does_not_fit_is_not_repeated(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(flags={}, environ={"GATELODGE_DATABASE": "pg://bob:hunter2@db/x"})
    assert "hunter2" not in str(caught.value)


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(flags={}, environ={}, file=tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("https://ID.Example.com", "https://id.example.com/"),
        ("https://id.example.com:443//", "https://id.example.com/"),
        ("http://localhost:80", "http://localhost/"),
        ("http://[::1]:8421", "http://[::1]:8421/"),
        ("https://example.com/auth", "https://example.com/auth/"),
    ],
)
def test_an_issuer_has_one_spelling(typed, normal):
    config = load(
        flags={"issuer": typed, "more_issuers": (normal, "https://b.example")},
        environ={},
    ).config
    assert config.issuers == (normal, "https://b.example/")
