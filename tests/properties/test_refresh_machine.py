"""Phones, lost answers, thieves, races and restored backups against one family.

The model is a dozen lines; the rules have to agree with it in any order of events,
and keep the promises that are written as invariants.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gatelodge.base.errors import InvalidGrant
from gatelodge.model.grant import Family
from gatelodge.model.reads import FamilyBundle
from gatelodge.model.writes import AppendLog, EndFamily, TurnFamily
from gatelodge.oauth.refresh import exchange
from tests.rules import world
from tests.rules.world import FAMILY_ID, ISSUER, KEYS, NOW, SEED

OVERLAP = 600_000
APP = world.client()
WITHIN = world.catalogue(APP)


def minted(generation: int) -> str:
    return KEYS.mint(FAMILY_ID, seed=SEED, generation=generation)


def generation_of(token: str) -> int:
    shown = KEYS.read(token)
    assert shown is not None
    return shown.generation


class Row:
    """One row in a store whose writes are guarded as the real ones are."""

    def __init__(self) -> None:
        self.family: Family = world.family(
            generation=1,
            rotated_at=NOW,
            idle_until=NOW + 10**12,
            expires_at=NOW + 10**12,
        )
        self.logged: list[str] = []

    def commit(self, writes: tuple[Any, ...]) -> bool:
        family = self.family
        for one in writes:
            if isinstance(one, TurnFamily):
                if (family.generation, family.revoked_at) != (
                    one.from_generation,
                    None,
                ):
                    return False
                family = world.changed(
                    family,
                    generation=one.to_generation,
                    rotated_at=one.rotated_at,
                    idle_until=one.idle_until,
                    expires_at=one.expires_at,
                )
            elif isinstance(one, EndFamily):
                family = world.changed(family, revoked_at=one.at, reason=one.reason)
        self.family = family
        self.logged += [one.line.type for one in writes if isinstance(one, AppendLog)]
        return True


def decide(family: Family, token: str, now: int) -> Any:
    shown = KEYS.read(token)
    assert shown is not None
    return exchange(
        FamilyBundle(family=family, person=world.person()),
        shown,
        {},
        client=APP,
        catalogue=WITHIN,
        issuer=ISSUER,
        tokens=KEYS,
        witness=world.witness(now),
        jti="jti-1",
    )


def present(
    row: Row, token: str, now: int, *, seen: Family | None = None
) -> str | None:
    """Read, decide, commit, reply; None where the token is refused."""
    family = seen or row.family
    for _ in range(5):
        try:
            decision = decide(family, token, now)
        except InvalidGrant as refusal:
            row.commit(refusal.writes)
            return None
        if row.commit(decision.writes):
            assert decision.answer.refresh is not None
            return minted(decision.answer.refresh.generation)
        family = row.family
    raise AssertionError("the race was lost five times")


class Refreshes(RuleBasedStateMachine):
    @initialize()
    def sign_in(self) -> None:
        self.row = Row()
        self.now = NOW
        self.alive, self.newest, self.turned_at = True, 1, NOW
        self.held = minted(1)  # the phone's
        self.stolen: set[str] = set()
        self.saved: tuple[Family, int, int] | None = None
        self.answers: dict[str, str] = {}
        self.thief_came = False
        self.late = False  # a lost answer was not asked for again within the overlap

    def expected(self, token: str) -> str | None:
        """The model: what should be answered, and what it does to the family."""
        shown, young = generation_of(token), self.now - self.turned_at < OVERLAP
        if not self.alive:
            return None
        if shown >= self.newest:
            self.newest, self.turned_at = shown + 1, self.now
            return minted(shown + 1)
        if shown == self.newest - 1 and young:
            return minted(self.newest)
        self.alive = young
        return None

    def shows(self, token: str) -> str | None:
        answer = present(self.row, token, self.now)
        assert answer == self.expected(token)
        if answer is not None:
            assert self.answers.setdefault(token, answer) == answer
        return answer

    @rule(seconds=st.sampled_from([0, 1, 60, 599]))
    def a_little_time_passes(self, seconds: int) -> None:
        self.now += seconds * 1000
        self.late |= self.held != minted(self.newest) and (
            self.now - self.turned_at >= OVERLAP
        )

    @rule()
    def an_hour_passes(self) -> None:
        self.a_little_time_passes(3600)

    @rule(lost=st.booleans())
    def the_phone_refreshes(self, lost: bool) -> None:
        answer = self.shows(self.held)
        if not self.thief_came and not self.late:
            assert answer is not None, "an honest phone was signed out"
        if answer is not None and not lost:
            self.held = answer

    @rule(times=st.integers(2, 5))
    def the_phone_refreshes_in_parallel(self, times: int) -> None:
        seen = self.row.family
        answers = {
            present(self.row, self.held, self.now, seen=seen) for _ in range(times)
        }
        expected = self.expected(self.held)
        assert answers == {expected}
        if expected is not None:
            self.held = expected
            assert self.row.family.generation == generation_of(expected)

    @rule(back=st.integers(2, 5))
    def a_very_old_token_comes_late(self, back: int) -> None:
        shown = self.newest - back
        if shown < 1:
            return
        old_is_harmless = self.now - self.turned_at < OVERLAP
        assert self.shows(minted(shown)) is None
        if not old_is_harmless:
            self.thief_came = True  # from outside a thief and a ghost look the same
            assert not self.alive
            assert self.row.family.revoked_at is not None

    @rule()
    def a_thief_copies_the_token(self) -> None:
        self.stolen.add(self.held)

    @precondition(lambda self: self.stolen)
    @rule(data=st.data())
    def the_thief_comes(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.stolen)))
        self.thief_came = True
        was_alive = self.alive
        reused = generation_of(token) < self.newest
        young = self.now - self.turned_at < OVERLAP
        answer = self.shows(token)
        if answer is not None:
            self.stolen.add(answer)
        if was_alive and reused and not young:
            assert answer is None
            assert self.row.logged[-1] == "ferrt"
            assert self.shows(self.held) is None  # the family is over for everybody

    @rule()
    def a_backup_is_made(self) -> None:
        self.saved = (self.row.family, self.newest, self.turned_at)

    @precondition(lambda self: self.saved is not None)
    @rule()
    def the_backup_is_restored(self) -> None:
        assert self.saved is not None
        self.row.family, self.newest, self.turned_at = self.saved
        self.alive = self.row.family.revoked_at is None
        # The phone may hold the token before the restored newest: a lost answer.
        self.late = generation_of(self.held) < self.newest - 1 or (
            generation_of(self.held) < self.newest
            and self.now - self.turned_at >= OVERLAP
        )

    @invariant()
    def the_row_is_as_the_model(self) -> None:
        family = self.row.family
        assert family.generation == self.newest
        assert (family.revoked_at is None) is self.alive

    @invariant()
    def the_absolute_end_never_moves(self) -> None:
        assert self.row.family.expires_at == NOW + 10**12

    @invariant()
    def a_successor_is_one_and_the_next(self) -> None:
        for token, answer in self.answers.items():
            assert generation_of(answer) == generation_of(token) + 1

    @invariant()
    def an_end_is_always_logged(self) -> None:
        assert self.alive or "ferrt" in self.row.logged


Refreshes.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestRefreshes = Refreshes.TestCase
