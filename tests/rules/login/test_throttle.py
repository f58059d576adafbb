"""Bounds are kept apart, and a subject is all of its parts."""

from __future__ import annotations

from gatelodge.login import throttle

NOW = 1_790_000_000_000


def key(*subject: str, bound: throttle.Bound = throttle.PASSWORD) -> str:
    return throttle.take(bound, *subject, now=NOW).key


def test_a_try_has_its_bound_s_count_and_window() -> None:
    taken = throttle.take(throttle.PASSWORD, "con", "ada", "192.0.2.7", now=NOW)
    assert (taken.most, taken.at, taken.until) == (10, NOW, NOW + 30 * 86_400_000)
    forgiven = throttle.forgive(throttle.PASSWORD, "con", "ada", "192.0.2.7")
    assert forgiven.key == taken.key


def test_subjects_and_bounds_do_not_mix() -> None:
    keys = {
        key("a", "b"),
        key("ab"),
        key("a"),
        key("a", "b", ""),
        key("a", "b", bound=throttle.START_TO),
    }
    assert len(keys) == 5
    assert "ada@example.com" not in key("ada@example.com")
