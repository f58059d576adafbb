"""Rows that have ended go away; what must be told apart from unknown stays a while.

``KEPT`` is the one place that says how long the rows of each table stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.clock import DAY, HOUR
from gatelodge.base.ids import log_id
from gatelodge.house import House
from gatelodge.model.writes import (
    SweepCodes,
    SweepExpiredFamilies,
    SweepJtis,
    SweepLog,
    SweepMail,
    SweepRevokedFamilies,
    SweepSessions,
    SweepTickets,
)

_MONTH: Final = 30 * DAY
_MOST: Final = 5_000
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
        "lease": "one row for each duty",
        "log": "`log_retention_days` (30; 0 keeps it for ever)",
        "outgoing": "30 days after it was written",
        "password": _WITH_PERSON,
        "refresh_family": "30 days after it was ended, or after its absolute end",
        "role": _CONFIGURATION,
        "schema_step": "one row for each migration",
        "seen_jti": "until its end",
        "session": "30 days after its absolute end",
        "setting": _CONFIGURATION,
        "signing_key": "for ever, revoked ones too",
        "ticket": "30 days after its end",
        "user_account": "until it is deleted",
        "user_permission": _WITH_PERSON,
        "user_role": _WITH_PERSON,
    }
)


async def sweep(house: House) -> None:
    """Remove what ``KEPT`` says has been kept long enough.

    Families and log lines go so many at a time: there may be millions, and people sign
    in meanwhile.
    """
    now = house.clock.now()
    settings = house.snapshot.catalogue.settings
    due: list[Write] = [
        SweepCodes(before=now - HOUR),
        SweepTickets(before=now - _MONTH),
        SweepMail(before=now - _MONTH),
        SweepSessions(before=now - _MONTH),
        SweepJtis(before=now),
        SweepExpiredFamilies(before=now - _MONTH, most=_MOST),
        SweepRevokedFamilies(before=now - _MONTH, most=_MOST),
    ]
    if settings.log_retention_days:
        oldest = now - settings.log_retention_days * DAY
        due.append(SweepLog(below=log_id(oldest, b""), most=_MOST))
    await house.store.commit(tuple(due))
