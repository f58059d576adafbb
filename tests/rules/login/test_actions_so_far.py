"""What actions have said is kept sealed, for an hour, once."""

from __future__ import annotations

import msgspec

from gatelodge.base.seal import Sealer
from gatelodge.login import actions_so_far, set_aside
from gatelodge.login.transaction import begin
from gatelodge.model.reads import TicketBundle
from gatelodge.oauth.outcome import Outcome, Run

SEALER = Sealer((bytes(32),))
NOW = 1_000_000
SO_FAR = actions_so_far.SoFar(
    user_id="auth0|1",
    run=Run(outcome=Outcome(id_token={"a": "a claim"}), last="10.py"),
    transaction=begin({}, issuer="x", cookie="c", jti="j", now=NOW),
)
TICKET = actions_so_far.keep(
    SO_FAR, "name", sealer=SEALER, nonce=bytes(12), now=NOW
).ticket


def bundle(**changes):
    ticket = msgspec.structs.replace(TICKET, **changes)
    return TicketBundle(ticket=ticket, person=None, newest_at=NOW)


def test_what_is_kept_is_read_again_and_by_nobody_else() -> None:
    assert actions_so_far.read(bundle(), SEALER) == SO_FAR
    assert actions_so_far.read(bundle(), Sealer((bytes(31) + b"x",))) is None
    assert actions_so_far.read(bundle(payload={}), SEALER) is None
    assert actions_so_far.read(None, SEALER) is None
    assert "a claim" not in repr(TICKET)
    assert actions_so_far.question("name").digest == TICKET.digest


def test_it_is_good_once_and_for_an_hour() -> None:
    assert set_aside.good(bundle(), NOW)
    assert not set_aside.good(bundle(used_at=NOW), NOW)
    assert not set_aside.good(bundle(), NOW + set_aside.LIFETIME)
    assert not set_aside.good(None, NOW)
