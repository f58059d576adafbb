"""Mail leaves by SMTP, at least once; what fails is tried again, then given up."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlsplit

from gatelodge.base.change import Write
from gatelodge.base.clock import MINUTE
from gatelodge.house import House
from gatelodge.mail.message import Unreadable, compose, opened
from gatelodge.mail.smtp import MailRefused, Smtp
from gatelodge.model.key import Outgoing
from gatelodge.model.reads import DueMail
from gatelodge.model.writes import MailFailed, MailSent

_log: Final = logging.getLogger("gatelodge.mail")
_MOST_TRIES: Final = 8
_LONGEST_ERROR: Final = 300


async def send_due(house: House, smtp: Smtp, *, sender: str | None) -> None:
    """Hand over what is due; the caller holds the lease."""
    for mail in await house.store.read(DueMail(now=house.clock.now())):
        await house.store.commit((await _send(house, smtp, mail, sender),))


async def _send(house: House, smtp: Smtp, mail: Outgoing, sender: str | None) -> Write:
    """One mail's end, whatever it is: none may hold up those behind it."""
    now = house.clock.now()
    host = urlsplit(house.issuer).hostname or "localhost"
    origin = (
        house.snapshot.catalogue.settings.mail.sender or sender or f"no-reply@{host}"
    )
    try:
        message = opened(mail.sealed, house.sealer)
        await smtp.send(compose(message, sender=origin, domain=host, at=now))
    except Unreadable as error:
        _log.warning("mail %s not sent: %s", mail.id, error)
        return _failed(mail, str(error), now, final=True)
    except MailRefused as error:
        _log.warning("mail %s not sent: %s", mail.id, error)
        return _failed(mail, str(error), now, final=error.final)
    except Exception as error:  # noqa: BLE001 - the last resort: log, answer, live on
        _log.exception("mail %s not sent", mail.id)
        return _failed(mail, type(error).__name__, now, final=False)
    return MailSent(mail_id=mail.id, sent_at=now)


def _failed(mail: Outgoing, error: str, now: int, *, final: bool) -> MailFailed:
    tries = mail.tries + 1
    ended = final or tries >= _MOST_TRIES
    return MailFailed(
        mail_id=mail.id,
        tries=tries,
        due_at=now + MINUTE * 2**tries,
        failed_at=now if ended else None,
        error=error[:_LONGEST_ERROR],
    )
