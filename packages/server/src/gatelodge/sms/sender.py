"""Which way texts leave, as the configuration's one URL says."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from gatelodge.base.errors import Mistake
from gatelodge.base.secret import Secret
from gatelodge.outbound import Outbound
from gatelodge.sms.message import Sender
from gatelodge.sms.twilio import Account, Twilio
from gatelodge.sms.webhook import Webhook, key_of

_TWILIO = {"twilio": "https", "twilio+http": "http"}


def sender_of(
    url: str, *, origin: str | None, secret: Secret | None, outbound: Outbound
) -> Sender:
    """The sender that ``url`` names; ``origin`` is the number or name texts come from.

    Raises:
        Mistake: the configuration is not complete.
    """
    parts = urlsplit(url)
    if parts.scheme in ("https", "http") and parts.hostname:
        if secret is None:
            raise Mistake("sms is a webhook: set sms_secret, which signs what is sent")
        return Webhook(url, key=key_of(secret), origin=origin, outbound=outbound)
    if parts.scheme not in _TWILIO or not parts.hostname:
        raise Mistake("sms must be https://… or twilio://SID:TOKEN@api.twilio.com")
    if not parts.username or not parts.password or not origin:
        raise Mistake("sms is twilio: give SID:TOKEN@ in it, and set sms_from")
    place = parts.netloc.rpartition("@")[2]
    account = Account(
        base=f"{_TWILIO[parts.scheme]}://{place}",
        sid=unquote(parts.username),
        token=Secret(unquote(parts.password)),
    )
    return Twilio(account, origin=origin, outbound=outbound)
