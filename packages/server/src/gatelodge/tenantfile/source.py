"""A file's text into plain values: by its extension, placeholders filled first."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

import msgspec

from gatelodge.tenantfile import yaml_text
from gatelodge.tenantfile.findings import FileMistake, Finding, Path

# JSON has no aliases and is read quickly, so a large export is written in it.
LARGEST: Final = {
    ".yaml": 5_000_000,
    ".yml": 5_000_000,
    ".toml": 5_000_000,
    ".json": 500_000_000,
}
_KEY: Final = r"([A-Za-z_][A-Za-z0-9_]*)"
_AS_TEXT: Final = re.compile(f"##{_KEY}##")
_AS_JSON: Final = re.compile(f"(?P<quote>[\"']?)@@{_KEY}@@(?P=quote)")
_COMMENT: Final = re.compile(r"\s*#(\s|$)")
_JSON_PLACE: Final = re.compile(r"\(byte (\d+)\)")


class Source(msgspec.Struct, frozen=True):
    """What the file holds, and the line of each place where that is known."""

    data: Any
    lines: dict[Path, int]


def parse(raw: bytes, name: str, environ: Mapping[str, str]) -> Source:
    """Read a file's bytes; ``name`` tells the format.

    Raises:
        FileMistake: too large, another format, broken, or a placeholder unset.
    """
    extension = PurePath(name).suffix.lower() or ".yaml"
    if extension not in LARGEST:
        raise _mistake(f"{extension} is unknown: use {', '.join(LARGEST)}")
    if len(raw) > LARGEST[extension]:
        megabytes = LARGEST[extension] // 1_000_000
        raise _mistake(f"larger than {megabytes} MB: split it, or write it as .json")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _mistake("not UTF-8", raw.count(b"\n", 0, error.start) + 1) from None
    filled = fill(text, environ)
    if extension == ".json":
        return Source(_json(filled), {})
    if extension == ".toml":
        return Source(_toml(filled), {})
    return Source(*yaml_text.load(filled))


def fill(text: str, environ: Mapping[str, str]) -> str:
    """Replace ``##KEY##`` by the text and ``@@KEY@@`` by JSON, as deploy-cli does.

    Raises:
        FileMistake: a key is not in the environment.
    """
    missing: list[Finding] = []
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if ("##" not in line and "@@" not in line) or _COMMENT.match(line):
            continue
        for key in (*_AS_TEXT.findall(line), *(m[2] for m in _AS_JSON.finditer(line))):
            if key not in environ:
                text = f"{key} is not set in the environment: export {key}=…"
                missing.append(Finding(text, at + 1))
        as_json = _AS_JSON.sub(lambda m: _as_json(environ.get(m[2], "")), line)
        lines[at] = _AS_TEXT.sub(lambda m: environ.get(m[1], ""), as_json)
    if missing:
        raise FileMistake(missing)
    return "\n".join(lines)


def _as_json(value: str) -> str:
    """JSON stays JSON; any other text becomes a JSON string."""
    try:
        return json.dumps(json.loads(value))
    except ValueError:
        return json.dumps(value)


def _json(text: str) -> Any:
    raw = text.encode("utf-8")
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError as error:
        place = _JSON_PLACE.search(str(error))
        line = raw.count(b"\n", 0, int(place[1])) + 1 if place else None
        problem = _JSON_PLACE.sub("", str(error)).strip()
        raise _mistake(f"not JSON: {problem}", line) from None
    except RecursionError:
        raise _mistake("not JSON: nested too deeply") from None


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _mistake(f"not TOML: {error}") from None
    except RecursionError:
        raise _mistake("not TOML: nested too deeply") from None


def _mistake(text: str, line: int | None = None) -> FileMistake:
    return FileMistake([Finding(text, line)])
