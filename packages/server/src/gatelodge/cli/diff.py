"""A plan for the eye: what is added, changed, removed; secrets are never shown."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click

from gatelodge.tenantfile.changes import Change, Kind, Plan

_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
_WORDS: dict[Kind, str] = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
}
_MOST_PEOPLE = 50
_LONGEST = 200


def show(plan: Plan) -> None:
    """Print the differences; of many people only the first."""
    for change in (*plan.configuration, *plan.people[:_MOST_PEOPLE]):
        _show_one(change)
    left = len(plan.people) - _MOST_PEOPLE
    if left > 0:
        click.echo(f"  … and {left} more users")


def summary(plan: Plan, verb: str) -> str:
    """``Changed: 2 created, 1 updated``."""
    counts = Counter(change.kind for change in plan.changes)
    parts = [f"{counts[kind]} {word}" for kind, word in _WORDS.items() if counts[kind]]
    return f"{verb}: {', '.join(parts)}"


def _show_one(change: Change) -> None:
    sign, colour = _SIGNS[change.kind]
    click.secho(f"{sign} {change.section} {change.label}", fg=colour, bold=True)
    if change.kind == "delete":
        return
    for detail in change.details:
        if change.kind == "create":
            click.secho(f"    {detail.field}: {_text(detail.after)}", fg="green")
            continue
        click.echo(f"    {detail.field}: ", nl=False)
        click.secho(_text(detail.before), fg="red", nl=False)
        click.echo(" → ", nl=False)
        click.secho(_text(detail.after), fg="green")


def _text(value: Any) -> str:
    if value is None:
        return "(unset)"
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
