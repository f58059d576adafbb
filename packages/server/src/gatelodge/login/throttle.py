"""How often what may be tried, and by whom (security defaults 28).

One try is taken in a commit of its own *before* anything is looked at, so that many at
once gain nothing. The counters stand in the database: all nodes share them.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gatelodge.base.clock import HOUR, MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.model.writes import ForgiveTries, TakeTry


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``most`` in ``window`` milliseconds, counted from the first of them."""

    name: str
    most: int
    window: int = HOUR


PASSWORD: Final = Bound(name="password", most=10)
"""Wrong passwords for one identifier from one address (contract 2.4)."""
SECOND_FACTOR: Final = Bound(name="second factor", most=10, window=15 * MINUTE)
"""Answers of all a person's factors together (security defaults 33)."""
OWN_PASSWORD: Final = Bound(name="own password", most=10, window=15 * MINUTE)
"""Current passwords typed on the account page: a found browser is no place to guess."""
NEW_ADDRESS: Final = Bound(name="new address", most=5)
"""Links to new addresses of one account: nobody fills a stranger's mailbox."""
CODE_TO: Final = Bound(name="second factor, code to", most=10)
"""Codes to one address or number, whoever asks and by whichever name."""
CODE_OF: Final = Bound(name="second factor, code of", most=20)
"""Codes that one person asks for, to whomever."""
START_FROM_IP: Final = Bound(name="passwordless start, from", most=50)
"""Messages that one address asks for (contract 3.7)."""
START_TO: Final = Bound(name="passwordless start, to", most=10)
"""Messages to one person, whoever asks."""
TOLD: Final = Bound(name="passwordless start, told", most=1)
"""Lines of the tenant log about one address that asks too often."""
NATIVE: Final = Bound(name="native social", most=50, window=MINUTE)
"""Tokens of other parties that one address brings (contract 3.13)."""
START_IN_ALL: Final = "passwordless start, all"
"""Messages of one connection; how many is the connection's option."""


def take(bound: Bound, *subject: str, now: int) -> TakeTry:
    """To be committed first; lost where the tries of this subject are used up."""
    return TakeTry(
        key=_key(bound, subject), most=bound.most, at=now, until=now + bound.window
    )


def forgive(bound: Bound, *subject: str) -> ForgiveTries:
    """All tries are there again: the subject has proven itself."""
    return ForgiveTries(key=_key(bound, subject))


def _key(bound: Bound, subject: tuple[str, ...]) -> str:
    return digest_of("\x00".join(("bound", bound.name, *subject)))
