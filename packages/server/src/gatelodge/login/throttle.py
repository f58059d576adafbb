"""How often what may be tried, and by whom (security defaults 28).

One try is taken in a commit of its own *before* anything is looked at, so that many at
once gain nothing. The counters stand in the database: all nodes share them.
"""

from __future__ import annotations

import ipaddress
from typing import Final

import msgspec

from gatelodge.base.clock import DAY, HOUR, MINUTE
from gatelodge.base.encoding import digest_of
from gatelodge.model.writes import DrawToken, ForgiveTries, GiveToken, TakeTry


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``most`` in ``window`` milliseconds, counted from the first of them."""

    name: str
    most: int
    window: int = HOUR


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """``most`` at once, and one more every ``rate`` milliseconds."""

    name: str
    most: int
    rate: int


PASSWORD: Final = Bound(name="password", most=10, window=30 * DAY)
"""Wrong passwords for one account from one network (contract 2.4)."""
VELOCITY: Final = Bucket(name="sign-ins", most=20, rate=6_000)
"""Sign-ins to one account from one network, right or wrong (contract 2.4)."""
BLOCK_TOLD: Final = Bound(name="password, told", most=1)
"""Log lines and mails about one block."""
RESET: Final = Bucket(name="reset", most=10, rate=MINUTE)
"""Reset links that one network asks for one address (contract 3.13)."""
RESET_TO: Final = Bound(name="reset, to", most=10)
"""Reset links to one address, whoever asks."""
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


def take(bound: Bound, *subject: str, now: int, user_id: str | None = None) -> TakeTry:
    """To be committed first; lost where the tries of this subject are used up.

    ``user_id``: whose new password forgives them.
    """
    return TakeTry(
        key=_key(bound, subject),
        most=bound.most,
        at=now,
        until=now + bound.window,
        subject=user_id,
    )


def forgive(bound: Bound, *subject: str) -> ForgiveTries:
    """All tries are there again: the subject has proven itself."""
    return ForgiveTries(key=_key(bound, subject))


def draw(bucket: Bucket, *subject: str, now: int) -> DrawToken:
    """As ``take``, from a bucket."""
    return DrawToken(
        key=_key(bucket, subject),
        at=now,
        rate=bucket.rate,
        slack=(bucket.most - 1) * bucket.rate,
    )


def give_back(bucket: Bucket, *subject: str) -> GiveToken:
    """What was drawn does not count after all."""
    return GiveToken(key=_key(bucket, subject), rate=bucket.rate)


def network_of(ip: str) -> str:
    """Whom an address counts as: whoever has one of IPv6 has all of its /64."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:  # none is known: behind a socket of this machine
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def listed(ip: str, allowlist: tuple[str, ...]) -> bool:
    """Whether this address is in one of these networks."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(one, strict=False) for one in allowlist)


def _key(bound: Bound | Bucket, subject: tuple[str, ...]) -> str:
    return digest_of("\x00".join(("bound", bound.name, *subject)))
