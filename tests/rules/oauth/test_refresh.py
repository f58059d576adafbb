"""Refresh: the honest phone stays signed in, the thief is caught."""

from __future__ import annotations

from typing import Any

import pytest

from gatelodge.base.errors import InvalidGrant, InvalidScope, Unauthorized
from gatelodge.base.opaque import Shown
from gatelodge.model.client import RefreshPolicy
from gatelodge.model.reads import FamilyBundle
from gatelodge.model.writes import AppendLog, EndFamily, TurnFamily
from gatelodge.oauth.issuance import OpaqueAccess, SignedAccess
from gatelodge.oauth.refresh import exchange, turned
from tests.rules import world
from tests.rules.world import FAMILY_ID, KEYS, NOW, SEED

OVERLAP = 600_000
DEFAULT: Any = object()


def token(generation: int, seed: bytes = SEED) -> Shown:
    shown = KEYS.read(KEYS.mint(FAMILY_ID, seed=seed, generation=generation))
    assert shown is not None
    return shown


def exchanged(
    generation: int = 3,
    *,
    family: Any = None,
    at: int = NOW + 1000,
    person: Any = DEFAULT,
    scope: str | None = None,
    client: Any = None,
    within: Any = None,
    shown: Shown | None = None,
):
    app = client or world.client()
    bundle = FamilyBundle(
        family=family or world.family(),
        person=world.person() if person is DEFAULT else person,
    )
    return exchange(
        None if family is False else bundle,
        shown or token(generation),
        {} if scope is None else {"scope": scope},
        client=app,
        catalogue=within or world.catalogue(app),
        issuer=world.ISSUER,
        tokens=KEYS,
        witness=world.witness(at),
        jti="jti-1",
    )


def refused(kind: type[Any] = InvalidGrant, generation: int = 3, **given: Any):
    with pytest.raises(kind) as caught:
        exchanged(generation, **given)
    return caught.value


def turn_of(decision: Any) -> TurnFamily:
    (turn,) = [one for one in decision.writes if isinstance(one, TurnFamily)]
    return turn


def test_the_newest_token_turns_the_family() -> None:
    decision = exchanged()
    turn = turn_of(decision)
    assert (turn.from_generation, turn.to_generation) == (3, 4)
    assert turn.rotated_at == turn.used_at == NOW + 1000
    assert decision.answer.refresh.generation == 4
    assert decision.answer.refresh.family_id == FAMILY_ID
    (log,) = [one.line for one in decision.writes if isinstance(one, AppendLog)]
    assert log.type == "sertft"
    assert log.details["generation"] == 4
    assert "retry" not in log.details


def test_what_a_refresh_answers_with() -> None:
    answer = exchanged().answer
    assert isinstance(answer.access, SignedAccess)
    assert answer.access.claims["gty"] == "refresh_token"
    assert answer.id_claims is not None
    assert "nonce" not in answer.id_claims
    none = exchanged(family=world.family(audience=None)).answer
    assert isinstance(none.access, OpaqueAccess)
    assert none.access.family_id == FAMILY_ID
    assert none.scopes == ("openid", "offline_access")
    without = world.family(scopes=("offline_access", "read:x"))
    assert exchanged(family=without).answer.id_claims is None


@pytest.mark.rule("RFC9700-4.14.2.reuse")
@pytest.mark.parametrize("after", [0, 1, OVERLAP - 1])
def test_within_the_overlap_the_same_successor(after: int) -> None:
    decision = exchanged(2, at=NOW + after)
    assert decision.answer.refresh.generation == 3
    assert not [one for one in decision.writes if isinstance(one, TurnFamily)]
    (log,) = [one.line for one in decision.writes if isinstance(one, AppendLog)]
    assert log.details["retry"] is True


@pytest.mark.rule("RFC9700-4.14.2.reuse")
@pytest.mark.parametrize(
    ("generation", "after", "overlap"),
    [(2, OVERLAP, 600), (1, OVERLAP, 600), (0, OVERLAP * 9, 600), (2, 0, 0), (2, 1, 0)],
)
def test_reuse_after_the_overlap_ends_the_family(
    generation: int, after: int, overlap: int
) -> None:
    app = world.client(options=world.policy(overlap=overlap))
    refusal = refused(generation=generation, at=NOW + after, client=app)
    assert refusal.rule == "RFC9700-4.14.2.reuse"
    assert refusal.says == "Unknown or invalid refresh token."
    ended, log = refusal.writes
    assert isinstance(ended, EndFamily)
    assert ended.family_id == FAMILY_ID
    assert log.line.type == "ferrt"
    assert log.line.details["familyId"] == FAMILY_ID
    assert log.line.details["tokenCounter"] == generation
    assert log.line.details["latestCounter"] == 3


@pytest.mark.rule("RFC9700-4.14.2.late")
@pytest.mark.parametrize("generation", [0, 1])
def test_a_late_duplicate_gets_nothing_and_harms_nobody(generation: int) -> None:
    refusal = refused(generation=generation, at=NOW + OVERLAP - 1)
    assert refusal.rule == "RFC9700-4.14.2.late"
    assert refusal.writes == ()


@pytest.mark.parametrize("generation", [4, 9])
def test_a_newer_token_than_the_row_means_a_restored_backup(generation: int) -> None:
    turn = turn_of(exchanged(generation))
    assert (turn.from_generation, turn.to_generation) == (3, generation + 1)


