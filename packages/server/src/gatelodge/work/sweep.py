"""Rows that have ended go away; what must be told apart from unknown stays a while.

``KEPT`` is the one place that says how long the rows of each table stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gatelodge.base.clock import DAY, HOUR
from gatelodge.base.encoding import b64url
from gatelodge.base.ids import log_id
from gatelodge.base.opaque import FAMILY_ID_BYTES
from gatelodge.house import House
from gatelodge.model.reads import SweepDue
from gatelodge.model.settings import Settings
from gatelodge.model.writes import Sweep, SweepIdleFamilies

_MONTH: Final = 30 * DAY
MOST: Final = 200
"""Rows in one commit: few enough that PostgreSQL finds each by its key. For a thousand
it rather reads a table of some hundred thousand rows from end to end."""
_ROUNDS: Final = 500
_CONFIGURATION: Final = "until an administrator deletes it"
_WITH_PERSON: Final = "as long as the person's account"
KEPT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api": _CONFIGURATION,
        "catalogue_version": "one row",
        "client": _CONFIGURATION,
        "client_grant": _CONFIGURATION,
        "client_key": "as long as its client",
        "client_secret": "as long as its client",
        "code": "an hour after its end, a minute after it was given",
        "connection": _CONFIGURATION,
        "consent": "until it is withdrawn, or the account or client is deleted",
        "identity": _WITH_PERSON,
        "factor": "as long as the person's account; a day if it was never proven",
        "lease": "one row for each duty",
        "log": "`log_retention_days` (30; 0 keeps it for ever)",
        "outgoing": "30 days after it was written",
        "password": _WITH_PERSON,
        "posted_answer": "until it is taken up, minutes at most",
        "refresh_family": "30 days after its end: idle, absolute, or revoked",
        "role": _CONFIGURATION,
        "saml_session": "until the absolute end of the session",
        "schema_step": "one row for each migration",
        "seen_jti": "until its end",
        "session": "30 days after its absolute end",
        "setting": _CONFIGURATION,
        "signing_key": "for ever, revoked ones too",
        "throttle": "until its end",
        "ticket": "30 days after its end",
        "user_account": "until it is deleted",
        "user_permission": _WITH_PERSON,
        "user_role": _WITH_PERSON,
    }
)


async def sweep(house: House) -> None:
    """Remove what ``KEPT`` says has been kept long enough.

    In small commits: there may be millions of rows, and people sign in meanwhile. What
    one run leaves, the next one takes.
    """
    now = house.clock.now()
    for what, before in _ends(house.snapshot.catalogue.settings, now):
        due = SweepDue(what=what, before=before)
        rounds = 0
        while rounds < _ROUNDS and await house.store.read(due):
            await house.store.commit((Sweep(what=what, before=before, most=MOST),))
            rounds += 1
    start = b64url(house.entropy.draw(FAMILY_ID_BYTES))
    idle = SweepIdleFamilies(start=start, before=now - _MONTH, most=MOST)
    await house.store.commit((idle,))


def _ends(settings: Settings, now: int) -> Iterator[tuple[str, int | str]]:
    """What is swept, and before which end."""
    yield "code", now - HOUR
    yield "seen_jti", now
    yield "saml_session", now
    yield "posted_answer", now
    yield "throttle", now
    yield "unconfirmed_factor", now - DAY
    month = ("ticket", "outgoing", "session", "expired_family", "revoked_family")
    yield from ((what, now - _MONTH) for what in month)
    if settings.log_retention_days:
        yield "log", log_id(now - settings.log_retention_days * DAY, b"")
