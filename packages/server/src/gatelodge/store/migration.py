"""One timeline of numbered SQL files: forward only, each with a checksum.

What was applied stands in table ``schema_step``. A file whose text changed after it
was applied, or a step this code does not know, stops everything: old code must not
work on a schema it was not written for.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.store.database import SchemaMismatch

Engine: TypeAlias = Literal["sqlite", "postgres"]

CREATE_STEPS: Final = (
    "CREATE TABLE IF NOT EXISTS schema_step (name TEXT PRIMARY KEY,"
    " checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"
)
APPLIED: Final = "SELECT name, checksum FROM schema_step"
# Claiming the name first makes a second process wait here, then find it taken.
CLAIM: Final = (
    "INSERT INTO schema_step (name, checksum, applied_at) VALUES ($1, $2, $3)"
    " ON CONFLICT DO NOTHING"
)
_TAIL: Final = re.compile(r"^-- (sqlite|postgres): (.*)$", re.MULTILINE)
_COMMENT: Final = re.compile(r"--.*$", re.MULTILINE)
_SQLITE_TYPES: Final = {"BIGINT": "INTEGER", "BYTEA": "BLOB"}


class Migration(msgspec.Struct, frozen=True):
    """One step of the timeline; ``checksum`` is SHA-256 of the file's text."""

    name: str
    text: str
    checksum: str

    def statements(self, engine: Engine) -> tuple[str, ...]:
        """The statements for one engine, its own tails included."""
        text = _TAIL.sub(lambda m: m[2] if m[1] == engine else "", self.text)
        text = _COMMENT.sub("", text)
        if engine == "sqlite":
            text = re.sub(r"\b(BIGINT|BYTEA)\b", lambda m: _SQLITE_TYPES[m[1]], text)
        return tuple(part.strip() for part in text.split(";") if part.strip())


@cache
def timeline() -> tuple[Migration, ...]:
    """All migrations this code knows, in order."""
    folder = resources.files("gatelodge.store") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    return tuple(
        migration(file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in files
    )


def migration(name: str, text: str) -> Migration:
    """A step from its file; line ends do not count."""
    text = text.replace("\r\n", "\n")
    return Migration(name, text, hashlib.sha256(text.encode()).hexdigest())


def missing(
    steps: Sequence[Migration], applied: Mapping[str, str]
) -> tuple[Migration, ...]:
    """The steps that are still to be applied.

    Raises:
        SchemaMismatch: the database has a step we do not know, or one that differs.
    """
    known = {step.name: step.checksum for step in steps}
    newer = sorted(applied.keys() - known.keys())
    if newer:
        raise SchemaMismatch(
            f"the database's schema is newer than this program ({', '.join(newer)});"
            " run the version that made it, or a later one"
        )
    changed = sorted(name for name, sum_ in applied.items() if known[name] != sum_)
    if changed:
        raise SchemaMismatch(
            f"the migration {', '.join(changed)} was applied with another text;"
            " a released migration is never edited, add a new one"
        )
    return tuple(step for step in steps if step.name not in applied)


def check(steps: Sequence[Migration], applied: Mapping[str, str]) -> None:
    """Make sure that nothing is missing and nothing is too much.

    Raises:
        SchemaMismatch: something is; the text says what to do.
    """
    late = missing(steps, applied)
    if late:
        names = ", ".join(step.name for step in late)
        raise SchemaMismatch(
            f"the database's schema is older than this program ({names} missing);"
            " run `gatelodge db migrate`"
        )