def test_a_clock_that_went_back_signs_nobody_out() -> None:
    assert exchanged(2, at=NOW - 5000).answer.refresh.generation == 3


FIXED = world.client(options=world.policy(rotating=False))


def test_a_token_that_does_not_rotate_stays_good() -> None:
    decision = exchanged(client=FIXED)
    assert decision.answer.refresh is None
    turn = turn_of(decision)
    assert (turn.from_generation, turn.to_generation) == (3, 3)
    assert turn.rotated_at == NOW
    assert turn.idle_until == NOW + 1000 + 1_296_000_000


def test_rotation_switched_off_or_on_signs_nobody_out() -> None:
    assert exchanged(2, client=FIXED).answer.refresh.generation == 3
    assert exchanged(5, client=FIXED).answer.refresh is None
    assert turn_of(exchanged(5, client=FIXED)).to_generation == 5
    old = world.family(generation=1, rotated_at=NOW - 10**9)
    assert exchanged(1, family=old).answer.refresh.generation == 2


def test_the_absolute_end_never_moves_and_the_idle_end_starts_anew() -> None:
    turn = turn_of(exchanged())
    assert turn.expires_at == world.family().expires_at
    assert turn.idle_until == NOW + 1000 + 1_296_000_000
    shorter = world.client(options=world.policy(idle_lifetime=60, lifetime=90))
    turn = turn_of(exchanged(client=shorter))
    assert turn.idle_until == NOW + 61_000
    assert turn.expires_at == world.family().expires_at


def test_a_maximum_switched_on_later_binds_from_the_next_exchange() -> None:
    endless = world.family(expires_at=None, idle_until=None)
    turn = turn_of(exchanged(family=endless))
    assert turn.expires_at == NOW + 1000 + 2_592_000_000
    never = world.client(
        options=world.policy(infinite_lifetime=True, infinite_idle_lifetime=True)
    )
    turn = turn_of(exchanged(family=endless, client=never))
    assert (turn.expires_at, turn.idle_until) == (None, None)


REFUSALS = [
    ("RFC6749-6.known", {"family": False}),
    ("House-refresh-secret", {"shown": token(3, bytes(32))}),
    ("RFC6749-6.client", {"family": world.family(client_id="other")}),
    ("RFC6749-6.revoked", {"family": world.family(revoked_at=1, reason="gone")}),
    ("RFC9700-4.14.2.absolute", {"family": world.family(expires_at=NOW + 1000)}),
    ("RFC9700-4.14.2.idle", {"family": world.family(idle_until=NOW + 1000)}),
    ("Auth0-audience", {"family": world.family(audience="https://gone/")}),
    ("House-connection-open", {"within": world.catalogue(enabled=())}),
]


@pytest.mark.rule("RFC6749-6.known")
@pytest.mark.rule("House-refresh-secret")
@pytest.mark.rule("RFC6749-6.client")
@pytest.mark.rule("RFC6749-6.revoked")
@pytest.mark.rule("RFC9700-4.14.2.absolute")
@pytest.mark.rule("RFC9700-4.14.2.idle")
@pytest.mark.rule("House-connection-open")
@pytest.mark.parametrize(("rule", "given"), REFUSALS)
def test_one_text_outside_and_a_precise_reason_inside(rule: str, given: Any) -> None:
    refusal = refused(**given)
    assert refusal.says == "Unknown or invalid refresh token."
    assert refusal.rule == rule
    assert refusal.because != refusal.says
    assert refusal.writes == ()


def test_a_thief_of_another_client_cannot_end_the_family() -> None:
    foreign = world.family(client_id="other", rotated_at=NOW - OVERLAP * 2)
    assert refused(generation=1, family=foreign).writes == ()


@pytest.mark.rule("Auth0-user-blocked")
@pytest.mark.rule("Auth0-user-deleted")
def test_the_person_has_to_be_alive() -> None:
    blocked = refused(Unauthorized, person=world.person(blocked_at=1))
    assert (blocked.code, blocked.says) == ("unauthorized", "user is blocked")
    assert refused(person=None).says == (
        "The refresh_token was generated for a user who doesn't exist anymore."
    )


def test_roles_are_those_of_this_moment() -> None:
    rbac = world.api(options={"enforce_policies": True})
    within = world.catalogue(apis=(rbac,))
    lost = exchanged(within=within).answer
    assert lost.scopes == ("openid", "offline_access")
    kept = exchanged(within=within, person=world.person(held=("read:x",))).answer
    assert "read:x" in kept.scopes
    # A permission gained since is not part of what was granted at birth.
    more = world.person(held=("read:x", "write:x"))
    assert "write:x" not in exchanged(within=within, person=more).answer.scopes


def test_less_may_be_asked_for_and_more_is_ignored() -> None:
    less = exchanged(scope="openid").answer
    assert less.scopes == ("openid", "offline_access")
    assert less.access.claims["scope"] == "openid offline_access"
    assert exchanged(scope="read:x write:x admin:x").answer.scopes == (
        "openid",
        "offline_access",
        "read:x",
    )
    assert exchanged(scope="admin:x").answer.scopes == ("openid", "offline_access")
    with pytest.raises(InvalidScope):
        exchanged(scope='"')


def test_the_decision_is_the_same_for_equal_questions() -> None:
    policy = RefreshPolicy()
    family = world.family()
    one = turned(family, 3, policy, witness=world.witness(NOW + 5))
    assert one == turned(family, 3, policy, witness=world.witness(NOW + 5))
