"""Opaque tokens and seals: ours come back whole, anything else is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.base.encoding import b64url, unb64url
from gatelodge.base.opaque import RefreshTokens
from gatelodge.base.seal import SealBroken, Sealer

KEY = st.binary(min_size=32, max_size=32)
ID = st.binary(min_size=16, max_size=16).map(b64url)
GENERATION = st.integers(0, 2**32 - 1)
TOKENS = RefreshTokens(secret_keys=(b"s" * 32,), shield_keys=(b"h" * 32,))


@given(ID, KEY, GENERATION)
def test_a_token_comes_back_whole(family: str, seed: bytes, generation: int) -> None:
    token = TOKENS.mint(family, seed=seed, generation=generation)
    shown = TOKENS.read(token)
    assert shown is not None
    assert (shown.family_id, shown.generation) == (family, generation)
    assert TOKENS.knows(shown, seed)
    assert TOKENS.mint(family, seed=seed, generation=generation) == token


@given(ID, KEY, GENERATION, st.data())
def test_any_change_makes_it_nothing(
    family: str, seed: bytes, generation: int, data: st.DataObject
) -> None:
    token = TOKENS.mint(family, seed=seed, generation=generation)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters().filter(lambda char: char != token[place]))
    assert TOKENS.read(token[:place] + letter + token[place + 1 :]) is None
    bits = bytearray(unb64url(token.removeprefix("rt_")))
    bit = data.draw(st.integers(0, len(bits) * 8 - 1))
    bits[bit // 8] ^= 1 << bit % 8
    assert TOKENS.read("rt_" + b64url(bytes(bits))) is None


@given(ID, KEY, st.sets(GENERATION, min_size=2, max_size=20))
def test_no_two_generations_are_equal(
    family: str, seed: bytes, generations: set[int]
) -> None:
    tokens = {TOKENS.mint(family, seed=seed, generation=one) for one in generations}
    assert len(tokens) == len(generations)


@given(ID, KEY, KEY, GENERATION)
def test_the_seed_is_needed(
    family: str, seed: bytes, other: bytes, generation: int
) -> None:
    shown = TOKENS.read(TOKENS.mint(family, seed=seed, generation=generation))
    assert shown is not None
    assert TOKENS.knows(shown, other) is (seed == other)


@given(ID, KEY, GENERATION, KEY, KEY)
def test_strangers_keys_make_strangers_tokens(
    family: str, seed: bytes, generation: int, secret: bytes, shield: bytes
) -> None:
    others = RefreshTokens(secret_keys=(secret,), shield_keys=(shield,))
    assert TOKENS.read(others.mint(family, seed=seed, generation=generation)) is None
    # Whoever has the shield key alone still cannot make a secret.
    half = RefreshTokens(secret_keys=(secret,), shield_keys=(b"h" * 32,))
    shown = TOKENS.read(half.mint(family, seed=seed, generation=generation))
    assert shown is not None
    assert not TOKENS.knows(shown, seed)


@given(st.text(st.characters()), st.text(st.sampled_from("rt_AZaz09-_="), max_size=90))
def test_any_text_is_read_without_a_crash(text: str, like: str) -> None:
    for token in (text, f"rt_{text}", like, f"rt_{like}"):
        assert TOKENS.read(token) is None


SEALER = Sealer((b"k" * 32,))
PURPOSE = st.sampled_from(["login", "signing key", "opaque access token", "", "ü"])
NONCE = st.binary(min_size=12, max_size=12)


@given(st.binary(max_size=200), PURPOSE, NONCE)
def test_a_seal_opens_for_its_purpose(plain: bytes, purpose: str, nonce: bytes) -> None:
    text = SEALER.seal_text(plain, purpose=purpose, nonce=nonce)
    assert SEALER.unseal_text(text, purpose=purpose) == plain


@given(st.binary(max_size=60), PURPOSE, PURPOSE, NONCE)
def test_a_seal_opens_for_no_other_purpose(
    plain: bytes, purpose: str, other: str, nonce: bytes
) -> None:
    sealed = SEALER.seal(plain, purpose=purpose, nonce=nonce)
    if purpose == other:
        assert SEALER.unseal(sealed, purpose=other) == plain
        return
    with pytest.raises(SealBroken):
        SEALER.unseal(sealed, purpose=other)


@given(st.binary(max_size=60), NONCE, st.data())
def test_any_change_breaks_the_seal(
    plain: bytes, nonce: bytes, data: st.DataObject
) -> None:
    sealed = SEALER.seal(plain, purpose="p", nonce=nonce)
    bits = bytearray(sealed)
    bit = data.draw(st.integers(0, len(bits) * 8 - 1))
    bits[bit // 8] ^= 1 << bit % 8
    cut = data.draw(st.integers(0, len(sealed) - 1))
    for forged in (bytes(bits), sealed[:cut], sealed + b"\x00"):
        with pytest.raises(SealBroken):
            SEALER.unseal(forged, purpose="p")


@given(st.text(st.characters()) | st.text(st.sampled_from("AQaz09-_"), max_size=80))
def test_any_text_is_opened_without_a_crash(text: str) -> None:
    with pytest.raises(SealBroken):
        SEALER.unseal_text(text, purpose="p")


@given(st.lists(KEY, min_size=1, max_size=4, unique=True), NONCE, st.data())
def test_every_key_still_held_opens(
    keys: list[bytes], nonce: bytes, data: st.DataObject
) -> None:
    old = data.draw(st.sampled_from(keys))
    sealed = Sealer((old,)).seal(b"x", purpose="p", nonce=nonce)
    assert Sealer(tuple(keys)).unseal(sealed, purpose="p") == b"x"
    rest = tuple(key for key in keys if key != old)
    if rest:
        with pytest.raises(SealBroken):
            Sealer(rest).unseal(sealed, purpose="p")
