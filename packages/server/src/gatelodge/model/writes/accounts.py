"""Accounts become part of others, or go away because their people ask for that."""

from __future__ import annotations

from typing import ClassVar

from gatelodge.base.change import Write


class LinkAccount(Write, frozen=True, kw_only=True):
    """Make an account part of another; loses if it changed or is part of one already.

    A commit of this carries ``HoldAccount`` for the other, so that no chain arises.
    """

    must: ClassVar[int | None] = 1
    user_id: str
    linked_to: str
    seen_updated_at: int
    at: int


class HoldAccount(Write, frozen=True, kw_only=True):
    """An account is its own and still as it was seen; what was decided on it holds."""

    must: ClassVar[int | None] = 1
    user_id: str
    seen_updated_at: int
    at: int


class HoldLink(Write, frozen=True, kw_only=True):
    """Who comes by an account that is part of another still may."""

    must: ClassVar[int | None] = 1
    user_id: str
    linked_to: str


class UnlinkAccount(Write, frozen=True, kw_only=True):
    """An account is its own again, once."""

    must: ClassVar[int | None] = 1
    user_id: str
    linked_to: str
    at: int


class UnlinkAll(Write, frozen=True, kw_only=True):
    """Every account that is part of this one is its own again."""

    user_id: str
    at: int


class DeleteLinked(Write, frozen=True, kw_only=True):
    """Remove the accounts that are part of this one."""

    user_id: str


class LeaveAccount(Write, frozen=True, kw_only=True):
    """The account is deleted at ``leaving_at``; loses if that was said before."""

    must: ClassVar[int | None] = 1
    user_id: str
    leaving_at: int
    at: int


class KeepAccount(Write, frozen=True, kw_only=True):
    """Its person has thought again."""

    must: ClassVar[int | None] = 1
    user_id: str
    at: int


class HoldLeaving(Write, frozen=True, kw_only=True):
    """The person has not thought again since."""

    must: ClassVar[int | None] = 1
    user_id: str
    leaving_at: int
