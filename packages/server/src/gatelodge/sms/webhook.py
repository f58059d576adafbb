"""Texts by a webhook of one's own: JSON, signed as Standard Webhooks says.

The receiver checks ``webhook-signature`` over ``id.timestamp.body``, and hands the text
to whatever network it likes. The id is that of the text: a retry has the same one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final

import msgspec

from gatelodge.base.errors import Mistake
from gatelodge.base.secret import Secret
from gatelodge.outbound import FetchRefused, Outbound
from gatelodge.sms.message import Message, TextRefused

_PREFIX: Final = "whsec_"
_LEAST_KEY: Final = 16
_LARGEST: Final = 65_536
_OK: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_TRY_AGAIN: Final = frozenset({401, 408, 409, 425, 429})


class Webhook:
    """Posts texts to one address."""

    def __init__(
        self, url: str, *, key: Secret, origin: str | None, outbound: Outbound
    ) -> None:
        self._url = url
        self._key = key
        self._origin = origin
        self._outbound = outbound

    async def send(self, message: Message, *, at: int) -> None:
        """Post one text.

        Raises:
            TextRefused: it was not taken.
        """
        said = {"to": message.recipient, "from": self._origin, "text": message.text}
        body = msgspec.json.encode({k: v for k, v in said.items() if v is not None})
        seconds = str(at // 1000)
        headers = {
            "content-type": "application/json",
            "user-agent": "gatelodge",
            "webhook-id": message.id,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(
                self._key, message.id, seconds=seconds, body=body
            ),
        }
        try:
            answer = await self._outbound.call(
                "POST", self._url, headers=headers, body=body, largest=_LARGEST
            )
        except FetchRefused as error:
            raise TextRefused(f"the webhook: {error}", final=False) from None
        if answer.status not in _OK:
            final = answer.status in _REFUSED and answer.status not in _TRY_AGAIN
            raise TextRefused(f"the webhook answered {answer.status}", final=final)


def key_of(secret: Secret) -> Secret:
    """The bytes that sign, as base64: ``whsec_`` and base64, or any text.

    Raises:
        Mistake: it is too short to sign with.
    """
    text = secret.reveal()
    raw = text.encode()
    if text.startswith(_PREFIX):
        try:
            raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            raise Mistake("sms_secret is not whsec_ and base64") from None
    if len(raw) < _LEAST_KEY:
        raise Mistake(f"sms_secret is shorter than {_LEAST_KEY} bytes")
    return Secret(base64.b64encode(raw).decode())


def signature(key: Secret, message_id: str, *, seconds: str, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 in base64."""
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    mac = hmac.digest(base64.b64decode(key.reveal()), signed, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"
