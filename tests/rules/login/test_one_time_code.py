from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.login import one_time_code
from gatelodge.model.reads import TicketBundle

NOW = 1_790_000_000_000
KEY = b"k" * 32
LIFE = 180_000


def issue(raw=bytes(8), *, name="sms|+49170", key=KEY):
    return one_time_code.issue(
        name, user_id="u", payload={"n": 1}, key=key, lifetime=LIFE, raw=raw, now=NOW
    )


def fits(issued, typed, *, name="sms|+49170", keys=(KEY,), now=NOW, **changes):
    ticket = issued.writes[0].ticket
    for field, value in changes.items():
        ticket = type(ticket)(**{**_fields(ticket), field: value})
    bundle = TicketBundle(ticket=ticket, person=None, newest_at=NOW)
    return one_time_code.fits(bundle, name, typed, keys=keys, now=now)


def _fields(ticket):
    return {name: getattr(ticket, name) for name in ticket.__struct_fields__}


@given(raw=st.binary(min_size=8, max_size=8), other=st.text(max_size=8))
def test_six_digits_and_no_others(raw, other):
    issued = issue(raw)
    assert len(issued.code) == 6
    assert issued.code.isdigit()
    assert fits(issued, issued.code)
    same = "".join(other.split()).replace("-", "") == issued.code
    assert fits(issued, other) is same


def test_as_people_type_it():
    issued = issue()
    assert fits(issued, " 000 000\n")
    assert fits(issued, "000-000")
    assert not fits(issued, "")
    assert not fits(issued, "\ud800")


def test_the_row_does_not_tell_the_code():
    issued = issue(bytes(range(8)))
    assert issued.code not in str(issued.writes)
    assert issued.code not in str(issued.writes[0].ticket.payload)


@pytest.mark.parametrize("now", [NOW + LIFE, NOW + LIFE + 1])
def test_it_ends(now):
    issued = issue()
    assert fits(issued, issued.code, now=now - LIFE)
    assert not fits(issued, issued.code, now=now)


def test_it_is_of_one_name_one_key_and_one_use():
    issued = issue()
    assert not fits(issued, issued.code, name="sms|+49171")
    assert not fits(issued, issued.code, keys=(b"o" * 32,))
    assert fits(issued, issued.code, keys=(b"o" * 32, KEY))
    assert not fits(issued, issued.code, used_at=NOW)
    assert not one_time_code.fits(None, "x", issued.code, keys=(KEY,), now=NOW)
