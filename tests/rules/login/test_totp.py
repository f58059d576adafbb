from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.login import totp

SEED = b"12345678901234567890"  # RFC 6238, appendix B, the last six of eight digits
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_a_code_is_the_one_of_the_rfc(at, code):
    assert totp.code_at(SEED, at // 30) == code
    assert totp.step_of(SEED, f"{code[:3]} {code[3:]}", now=at * 1000) == at // 30


@given(offset=st.integers(-5, 5), after=st.integers(-5, 5))
def test_the_step_before_and_after_is_good_and_none_that_was_used(offset, after):
    current = 1_000_000
    typed = totp.code_at(SEED, current + offset)
    found = totp.step_of(SEED, typed, now=current * 30_000, after=current + after)
    good = abs(offset) <= 1 and offset > after
    assert found == (current + offset if good else None)


@given(typed=st.text(max_size=9))
def test_nothing_else_is_a_code(typed):
    step = totp.step_of(SEED, typed, now=59_000)
    codes = {totp.code_at(SEED, one) for one in (0, 1, 2)}
    assert (step is not None) is ("".join(typed.split()) in codes)


def test_the_address_names_tenant_and_account():
    address = totp.address(SEED, tenant="A & B", account="ada@example.com")
    assert address == (
        "otpauth://totp/A%20%26%20B:ada%40example.com"
        f"?secret={base64.b32encode(SEED).decode()}&issuer=A%20%26%20B"
        "&algorithm=SHA1&digits=6&period=30"
    )
