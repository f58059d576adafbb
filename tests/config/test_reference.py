"""The page and the example file say what the Struct says."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gatelodge.base.secret import Secret
from gatelodge.config import Config, load
from gatelodge.config.reference import example, page, shown
from gatelodge.config.sources import settings

ROOT = Path(__file__).parents[2]


def test_the_page_is_current():
    assert (ROOT / "docs/reference/configuration.md").read_text() == page()


def test_the_example_file_is_current():
    assert (ROOT / "gatelodge.example.toml").read_text() == example()


def test_the_example_file_holds_the_defaults(tmp_path):
    lines = [
        line.removeprefix("# ")
        for line in example().splitlines()
        if " = " in line or line.startswith("# [")
    ]
    file = tmp_path / "gatelodge.toml"
    file.write_text("\n".join(lines))
    assert tomllib.loads(file.read_text())["workers"] == 1
    assert load(flags={}, environ={}, file=file).config == Config()


def test_every_setting_is_described():
    assert all(len(setting.about) > 10 for setting in settings())


def test_shown_values_mask_secrets():
    config = Config(database=Secret("postgresql://a:hunter2@b/c"), mailbox=True)
    values = {setting.name: shown(config, setting) for setting in settings()}
    assert values["database"] == "***"
    assert values["mailbox"] == "true"
    assert values["listen"] == "localhost:8421"
    assert values["hashing.memory"] == "19456"
    assert values["mail_from"] == ""
