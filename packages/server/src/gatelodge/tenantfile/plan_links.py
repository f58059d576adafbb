"""One person, several accounts: which entries of the file are part of which.

The rules are those of ``login.linking``: the other account is there, is its own, and no
chain arises. Each link holds the account it leads to, so that nothing was decided on
what somebody has changed meanwhile.
"""

from __future__ import annotations

from gatelodge.base.change import Write
from gatelodge.model.user import Person, User
from gatelodge.model.writes import HoldAccount
from gatelodge.tenantfile import person_writes
from gatelodge.tenantfile.accounts import Accounts
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.shapes import UserShape, given


class Links:
    """Who is part of whom once the file is applied."""

    def __init__(
        self, shapes: tuple[UserShape, ...], accounts: Accounts, draft: Draft
    ) -> None:
        self._draft = draft
        here = accounts.primaries
        self._linked = {own: one.user.linked_to for own, one in here.items()}
        self._seen = {own: one.user.updated_at for own, one in here.items()}
        for shape in shapes:
            own = given(shape.user_id, "")
            self._linked[own] = given(shape.linked_to, self._linked.get(own))
        self._targets = {one for one in self._linked.values() if one}

    def checked(
        self, wanted: User, current: Person | None, path: Path
    ) -> tuple[Write, ...]:
        """What follows from a link that is new."""
        self._moved(wanted, current)
        before = current.user.linked_to if current else None
        primary = wanted.linked_to
        if primary is None or primary == before:
            return ()
        where = (*path, "linked_to")
        if primary not in self._linked or primary == wanted.user_id:
            text = f"there is no other account {primary!r}"
            self._draft.remarks.refuse(where, text)
        elif self._linked[primary] or wanted.user_id in self._targets or _has(current):
            text = "one of the accounts is linked already: unlink it first"
            self._draft.remarks.refuse(where, text)
        ended = (
            person_writes.signed_out(
                wanted.user_id, "accounts linked", now=self._draft.now
            )
            if current
            else ()
        )
        return (self._held(primary), *ended)

    def _moved(self, wanted: User, current: Person | None) -> None:
        """An account that the file changes is another one to the links after it."""
        now = self._draft.now
        if current is None:
            self._seen[wanted.user_id] = wanted.updated_at
        elif wanted != current.user:
            self._seen[wanted.user_id] = max(now, current.user.updated_at + 1)

    def _held(self, primary: str) -> HoldAccount:
        seen = self._seen.get(primary, self._draft.now)
        at = max(self._draft.now, seen + 1)
        self._seen[primary] = at
        return HoldAccount(user_id=primary, seen_updated_at=seen, at=at)


def _has(current: Person | None) -> bool:
    return current is not None and len(current.linked) > 0
