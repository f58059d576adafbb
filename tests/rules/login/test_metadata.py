"""Metadata is merged at its first level (contract 1.8)."""

from __future__ import annotations

from gatelodge.login.metadata import LARGEST, change
from gatelodge.model.user import User
from gatelodge.oauth.outcome import NOTHING, Outcome

ADA = User(
    user_id="auth0|1",
    connection_id="con_1",
    email_key="ada@example.com",
    email="ada@example.com",
    user_metadata={"a": {"b": 1}, "c": 2},
    app_metadata={"plan": "gold"},
    updated_at=5,
)


def test_the_first_level_is_replaced_and_null_removes() -> None:
    outcome = Outcome(user_metadata={"a": {"d": 3}, "c": None}, app_metadata={"n": 1})
    (write,) = change(ADA, outcome, 9)
    assert write.user.user_metadata == {"a": {"d": 3}}
    assert write.user.app_metadata == {"plan": "gold", "n": 1}
    assert (write.user.updated_at, write.seen_updated_at) == (9, 5)


def test_nothing_is_written_where_nothing_changes() -> None:
    assert change(ADA, NOTHING, 9) == ()
    assert change(ADA, Outcome(user_metadata={"c": 2, "x": None}), 9) == ()


def test_it_does_not_grow_without_end() -> None:
    large = Outcome(app_metadata={"x": "x" * (LARGEST - 10)}, user_metadata={"c": 3})
    (write,) = change(ADA, large, 9)
    assert write.user.app_metadata == {"plan": "gold"}
    assert write.user.user_metadata["c"] == 3
