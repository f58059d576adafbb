"""Refresh tokens: derived, shielded, known again in every generation."""

from __future__ import annotations

import pytest

from gatelodge.base.encoding import b64url, unb64url
from gatelodge.base.opaque import RefreshTokens, Shown, random_token
from tests.rules.world import FAMILY_ID, KEYS, SEED

OLD, NEW = (b"o" * 32, b"p" * 32), (b"n" * 32, b"m" * 32)


def ring(*pairs: tuple[bytes, bytes]) -> RefreshTokens:
    return RefreshTokens(
        secret_keys=[secret for secret, _ in pairs],
        shield_keys=[shield for _, shield in pairs],
    )


def test_the_same_generation_is_the_same_token() -> None:
    token = KEYS.mint(FAMILY_ID, seed=SEED, generation=7)
    assert token == KEYS.mint(FAMILY_ID, seed=SEED, generation=7)
    assert token.startswith("rt_")
    shown = KEYS.read(token)
    assert shown is not None
    assert (shown.family_id, shown.generation) == (FAMILY_ID, 7)


@pytest.mark.parametrize("generation", [0, 1, 2**31, 2**32 - 1])
def test_generations_have_32_bits(generation: int) -> None:
    shown = KEYS.read(KEYS.mint(FAMILY_ID, seed=SEED, generation=generation))
    assert shown is not None
    assert shown.generation == generation
    assert KEYS.knows(shown, SEED)


@pytest.mark.rule("House-refresh-secret")
def test_another_seed_makes_another_secret() -> None:
    shown = KEYS.read(KEYS.mint(FAMILY_ID, seed=SEED, generation=1))
    assert shown is not None
    assert KEYS.knows(shown, SEED)
    assert not KEYS.knows(shown, bytes(32))
    assert not KEYS.knows(Shown(shown.family_id, 2, shown.secret), SEED)


@pytest.mark.rule("House-refresh-shield")
@pytest.mark.parametrize(
    "token",
    [
        "",
        "rt_",
        "rt_AAAA",
        "x",
        "rt_\u00e9",
        "rt_=",
        "ac_" + "A" * 71,
        "rt_" + "A" * 71,
    ],
)
def test_what_was_never_ours(token: str) -> None:
    assert KEYS.read(token) is None


@pytest.mark.rule("House-refresh-shield")
def test_another_version_or_length_is_not_ours() -> None:
    raw = unb64url(KEYS.mint(FAMILY_ID, seed=SEED, generation=1).removeprefix("rt_"))
    for forged in (b"\x02" + raw[1:], raw + b"\x00", raw[:-1]):
        assert KEYS.read("rt_" + b64url(forged)) is None


def test_keys_rotate_and_nobody_is_signed_out() -> None:
    token = ring(OLD).mint(FAMILY_ID, seed=SEED, generation=3)
    rotated = ring(NEW, OLD)
    shown = rotated.read(token)
    assert shown is not None
    assert rotated.knows(shown, SEED)
    assert rotated.mint(FAMILY_ID, seed=SEED, generation=3) != token
    assert ring(NEW).read(token) is None


def test_random_tokens_carry_their_prefix() -> None:
    assert random_token("cs_", b"\xff" * 3) == "cs_____"
