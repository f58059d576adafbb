"""Letters become mails in the outbox, sealed, in the commit of what caused them."""

from __future__ import annotations

import msgspec

from gatelodge.base.encoding import b64url
from gatelodge.base.exchange import Exchange
from gatelodge.base.seal import NONCE_BYTES
from gatelodge.house import House
from gatelodge.login.letter import Letter
from gatelodge.mail.message import PURPOSE, Message
from gatelodge.model.key import Outgoing
from gatelodge.model.writes import QueueMail
from gatelodge.pages.locales import choose
from gatelodge.pages.looks import theme_of

_ID_BYTES = 12


def queue(
    house: House, exchange: Exchange, letters: tuple[Letter, ...]
) -> tuple[QueueMail, ...]:
    """Render each letter in the reader's language and seal it for the outbox."""
    return tuple(_mail(house, exchange, letter) for letter in letters)


def _mail(house: House, exchange: Exchange, letter: Letter) -> QueueMail:
    settings = house.snapshot.catalogue.settings
    locale = choose(
        None, exchange.headers.get("accept-language"), settings.enabled_locales
    )
    rendered = house.pages.mail(
        letter.name,
        context=letter.context,
        locale=locale,
        theme=theme_of(settings),
    )
    message = Message(
        recipient=letter.recipient,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
    now = house.clock.now()
    sealed = house.sealer.seal(
        msgspec.json.encode(message),
        purpose=PURPOSE,
        nonce=house.entropy.draw(NONCE_BYTES),
    )
    outgoing = Outgoing(
        id=b64url(house.entropy.draw(_ID_BYTES)),
        recipient=letter.recipient,
        sealed=sealed,
        created_at=now,
        due_at=now,
    )
    return QueueMail(mail=outgoing)
