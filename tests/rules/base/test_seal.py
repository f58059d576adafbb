"""Sealing: bound to a purpose, broken by any change, keys that rotate."""

from __future__ import annotations

import pytest

from gatelodge.base.seal import SealBroken, Sealer, derive, key_id

ONE, TWO = b"1" * 32, b"2" * 32
NONCE = b"n" * 12


def test_what_is_sealed_opens_again() -> None:
    sealer = Sealer((ONE,))
    sealed = sealer.seal(b"plain", purpose="a", nonce=NONCE)
    assert b"plain" not in sealed
    assert sealer.unseal(sealed, purpose="a") == b"plain"
    text = sealer.seal_text(b"plain", purpose="a", nonce=NONCE)
    assert sealer.unseal_text(text, purpose="a") == b"plain"


def test_a_purpose_opens_only_its_own() -> None:
    sealer = Sealer((ONE,))
    sealed = sealer.seal(b"plain", purpose="a", nonce=NONCE)
    with pytest.raises(SealBroken):
        sealer.unseal(sealed, purpose="b")


def test_master_keys_rotate() -> None:
    sealed = Sealer((ONE,)).seal(b"plain", purpose="a", nonce=NONCE)
    assert Sealer((TWO, ONE)).unseal(sealed, purpose="a") == b"plain"
    renewed = Sealer((TWO, ONE)).seal(b"plain", purpose="a", nonce=NONCE)
    assert Sealer((TWO,)).unseal(renewed, purpose="a") == b"plain"
    with pytest.raises(SealBroken):
        Sealer((TWO,)).unseal(sealed, purpose="a")


@pytest.mark.parametrize("length", [0, 1, 4, 5, 16, 17, 20, 32])
def test_a_cut_value_is_broken(length: int) -> None:
    sealer = Sealer((ONE,))
    sealed = sealer.seal(b"", purpose="a", nonce=NONCE)
    with pytest.raises(SealBroken):
        sealer.unseal(sealed[:length], purpose="a")


@pytest.mark.parametrize("text", ["", "x", "\u00e9", "a=", "\ud800", "AAAA"])
def test_text_that_is_none_of_ours(text: str) -> None:
    with pytest.raises(SealBroken):
        Sealer((ONE,)).unseal_text(text, purpose="a")


@pytest.mark.parametrize("keys", [(), (b"short",), (ONE, b"x" * 31), (b"x" * 33,)])
def test_a_master_key_is_32_bytes(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError):
        Sealer(keys)


def test_derived_keys_differ_by_purpose_and_tell_nothing() -> None:
    assert derive(ONE, "a") != derive(ONE, "b") != derive(TWO, "b")
    assert len(derive(ONE, "a")) == 32
    assert Sealer((ONE, TWO)).mac_keys("a") == (derive(ONE, "a"), derive(TWO, "a"))
    assert key_id(ONE) not in (ONE, derive(ONE, "seal")[:4])
