"""A Struct's fields and a row's columns are the same thing in the same order.

Text, whole numbers, bytes and None are stored as they are, a bool as 0 or 1, all else
as JSON in a TEXT column. The only field that stands for several columns is a Struct
held directly by a write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from types import UnionType
from typing import (
    Any,
    Generic,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from gatelodge.base.change import Write

Value: TypeAlias = str | int | bytes | None
Codec: TypeAlias = tuple[int, Callable[[Any], Any]]
T = TypeVar("T")

_PLAIN = frozenset({str, int, bytes, type(None)})
_encode = msgspec.json.Encoder().encode


class Columns(Generic[T]):
    """How one type of Struct travels to and from its columns."""

    def __init__(self, kind: type[T]) -> None:
        hints = get_type_hints(kind)
        self.kind = kind
        self.names: tuple[str, ...] = tuple(kind.__struct_fields__)  # type: ignore[attr-defined]  # T is a Struct; generic bounds would spread
        kinds = [hints[name] for name in self.names]
        self.width = len(self.names)
        self._decoders: tuple[Codec, ...] = tuple(
            (index, _decoder(hint))
            for index, hint in enumerate(kinds)
            if not _is_plain(hint)
        )
        self._encoders: tuple[Codec, ...] = tuple(
            (index, int if hint is bool else _to_json)
            for index, hint in enumerate(kinds)
            if not _is_plain(hint)
        )

    def encode(self, value: T) -> list[Value]:
        """The columns of ``value``."""
        found: list[Value] = list(msgspec.structs.astuple(value))  # type: ignore[arg-type]  # T is a Struct
        for index, encoder in self._encoders:
            found[index] = encoder(found[index])
        return found

    def decode(self, row: Sequence[Any]) -> T:
        """The value of these columns."""
        found = list(row)
        for index, decoder in self._decoders:
            found[index] = decoder(found[index])
        return self.kind(**dict(zip(self.names, found, strict=True)))


def columns(kind: type[T]) -> Columns[T]:
    """The columns of a Struct type, worked out once."""
    return cast("Columns[T]", _columns(cast("Any", kind)))


@cache
def _columns(kind: Any) -> Columns[Any]:
    return Columns(kind)


def many(kind: type[T], rows: Sequence[Sequence[Any]]) -> tuple[T, ...]:
    """One value a row."""
    decode = columns(kind).decode
    return tuple(decode(row) for row in rows)


def arguments(value: msgspec.Struct) -> tuple[Value, ...]:
    """The ``$1 … $n`` of a write or a question.

    A NUL character or a lone surrogate, which PostgreSQL cannot store, becomes a
    replacement character on every engine: such text finds and matches nothing.
    """
    return tuple([_storable(one) for one in _flattener(type(value))(value)])


@cache
def _flattener(kind: type[msgspec.Struct]) -> Callable[[Any], list[Value]]:
    hints = get_type_hints(kind)
    first = kind.__struct_fields__[0] if kind.__struct_fields__ else None
    owned: Any = hints[first] if first and issubclass(kind, Write) else None
    if first is None or not _is_struct(owned):
        return columns(kind).encode
    inner, rest = columns(owned), kind.__struct_fields__[1:]

    def flatten(value: Any) -> list[Value]:
        found = inner.encode(getattr(value, first))
        found.extend(getattr(value, name) for name in rest)
        return found

    return flatten


def _storable(value: Value) -> Value:
    if isinstance(value, str) and ("\0" in value or not value.isascii()):
        clean = value.replace("\0", "\ufffd")
        return clean.encode("utf-8", "replace").decode()
    return value


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _is_plain(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return all(_is_plain(part) for part in get_args(hint))
    return hint in _PLAIN if origin is not Literal else True


def _decoder(hint: Any) -> Callable[[Any], Any]:
    return bool if hint is bool else msgspec.json.Decoder(hint).decode


def _to_json(value: Any) -> str:
    return _encode(value).decode()
