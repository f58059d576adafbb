"""What pages are given that speak with authenticators."""

from __future__ import annotations

from collections.abc import Mapping

PASSKEY = {
    "action": "/u/passkey/login",
    "challenge": "sealed.challenge",
    "options": '{"challenge":"AAAA","rpId":"localhost"}',
    "button": True,
    "autofill": True,
}
OFFER_MINIMAL: dict[str, object] = {
    "action": "/u/passkey",
    "state": "sealed.state",
    "passkey": PASSKEY,
    "user_email": "ada@example.com",
}
OFFER: dict[str, object] = {
    **OFFER_MINIMAL,
    "client_name": "Timesheets",
    "client_logo": "/branding/client/logo",
    "error": "error.passkey_failed",
}


def scripts(name: str, context: Mapping[str, object]) -> int:
    """How many scripts a page has: its own, or the one that asks authenticators."""
    return 1 if name == "form_post" or context.get("passkey") else 0
