"""The sealed transaction (decisions 14, security defaults 38)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.base.errors import InvalidRequest
from gatelodge.base.seal import Sealer
from gatelodge.login import transaction
from gatelodge.login.transaction import LIFETIME, PROOF_LIFETIME, begin, seal, unseal

SEALER = Sealer((b"k" * 32,))
NONCE = b"n" * 12


def begun(**params: str) -> transaction.Transaction:
    return begin(params, issuer="http://localhost/", cookie="c" * 32, jti="j", now=1000)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=10))
def test_what_is_sealed_comes_back(params: dict[str, str]) -> None:
    made = begin(params, issuer="i", cookie="c", jti="j", now=5)
    assert unseal(seal(made, SEALER, NONCE), SEALER) == made


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=127))
def test_any_change_makes_it_worthless(place: int, change: int) -> None:
    text = seal(begun(a="b"), SEALER, NONCE)
    where = place % len(text)
    letter = chr((ord(text[where]) + change) % 128)
    altered = text[:where] + letter + text[where + 1 :]
    assert unseal(altered, SEALER) is None


def test_another_master_key_opens_nothing() -> None:
    assert unseal(seal(begun(), SEALER, NONCE), Sealer((b"x" * 32,))) is None


def test_a_rotated_master_key_still_opens() -> None:
    text = seal(begun(), SEALER, NONCE)
    assert unseal(text, Sealer((b"x" * 32, b"k" * 32))) == begun()


def test_another_purpose_opens_nothing() -> None:
    text = SEALER.seal_text(b"[]", purpose="logout", nonce=NONCE)
    assert unseal(text, SEALER) is None


def test_too_large_to_travel() -> None:
    with pytest.raises(InvalidRequest):
        seal(begun(login_hint="x" * 4000), SEALER, NONCE)
    assert unseal("x" * 5000, SEALER) is None


def test_every_answer_has_room_in_what_was_let_in() -> None:
    sizes = range(2000, 4000)
    largest = max(size for size in sizes if _travels(begun(login_hint="x" * size)))
    full = msgspec.structs.replace(
        begun(login_hint="x" * largest),
        sid="s" * 22,
        proven_at=2_000_000_000_000,
        chosen=True,
        confirmed=True,
        consented=True,
        shown_sid="s" * 22,
        shown="d" * 16,
    )
    assert _travels(full)
    assert unseal(seal(full, SEALER, NONCE), SEALER) == full


def _travels(made: transaction.Transaction) -> bool:
    try:
        seal(made, SEALER, NONCE)
    except InvalidRequest:
        return False
    return True


def test_life_and_binding() -> None:
    made = begun()
    assert not made.expired(1000 + LIFETIME)
    assert made.expired(1001 + LIFETIME)
    assert made.bound_to("c" * 32)
    assert not made.bound_to("d" * 32)
    assert not made.bound_to(None)


def test_a_proof_counts_for_a_quarter_of_an_hour_in_its_session() -> None:
    proven = transaction.Transaction(
        params={},
        issuer="i",
        started_at=0,
        binding="b",
        jti="j",
        sid="s",
        proven_at=1000,
    )
    assert proven.fresh_proof("s", 1000 + PROOF_LIFETIME)
    assert not proven.fresh_proof("s", 1001 + PROOF_LIFETIME)
    assert not proven.fresh_proof("other", 1000)
    assert proven.acted
