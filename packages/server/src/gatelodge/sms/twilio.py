"""Texts by Twilio's Messages API, version 2010-04-01."""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from gatelodge.base.secret import Secret
from gatelodge.outbound import FetchRefused, Outbound
from gatelodge.sms.message import Message, TextRefused

_LARGEST: Final = 65_536
_OK: Final = range(200, 300)
_TRY_AGAIN: Final = frozenset({401, 408, 429})
_REFUSED: Final = range(400, 500)
_SERVICE: Final = "MG"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account, and where the API is."""

    base: str
    sid: str
    token: Secret


class Twilio:
    """Hands texts to Twilio; ``origin`` is a number, a name or a messaging service."""

    def __init__(self, account: Account, *, origin: str, outbound: Outbound) -> None:
        sid = quote(account.sid, safe="")
        self._url = f"{account.base}/2010-04-01/Accounts/{sid}/Messages.json"
        pair = f"{account.sid}:{account.token.reveal()}".encode()
        self._basic = Secret(f"Basic {base64.b64encode(pair).decode()}")
        self._origin = origin
        self._outbound = outbound

    async def send(self, message: Message, *, at: int) -> None:  # noqa: ARG002 - a port
        """Hand one text over; Twilio does not know retries, so one may come twice.

        Raises:
            TextRefused: it was not taken.
        """
        service = self._origin.startswith(_SERVICE)
        form = {
            "To": message.recipient,
            "MessagingServiceSid" if service else "From": self._origin,
            "Body": message.text,
        }
        headers = {
            "accept": "application/json",
            "authorization": self._basic.reveal(),
            "content-type": "application/x-www-form-urlencoded",
        }
        try:
            answer = await self._outbound.call(
                "POST",
                self._url,
                headers=headers,
                body=urlencode(form).encode(),
                largest=_LARGEST,
            )
        except FetchRefused as error:
            raise TextRefused(f"Twilio: {error}", final=False) from None
        if answer.status not in _OK:
            final = answer.status in _REFUSED and answer.status not in _TRY_AGAIN
            raise TextRefused(_reason(answer.status, answer.body), final=final)


def _reason(status: int, body: bytes) -> str:
    """Twilio's number of the error: its words may repeat the recipient."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return f"Twilio answered {status}"
    code = said.get("code")
    return f"Twilio answered {status}, error {code if isinstance(code, int) else '?'}"
