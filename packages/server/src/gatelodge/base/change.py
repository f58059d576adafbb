"""What a question to storage and a change of storage are, as values."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

import msgspec

Answer_co = TypeVar("Answer_co", covariant=True)


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One change, carried out by one statement.

    The statement's ``$1 … $n`` are the fields in order; a field that is itself a
    Struct stands for its own fields, tuples and dicts are stored as JSON.
    ``must`` says how many rows the statement has to touch for the whole commit to
    hold; None means any number. A ``late`` write has to see rows that others added
    while the writes before it waited for theirs: it is a statement of its own.
    """

    must: ClassVar[int | None] = None
    late: ClassVar[bool] = False


class Question(msgspec.Struct, Generic[Answer_co], frozen=True, kw_only=True):
    """One question, answered by one statement."""


class Decision(msgspec.Struct, Generic[Answer_co], frozen=True, kw_only=True):
    """What a rule decided: what to write, and what to answer once that is written."""

    answer: Answer_co
    writes: tuple[Write, ...] = ()
