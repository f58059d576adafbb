"""Letters and texts go into the outbox, sealed, in the commit of what caused them."""

from __future__ import annotations

import msgspec

from gatelodge.base.clock import SECOND
from gatelodge.base.encoding import b64url
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.house import House
from gatelodge.login.letter import Letter, TextMessage
from gatelodge.mail import message as mails
from gatelodge.model.key import Outgoing
from gatelodge.model.writes import QueueMail
from gatelodge.pages.locales import choose
from gatelodge.pages.looks import theme_of
from gatelodge.sms import message as texts

_ID_BYTES = 12


def queue(
    house: House,
    exchange: Exchange,
    letters: tuple[Letter, ...],
    *,
    ui_locales: str | None = None,
) -> tuple[QueueMail, ...]:
    """Render each letter in the reader's language and seal it for the outbox.

    ``ui_locales``: the languages that the app asked for, before the browser's.
    """
    return tuple(_mail(house, exchange, letter, ui_locales) for letter in letters)


def queue_texts(
    house: House,
    exchange: Exchange,
    messages: tuple[TextMessage, ...],
    *,
    ui_locales: str | None = None,
) -> tuple[QueueMail, ...]:
    """The same for texts."""
    return tuple(_text(house, exchange, one, ui_locales) for one in messages)


def _mail(
    house: House, exchange: Exchange, letter: Letter, ui_locales: str | None
) -> QueueMail:
    rendered = house.pages.mail(
        letter.name,
        context=letter.context,
        locale=_locale(house, exchange, ui_locales),
        theme=theme_of(house.snapshot.catalogue.settings),
    )
    message = mails.Message(
        recipient=letter.recipient,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
    return _queued(house, letter.recipient, message, mails.PURPOSE, _drawn(house))


def _text(
    house: House, exchange: Exchange, text: TextMessage, ui_locales: str | None
) -> QueueMail:
    settings = house.snapshot.catalogue.settings
    words = house.pages.text(
        text.name,
        params={"code": text.code, "tenant": settings.friendly_name},
        own=text.own,
        locale=_locale(house, exchange, ui_locales),
    )
    message = texts.Message(
        id=_drawn(house),
        recipient=text.recipient,
        text=f"{words}\n\n@{text.host} #{text.code}" if text.host else words,
        until=house.clock.now() + text.lifetime * SECOND,
    )
    recipient = f"{texts.SCHEME}{text.recipient}"
    return _queued(house, recipient, message, texts.PURPOSE, message.id)


def _queued(
    house: House, recipient: str, message: msgspec.Struct, purpose: str, own_id: str
) -> QueueMail:
    now = house.clock.now()
    sealed = house.sealer.seal(
        msgspec.json.encode(message),
        purpose=purpose,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    outgoing = Outgoing(
        id=own_id, recipient=recipient, sealed=sealed, created_at=now, due_at=now
    )
    return QueueMail(mail=outgoing)


def _locale(house: House, exchange: Exchange, ui_locales: str | None) -> str:
    enabled = house.snapshot.catalogue.settings.enabled_locales
    return choose(ui_locales, exchange.headers.get("accept-language"), enabled)


def _drawn(house: House) -> str:
    return b64url(house.entropy.draw(_ID_BYTES))
