"""All statements, by the question or the write they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gatelodge.base.change import Question, Write
from gatelodge.store import (
    sql_accounts,
    sql_config,
    sql_factors,
    sql_grants,
    sql_saml,
    sql_sessions,
    sql_sweep,
    sql_tickets,
    sql_users,
    sql_work,
)
from gatelodge.store.statement import Reading, Snapshot, Text

READINGS: Final[Mapping[type[Question[Any]], Reading | Snapshot]] = MappingProxyType(
    sql_config.READINGS
    | sql_users.READINGS
    | sql_accounts.READINGS
    | sql_sessions.READINGS
    | sql_grants.READINGS
    | sql_tickets.READINGS
    | sql_factors.READINGS
    | sql_work.READINGS
    | sql_saml.READINGS
    | sql_sweep.READINGS
)

WRITINGS: Final[Mapping[type[Write], Text]] = MappingProxyType(
    sql_config.WRITINGS
    | sql_users.WRITINGS
    | sql_accounts.WRITINGS
    | sql_sessions.WRITINGS
    | sql_grants.WRITINGS
    | sql_tickets.WRITINGS
    | sql_factors.WRITINGS
    | sql_work.WRITINGS
    | sql_saml.WRITINGS
    | sql_sweep.WRITINGS
)
