"""Lines of the tenant log as writes, so that the audit cannot be forgotten."""

from __future__ import annotations

from typing import Any

import msgspec

from gatelodge.base.ids import log_id
from gatelodge.base.text import printable
from gatelodge.model.log import LogLine
from gatelodge.model.writes import AppendLog

LOG_BYTES = 6


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked and when: what every log line of one request shares.

    ``raw`` are pre-drawn random bytes, at least ``LOG_BYTES`` for each line.
    """

    at: int
    ip: str
    agent: str
    raw: bytes

    def line(
        self,
        kind: str,
        *,
        client_id: str | None = None,
        user_id: str | None = None,
        connection_id: str | None = None,
        nth: int = 0,
        **details: Any,
    ) -> AppendLog:
        """One line of Auth0's ``type``; the ``nth`` of this request."""
        start = nth * LOG_BYTES
        line = LogLine(
            id=log_id(self.at, self.raw[start : start + LOG_BYTES]),
            type=kind,
            at=self.at,
            client_id=client_id,
            user_id=user_id,
            connection_id=connection_id,
            ip=self.ip,
            agent=printable(self.agent, 400),
            details={key: value for key, value in details.items() if value is not None},
        )
        return AppendLog(line=line)
