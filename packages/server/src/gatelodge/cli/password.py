"""Where a password comes from: a hidden prompt, or a pipe; never an argument."""

from __future__ import annotations

import sys

import click


def read_password() -> str:
    """Ask twice on a terminal; otherwise read one line from standard input."""
    from gatelodge.base.text import LONGEST_PASSWORD, password_too_long

    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if not typed:
        raise click.ClickException("no password was given: pipe it in, or type it")
    if password_too_long(typed):
        raise click.ClickException(f"a password has at most {LONGEST_PASSWORD} bytes")
    return typed
