"""Lines of the tenant log as writes, so that the audit cannot be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.ids import log_id
from gatelodge.base.text import printable
from gatelodge.model.log import LogLine
from gatelodge.model.writes import AppendLog
from gatelodge.oauth.outcome import Run, spoken

LOG_BYTES = 6
FAILED_ACTIONS = "actions_execution_failed"
_FAILED_LINE = 3


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


def noted(writes: Sequence[Write], run: Run) -> tuple[Write, ...]:
    """The same changes; the line of the sign-in, or else the first, names the actions.

    Without any line there is nothing to note it in.
    """
    lines = [write for write in writes if isinstance(write, AppendLog)]
    if not run.traces or not lines:
        return tuple(writes)
    main = next((one for one in lines if one.line.type == "s"), lines[0])
    details = {**main.line.details, "actions": spoken(run.traces)}
    told = AppendLog(line=msgspec.structs.replace(main.line, details=details))
    return tuple(told if write is main else write for write in writes)


def failed_actions(
    run: Run, who: Witness, *, client_id: str, user_id: str | None = None
) -> tuple[AppendLog, ...]:
    """The line about actions that failed, if any did."""
    failed = tuple(one for one in run.traces if one.error is not None)
    if not failed:
        return ()
    line = who.line(
        FAILED_ACTIONS,
        client_id=client_id,
        user_id=user_id,
        nth=_FAILED_LINE,
        description=", ".join(one.name for one in failed),
        actions=spoken(failed),
    )
    return (line,)
