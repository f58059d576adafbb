"""``event`` in an action: read by attribute or by item, as in JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Event(Mapping[str, Any]):
    """A JSON object; ``event.user.email`` and ``event["user"]["email"]`` are the same.

    An attribute that is not there is None, as it would be undefined in JavaScript; an
    item that is not there is a KeyError. It is told, not asked: nothing can be set.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__["_values"] = values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _wrapped(self._values.get(name))

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"event.{name} cannot be set: use api to ask for a change")

    def __getitem__(self, name: str) -> Any:
        return _wrapped(self._values[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Event({', '.join(self._values)})"


def plain(value: object) -> Any:
    """What ``json.dumps`` does not know itself.

    Raises:
        TypeError: it is no JSON value.
    """
    if isinstance(value, Event):
        return dict(value._values)  # noqa: SLF001 - the wrapper's own other half
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _wrapped(value: Any) -> Any:
    if isinstance(value, dict):
        return Event(value)
    if isinstance(value, list):
        return [_wrapped(one) for one in value]
    return value
