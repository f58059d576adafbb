"""A flow is a generator that only says what it needs; a driver does it.

The idea is httpx's ``auth_flow``: the rules of signing in and renewing are written
once, without I/O, as generators of steps. ``drive`` performs the steps for ordinary
code and ``adrive`` for asyncio, so nothing exists twice but these two loops.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, cast

from .errors import BadAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """One HTTP request to the provider; with a form it is a POST."""

    url: str
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said. ``retry_after`` in seconds, 0 when not given.

    ``tries`` counts how often the request was sent until this answer came.
    """

    status: int
    body: bytes = field(repr=False)
    retry_after: float = 0.0
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Do:
    """A blocking act, such as waiting for the browser; ``cancel`` wakes it up."""

    act: Callable[[], Any] = field(repr=False)
    cancel: Callable[[], None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth telling an observer; never holds a secret."""

    what: str
    facts: Mapping[str, str] = field(default_factory=dict)


Step: TypeAlias = Send | Do | Pause | Note
Flow: TypeAlias = Generator[Step, Any, T]


def send(url: str, form: Mapping[str, str] | None = None) -> Flow[Answer]:
    """Send one request and take its answer; raises ``Unreachable``."""
    answer = yield Send(url, form)
    if not isinstance(answer, Answer):
        raise BadAnswer("The HTTP driver gave no answer.")
    return answer


def do(act: Callable[[], T], cancel: Callable[[], None] | None = None) -> Flow[T]:
    """Do a blocking act and take its result."""
    return cast("T", (yield Do(act, cancel)))


def note(what: str, /, **facts: str) -> Flow[None]:
    """Tell the observer."""
    yield Note(what, facts)
