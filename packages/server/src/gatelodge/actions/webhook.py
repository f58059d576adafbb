"""A webhook: the event is posted, signed, and commands come back.

The signature is that of the Standard Webhooks: HMAC-SHA-256 over id, time and body, so
that a receiver can refuse what is old or has been there before.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any, Final

import msgspec

from gatelodge.actions.failure import ActionFailed
from gatelodge.outbound import FetchRefused, Outbound

LARGEST_ANSWER: Final = 131_072
_PREFIX: Final = "whsec_"
_OK, _EMPTY = 200, 204


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    commands: msgspec.Raw = msgspec.Raw(b"[]")


async def post(
    outbound: Outbound,
    url: str,
    body: bytes,
    *,
    message_id: str,
    at: int,
    secret: str,
    seconds: float,
) -> bytes:
    """Post ``body`` and return the commands, a JSON list; ``at`` in milliseconds.

    Raises:
        ActionFailed: no answer, or another than 200 with commands, or 204.
    """
    headers = {
        "accept": "application/json",
        "content-type": "application/json",
        "user-agent": "gatelodge",
        **signature(body, message_id=message_id, at=at, secret=secret),
    }
    try:
        answer = await outbound.call(
            "POST",
            url,
            headers=headers,
            body=body,
            largest=LARGEST_ANSWER,
            seconds=seconds,
        )
    except FetchRefused as error:
        raise ActionFailed(f"no answer came: {error}") from error
    if answer.status == _EMPTY:
        return b"[]"
    if answer.status != _OK:
        raise ActionFailed(f"answered with status {answer.status}")
    try:
        return bytes(msgspec.json.decode(answer.body, type=_Body).commands)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ActionFailed("the answer is not a JSON object with commands") from error


def signature(body: bytes, *, message_id: str, at: int, secret: str) -> dict[str, Any]:
    """The three headers that prove who sent this, and when."""
    seconds = str(at // 1000)
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    digest = hmac.digest(key_of(secret), signed, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def key_of(secret: str) -> bytes:
    """The key: what follows ``whsec_`` is base64, any other text stands for itself."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
