"""What a statement is: SQL text for both engines, and how its rows become an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from gatelodge.base.change import Question, Write

Rows: TypeAlias = Sequence[Sequence[Any]]
Text: TypeAlias = str | Callable[[Any], str]

CLOCK: Final = "database_clock()"
"""Stands for the engine's clock in milliseconds, the one word they do not share."""


class Reading(msgspec.Struct, frozen=True):
    """How a question is asked and answered.

    Attributes:
        text: one statement, or a choice of one by the question's fields.
        answer: turns the statement's rows into the answer.
        large: whether it may bring so many rows that it must not hold up others.
    """

    text: Text
    answer: Callable[[Rows], Any]
    large: bool = False


class Snapshot(msgspec.Struct, frozen=True):
    """Several statements, answered from one moment."""

    texts: tuple[str, ...]
    answer: Callable[[Sequence[Rows]], Any]


Readings: TypeAlias = dict[type[Question[Any]], Reading | Snapshot]
Writings: TypeAlias = dict[type[Write], Text]


def chosen(text: Text, value: object) -> str:
    """The statement for this very question or write."""
    return text if isinstance(text, str) else text(value)


def clocked(text: str, clock: str) -> str:
    """Put an engine's clock where a statement asks for the time."""
    return text.replace(CLOCK, clock)
