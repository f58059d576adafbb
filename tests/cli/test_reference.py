"""The page says what --help says; every command is on it; every setting has a flag."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gatelodge.cli.main import cli
from gatelodge.cli.reference import page
from gatelodge.cli.serve import serve
from gatelodge.config.sources import settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def commands(command=cli, above=()):
    yield above, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*above, name))


def test_the_page_is_current():
    assert PAGE.read_text() == page(cli)


@pytest.mark.parametrize(("path", "command"), list(commands()))
def test_every_command_has_help(path, command):
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert f"## `{' '.join(('gatelodge', *path))}`" in PAGE.read_text()
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert all(option.help for option in options)


def test_every_setting_has_a_flag():
    flags = {text for option in serve.params for text in option.opts}
    wanted = {setting.flag for setting in settings()} - {None}
    assert wanted <= flags


def test_the_verbs_of_the_front_door_are_there():
    assert set(cli.commands) >= {
        "serve",
        "demo",
        "apply",
        "export",
        "users",
        "roles",
        "sessions",
        "consents",
        "logs",
        "keys",
        "doctor",
        "db",
        "config",
        "clients",
        "apis",
    }


def test_a_mistyped_command_says_so():
    result = CliRunner().invoke(cli, ["usres"])
    assert result.exit_code == 2
    assert "No such command 'usres'" in result.output
