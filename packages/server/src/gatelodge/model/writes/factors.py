"""Changes of factors, and tries that are bounded."""

from __future__ import annotations

from typing import Any, ClassVar

from gatelodge.base.change import Write
from gatelodge.model.factor import Factor


class InsertFactor(Write, frozen=True, kw_only=True):
    """A new factor; loses if this very credential is somebody's already."""

    must: ClassVar[int | None] = 1
    factor: Factor


class ConfirmFactor(Write, frozen=True, kw_only=True):
    """The person has proven it for the first time: from now on it counts."""

    must: ClassVar[int | None] = 1
    id: str
    user_id: str
    counter: int
    at: int


class UseFactor(Write, frozen=True, kw_only=True):
    """It was used; loses if another use was faster, so that no step counts twice."""

    must: ClassVar[int | None] = 1
    id: str
    user_id: str
    seen_counter: int
    counter: int
    details: dict[str, Any]
    at: int


class RenameFactor(Write, frozen=True, kw_only=True):
    """What its person calls it."""

    must: ClassVar[int | None] = 1
    id: str
    user_id: str
    name: str


class DeleteFactor(Write, frozen=True, kw_only=True):
    """Take a factor away, once."""

    must: ClassVar[int | None] = 1
    id: str
    user_id: str


class DeleteFactors(Write, frozen=True, kw_only=True):
    """Take away a person's factors of one kind, however many there are."""

    user_id: str
    kind: str


class RecountFactors(Write, frozen=True, kw_only=True):
    """Say anew since when the person has a second factor; after any change of them."""

    must: ClassVar[int | None] = 1
    user_id: str
    at: int


class TakeTry(Write, frozen=True, kw_only=True):
    """Take one of ``most`` tries; loses where they are used up until ``until``.

    A try is taken before the answer is looked at, so a race gains nothing. The first
    one after ``until`` (milliseconds) begins a new count.
    """

    must: ClassVar[int | None] = 1
    key: str
    most: int
    at: int
    until: int
    subject: str | None = None


class ForgiveTries(Write, frozen=True, kw_only=True):
    """All tries are there again."""

    key: str


class ForgiveSubject(Write, frozen=True, kw_only=True):
    """All tries of this subject are there again, wherever they were taken from."""

    subject: str


class DrawToken(Write, frozen=True, kw_only=True):
    """Draw one token from a bucket that fills by one every ``rate`` milliseconds.

    What is kept is when the bucket will be full again, so that nothing has to fill it.
    Loses where that is more than ``slack`` milliseconds after ``at``: it is empty.
    """

    must: ClassVar[int | None] = 1
    key: str
    at: int
    rate: int
    slack: int


class GiveToken(Write, frozen=True, kw_only=True):
    """Put a token back."""

    key: str
    rate: int
