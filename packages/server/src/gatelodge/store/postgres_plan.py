"""Turning the writes of one commit into as few round trips as correctness allows.

Writes to different tables do not see each other, so they may travel as one statement:
each in a ``WITH`` of its own, and the guards as the condition of the whole. A lost
guard becomes an error on purpose (a cast that cannot succeed), which undoes all parts;
PostgreSQL's log then says who was faster. Plans that write to one table twice, or hold
a ``late`` write, go statement by statement in a transaction.
"""

# ruff: noqa: S608 - put together from names in this code, never from input
from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from gatelodge.store.rows import Value

Step: TypeAlias = tuple[str, tuple[Value, ...], int | None]

_MOST_STEPS: Final = 8
_MARK: Final = re.compile(r"\$(\d+)")
_TABLE: Final = re.compile(r"\b(?:INTO|UPDATE|FROM|JOIN)\s+(?!SET\b)(\w+)")


def fused(steps: Sequence[Step]) -> tuple[str, tuple[Value, ...]] | None:
    """One statement that does it all, or None if the order of the steps matters."""
    if len(steps) > _MOST_STEPS:
        return None
    shape = tuple([(text, len(values), must) for text, values, must in steps])
    text = _fuse(shape)
    if text is None:
        return None
    return text, tuple([value for _, values, _ in steps for value in values])


@lru_cache(maxsize=512)
def _fuse(shape: tuple[tuple[str, int, int | None], ...]) -> str | None:
    if not _independent([text for text, _, _ in shape]):
        return None
    parts: list[str] = []
    guards: list[str] = []
    shift = 0
    for index, (text, width, must) in enumerate(shape):
        parts.append(f"w{index} AS ({_shifted(text, shift)} RETURNING 1)")
        if must is not None:
            guards.append(_guard(index, must))
        shift += width
    return f"WITH {', '.join(parts)} SELECT {', '.join(guards) or '1'}"


def _guard(index: int, must: int) -> str:
    """Succeeds if ``w<index>`` touched ``must`` rows, else cannot be computed."""
    rows = f"(SELECT COUNT(*) FROM w{index})"
    return (
        f"CASE WHEN {rows} = {must} THEN 1"
        f" ELSE CAST('guard lost, rows touched: ' || {rows} AS BIGINT) END"
    )


def _shifted(text: str, shift: int) -> str:
    return _MARK.sub(lambda mark: f"${int(mark[1]) + shift}", text)


def _independent(texts: Sequence[str]) -> bool:
    """Whether no statement touches another's table; plain inserts may share one."""
    seen: set[str] = set()
    grown: set[str] = set()
    for text in texts:
        tables = set(_TABLE.findall(text))
        plain = text.startswith("INSERT") and "CONFLICT" not in text
        if tables & seen or (tables & grown and not plain):
            return False
        (grown if plain else seen).update(tables)
    return True
