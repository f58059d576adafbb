"""How often to ask again when an answer is lost: bounded, with growing pauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .errors import Unreachable
from .steps import Answer, Flow, Pause, send

_TOO_MANY = 429
_SERVER_FAILED = 500
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


def patiently(
    url: str,
    form: Mapping[str, str] | None = None,
    *,
    attempts: int,
    repeatable: bool = True,
) -> Flow[Answer]:
    """Send until there is an answer, at most ``attempts`` times.

    The pause before try n is 0.5 · 2ⁿ⁻¹ seconds, or what the server asks for, at most
    30. A request that may not be ``repeatable`` (a code is used once, RFC 6749
    §4.1.2) is sent again only when it surely was not worked on: it never left, or it
    was answered with 429. Raises ``Unreachable``.
    """
    lost = Unreachable("No attempt was made.", sent=False)
    asked_pause = 0.0
    for attempt in range(attempts):
        if attempt:
            yield Pause(
                max(_FIRST_PAUSE * 2 ** (attempt - 1), min(asked_pause, _LONGEST_PAUSE))
            )
        try:
            answer = yield from send(url, form)
        except Unreachable as again:
            lost, asked_pause = again, 0.0
            if again.sent and not repeatable:
                raise
            continue
        if answer.status != _TOO_MANY and answer.status < _SERVER_FAILED:
            return replace(answer, tries=attempt + 1)
        asked_pause = answer.retry_after
        lost = Unreachable(f"The provider answers with status {answer.status}.")
        if answer.status != _TOO_MANY and not repeatable:
            raise lost
    raise lost
