"""Texts leave, at least once; what fails is tried again while its code lives."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.clock import SECOND
from gatelodge.house import House
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import DueTexts
from gatelodge.model.writes import MailFailed, MailSent
from gatelodge.sms.message import Sender, TextRefused, Unreadable, opened

_log: Final = logging.getLogger("gatelodge.sms")
_FIRST_PAUSE: Final = 2 * SECOND
_LONGEST_ERROR: Final = 300


async def send_due(house: House, sender: Sender) -> None:
    """Hand over what is due, side by side: a person waits for each."""
    due = await house.store.read(DueTexts(now=house.clock.now()))
    await asyncio.gather(*(_one(house, sender, text) for text in due))


async def _one(house: House, sender: Sender, text: Outgoing) -> None:
    await house.store.commit((await _send(house, sender, text),))


async def _send(house: House, sender: Sender, text: Outgoing) -> Write:
    """One text's end, whatever it is: none may hold up the others."""
    now = house.clock.now()
    try:
        message = opened(text.sealed, house.sealer)
        if message.until <= now:
            return _failed(text, "its code has ended", now, final=True)
        await sender.send(message, at=now)
    except Unreadable as error:
        return _failed(text, str(error), now, final=True)
    except TextRefused as error:
        return _failed(text, str(error), now, final=error.final)
    except Exception as error:  # noqa: BLE001 - the last resort: log, answer, live on
        _log.exception("text %s not sent", text.id)
        return _failed(text, type(error).__name__, now, final=True)
    return MailSent(mail_id=text.id, sent_at=now)


def _failed(text: Outgoing, error: str, now: int, *, final: bool) -> MailFailed:
    """Soon, then twice as late each time; the end of its code is the end of it."""
    _log.warning("text %s not sent: %s", text.id, error)
    tries = text.tries + 1
    return MailFailed(
        mail_id=text.id,
        tries=tries,
        due_at=now + _FIRST_PAUSE * 2**tries,
        failed_at=now if final else None,
        error=error[:_LONGEST_ERROR],
    )
