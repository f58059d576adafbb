"""Timesheets in the terminal.

``python -m gatelodge.demo.timesheets.cli sign-in``; then ``me``, ``list``, ``add``,
``approve``, ``sign-out``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx2

from gatelodge.demo.timesheets.client import (
    API,
    AUDIENCE,
    ISSUER,
    SCOPE,
    ApiRefused,
    Timesheets,
)
from gatelodge_app import App, AppError

CLIENT_ID = "timesheets-cli"


def make_app(issuer: str, **options: Any) -> App:
    """The app as it stands in ``tenant.yaml``; ``options`` as for ``App``."""
    return App(
        issuer,
        CLIENT_ID,
        name="Timesheets in the terminal",
        audience=AUDIENCE,
        scope=SCOPE,
        **options,
    )


def run(words: argparse.Namespace, app: App, api: Timesheets) -> list[str]:
    """Do what was asked for; gives the lines to show."""
    commands: dict[str, Callable[[], list[str]]] = {
        "sign-in": lambda: _sign_in(app),
        "me": lambda: [f"{name}: {_shown(v)}" for name, v in api.me().items()],
        "list": lambda: [_line(sheet) for sheet in api.sheets()] or ["No hours yet."],
        "add": lambda: [_line(api.add(words.day, words.hours, task=words.task))],
        "approve": lambda: [_line(api.approve(words.number))],
        "sign-out": lambda: _sign_out(app),
    }
    return commands[words.command]()


def main(arguments: list[str] | None = None) -> int:
    """One command; 0 when it was done."""
    words = _parser().parse_args(arguments)
    app = make_app(words.issuer)
    api = Timesheets(app, words.api)
    try:
        print("\n".join(run(words, app, api)))  # noqa: T201 - a CLI speaks here
    except ApiRefused as refused:
        return _complain(f"{refused}; it asks for {refused.scope}")
    except (AppError, httpx2.HTTPError) as failed:
        return _complain(str(failed))
    finally:
        api.close()
    return 0


def _sign_in(app: App) -> list[str]:
    user = app.sign_in().user
    return [f"Signed in as {user.get('email', user['sub'])}."]


def _sign_out(app: App) -> list[str]:
    app.sign_out()
    return ["Signed out."]


def _line(sheet: dict[str, Any]) -> str:
    by = sheet["approved_by"]
    state = f"approved by {by}" if by else "open"
    day, hours = sheet["day"], sheet["hours"]
    return f"{sheet['id']:>3}  {day}  {hours:>4g} h  {sheet['task']:<24}  {state}"


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _complain(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - a CLI speaks here
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Timesheets in the terminal.")
    parser.add_argument("--issuer", default=ISSUER)
    parser.add_argument("--api", default=API)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("sign-in", "me", "list", "sign-out"):
        commands.add_parser(name)
    add = commands.add_parser("add")
    add.add_argument("--day", default=datetime.now().astimezone().date().isoformat())
    add.add_argument("hours", type=float)
    add.add_argument("task")
    commands.add_parser("approve").add_argument("number", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main())
