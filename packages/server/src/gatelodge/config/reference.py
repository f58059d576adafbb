"""The settings as documentation: a page, and an example file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from gatelodge.base.secret import Secret
from gatelodge.config.fields import Config
from gatelodge.config.sources import Setting, settings

_PAGE: Final = """\
# Configuration

<!-- Printed from gatelodge/config/fields.py by `python -m gatelodge.config`. -->

These settings belong to one process. Everything else (clients, APIs, users, session
lifetimes, branding) is kept in the database and changed with `gatelodge apply`.

A value is taken from the first of: a flag, the environment, `gatelodge.toml` in the
working directory (or the file named by `--config`), the default. Lists are separated
by commas in the environment; a flag for a list may be repeated. A variable that ends
in `_FILE` names a file that holds the value, as container platforms mount secrets.
An unknown name is an error. `gatelodge config show --origin` tells every value and
where it came from, with secrets masked.
"""
_EXAMPLE: Final = """\
# Gatelodge: settings of one process, each with its default.
# Printed from gatelodge/config/fields.py by `python -m gatelodge.config`.
"""


def page() -> str:
    """``docs/reference/configuration.md``."""
    return _PAGE + "".join(_section(setting) for setting in settings())


def example() -> str:
    """``gatelodge.example.toml``: everything commented out, so it changes nothing."""
    lines = [_EXAMPLE]
    table = ""
    for setting in sorted(settings(), key=lambda one: len(one.path) > 1):
        if ".".join(setting.path[:-1]) != table:
            table = ".".join(setting.path[:-1])
            lines.append(f"# [{table}]\n")
        lines += [f"# {part}" for part in _wrapped(setting.about)]
        lines.append(f"# {setting.path[-1]} = {_toml(setting.default)}\n")
    return "\n".join(lines)


def shown(config: Config, setting: Setting) -> str:
    """A value for the eye; secrets are masked."""
    value: Any = config
    for step in setting.path:
        value = getattr(value, step)
    many = value if isinstance(value, tuple) else (value,)
    return ", ".join(_shown(one) for one in many)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Secret):
        return "***"
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _section(setting: Setting) -> str:
    default = _toml(setting.default)
    shown_default = "unset" if default == '""' else f"`{default}`"
    flag = f"`{setting.flag}`" if setting.flag else "none: others could read it"
    return (
        f"\n## `{setting.name}`\n\n{setting.about}\n\n"
        f"Flag {flag} · environment `{setting.variable}` · "
        f"default {shown_default}\n"
    )


def _toml(value: Any) -> str:
    if value is None or value is msgspec.NODEFAULT:
        return '""'
    return json.dumps(value)


def _wrapped(text: str, width: int = 84) -> Iterable[str]:
    line = ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line
