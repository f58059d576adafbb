"""Links in mails (security defaults 32)."""

from __future__ import annotations

import msgspec
import pytest

from gatelodge.login.ticket import holder, issue
from gatelodge.model.reads import TicketBundle
from gatelodge.model.user import Person, User

USER = User(
    user_id="auth0|1",
    connection_id="con_1",
    email_key="ada@example.com",
    email="ada@example.com",
)


def bundle(**changes: object) -> TicketBundle:
    issued = issue(
        USER, "reset_password", payload={}, lifetime=60, raw=b"r" * 32, now=1000
    )
    ticket = msgspec.structs.replace(issued.writes[1].ticket, **changes)
    return TicketBundle(ticket=ticket, person=Person(user=USER), newest_at=0)


def test_good_until_it_ends() -> None:
    assert holder(bundle(), 60_999) == Person(user=USER)
    assert holder(bundle(), 61_000) is None


@pytest.mark.parametrize(
    "change", [{"used_at": 1}, {"payload": {"email_key": "old@example.com"}}]
)
def test_used_or_for_another_address(change: dict[str, object]) -> None:
    assert holder(bundle(**change), 2000) is None


def test_nobody_or_blocked() -> None:
    assert holder(None, 0) is None
    gone = TicketBundle(ticket=bundle().ticket, person=None, newest_at=0)
    assert holder(gone, 2000) is None
    blocked = msgspec.structs.replace(USER, blocked_at=5)
    held = TicketBundle(
        ticket=bundle().ticket, person=Person(user=blocked), newest_at=0
    )
    assert holder(held, 2000) is None


def test_the_secret_is_not_kept_and_older_links_are_voided() -> None:
    issued = issue(
        USER, "reset_password", payload={}, lifetime=60, raw=b"r" * 32, now=1000
    )
    void, insert = issued.writes
    assert issued.secret not in msgspec.json.encode(insert).decode()
    assert (void.user_id, void.purpose) == ("auth0|1", "reset_password")
