"""What each page and mail is given, and what its form sends back.

A context may leave out optional fields (they get the value shown here); a missing
required field or an unknown one is a mistake in our code and is said so at once.

Texts are named by their id in ``locales/*.toml``: a *text* is an id, or a mapping
``{"text_id": id, "params": {...}}`` where the text has placeholders. ``errors`` maps a
field of the form to a text. Links that are neither http(s), mailto nor a path of ours
are not rendered; ``app_url`` may have an app's own scheme.

What the forms send (all POST to ``action``, with ``state`` where it was given):

====================  ==========================================================
login                 username, password, passkey_ready; the cancel button sends
                      ``cancel=1``; to ``passkey.action``: credential, challenge
signup                email, password, username and name when asked; ``cancel=1``
passkey_offer         decision = later; to ``passkey.action``: credential, challenge
consent               decision = accept | deny | switch
confirm               decision = continue | cancel | switch
select_account        decision = continue | another
mfa                   factor, code, remember when ticked; ``send=1``; ``cancel=1``
mfa_enroll            phone, or enrolment and code; ``send=1``; ``cancel=1``
mfa_recovery          nothing but the state
keep_account          decision = keep | leave
change_email          ticket
account_*             who, and what the section asks; ``decision`` where it has several
forgot                email
reset                 ticket, password
unblock               ticket
verify_email          ticket
verify_email_failed   ticket when given, else email
logout_confirm        decision = logout | stay
passwordless          username, connection; ``cancel=1``
passwordless_code     asked, code; the button for another one sends ``again=1``
passwordless_link     ticket
====================  ==========================================================

``passkey``: action, challenge, options (JSON), button and autofill (bool). A page that
has one gets the script that speaks with authenticators, and sends ``passkey_ready=1``
where the browser could keep a passkey.

Items of lists: ``connections`` name, label, href · ``codes`` text, href · ``others``
label, href · ``kinds`` text_id, href · ``scopes`` value, description, text_id ·
``password_rules`` and ``rules`` texts · ``way_on`` text_id, href ·
``sections`` title, lead, href · ``factors`` id, kind, name, used, renamable ·
``identities`` id, icon, label, person, own · ``devices`` key, browser, system, apps,
ip, seen, here · ``allowances`` name, client, logo, api, given, scopes · ``stores``
label, href · ``messages`` subject, to, at, href, is_text · ``details`` error,
error_description, trace_id (each may be None or absent).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatelodge.base.errors import Mistake


class Fields(msgspec.Struct, frozen=True):
    """The fields of one page: those it needs, and the others with their defaults."""

    required: tuple[str, ...] = ()
    optional: Mapping[str, object] = {}

    def complete(self, name: str, context: Mapping[str, object]) -> dict[str, object]:
        """Fill in the defaults; raises ``Mistake`` on a missing or unknown field."""
        missing = [key for key in self.required if key not in context]
        unknown = [key for key in context if key not in self.known]
        if missing or unknown:
            raise Mistake(f"page {name}: missing {missing}, unknown {unknown}")
        return {**self.optional, **context}

    @property
    def known(self) -> frozenset[str]:
        """All names this page understands."""
        return frozenset(self.required) | frozenset(self.optional)


_CLIENT: Final[Mapping[str, object]] = {"client_name": None, "client_logo": None}
_TYPED: Final[Mapping[str, object]] = {
    "error": None,
    "errors": {},
    "back_url": None,
    "state": None,
}

_OWN: Final = ("action", "who", "user_label")
_SAID: Final[Mapping[str, object]] = {"done": None, "error": None, "errors": {}}

PAGES: Final[Mapping[str, Fields]] = {
    "login": Fields(
        ("action", "state"),
        {
            **_CLIENT,
            **_TYPED,
            "login_hint": "",
            "usernames": False,
            "browser_url": None,
            "signup_url": None,
            "forgot_url": None,
            "passwords": True,
            "address_only": False,
            "connections": (),
            "codes": (),
            "passkey": None,
        },
    ),
    "signup": Fields(
        ("action", "state"),
        {
            **_CLIENT,
            **_TYPED,
            "email": "",
            "given": {},
            "asks_username": False,
            "asks_name": False,
            "password_rules": (),
            "login_url": None,
            "terms": True,
            "passkey": None,
        },
    ),
    "passkey_offer": Fields(
        ("action", "state", "passkey", "user_email"), {**_CLIENT, "error": None}
    ),
    "consent": Fields(
        ("action", "state", "client_name", "user_email", "scopes"),
        {"client_logo": None, "audience_name": None, "error": None},
    ),
    "confirm": Fields(
        ("action", "state", "client_name", "user_email"),
        {"client_logo": None, "host": None, "scheme": None, "error": None},
    ),
    "select_account": Fields(
        ("action", "state", "user_email"),
        {**_CLIENT, "user_name": None, "error": None},
    ),
    "mfa": Fields(
        ("action", "state", "user_email", "factor", "lead"),
        {
            **_CLIENT,
            "asks_code": True,
            "passkey": None,
            "recovery": False,
            "can_send": False,
            "remember_days": 0,
            "others": (),
            "browser_url": None,
            "error": None,
        },
    ),
    "mfa_enroll": Fields(
        ("action", "state", "user_email", "lead"),
        {
            **_CLIENT,
            "browser_url": None,
            "kinds": (),
            "enrolment": None,
            "qr": None,
            "secret": None,
            "asks_code": False,
            "passkey": None,
            "asks_number": False,
            "phone": "",
            "errors": {},
            "can_send": False,
            "choose_url": None,
            "error": None,
        },
    ),
    "mfa_recovery": Fields(("action", "state", "code"), {**_CLIENT, "used": False}),
    "forgot": Fields(("action",), {**_TYPED, "email": "", "login_url": None}),
    "forgot_sent": Fields(
        ("email",), {"forgot_url": None, "login_url": None, "mailbox_url": None}
    ),
    "reset": Fields(("action", "ticket"), {**_TYPED, "email": None, "rules": ()}),
    "reset_done": Fields((), {"app_url": None, "client_name": None, "login_url": None}),
    "ticket_expired": Fields(("forgot_url",), {"login_url": None}),
    "unblock": Fields(("action", "ticket", "email"), {"forgot_url": None}),
    "unblock_done": Fields((), {"app_url": None, "client_name": None}),
    "verify_email": Fields(("action", "ticket", "email")),
    "verify_email_done": Fields((), {"app_url": None, "client_name": None}),
    "verify_email_failed": Fields(
        ("action",),
        {**_TYPED, "ticket": None, "email": "", "sent": False, "mailbox_url": None},
    ),
    "error": Fields(
        ("title", "text"),
        {
            "details": {},
            "way_on": (),
            "form": None,
            "client_name": None,
            "params": {},
        },
    ),
    "session_expired": Fields((), {"restart_url": None, "client_name": None}),
    "logged_out": Fields((), {"client_name": None, "app_url": None, "login_url": None}),
    "logout_confirm": Fields(
        ("action",), {"state": None, "client_name": None, "user_email": None}
    ),
    "logout_apps": Fields(
        ("client_name", "again_url", "skip_url"), {"forward_url": None}
    ),
    "return_to_app": Fields(
        ("client_name", "app_url"),
        {"client_logo": None, "stores": (), "restart_url": None},
    ),
    "keep_account": Fields(
        ("action", "state", "user_email", "client_name"),
        {"client_logo": None, "days": 1, "error": None},
    ),
    "change_email": Fields(("action", "ticket", "email")),
    "change_email_done": Fields(),
    "change_email_failed": Fields(),
    "account_home": Fields(_OWN, {**_SAID, "user_name": None, "sections": ()}),
    "account_profile": Fields(
        (*_OWN, "values"), {**_SAID, "errors": {}, "refreshed": False}
    ),
    "account_email": Fields(
        (*_OWN, "email"),
        {**_SAID, "errors": {}, "verified": True, "typed": "", "mailbox_url": None},
    ),
    "account_password": Fields(
        (*_OWN, "email"), {**_SAID, "errors": {}, "has_password": True, "rules": ()}
    ),
    "account_security": Fields(
        _OWN, {**_SAID, "factors": (), "add_url": None, "passkey_url": None}
    ),
    "account_passkey": Fields((*_OWN, "passkey"), _SAID),
    "account_authenticator": Fields((*_OWN, "enrolment", "qr", "secret"), _SAID),
    "account_recovery": Fields((*_OWN, "code"), _SAID),
    "account_identities": Fields(_OWN, {**_SAID, "identities": (), "connections": ()}),
    "account_devices": Fields(_OWN, {**_SAID, "devices": (), "others": 0}),
    "account_apps": Fields(_OWN, {**_SAID, "allowances": ()}),
    "account_data": Fields(_OWN, _SAID),
    "account_delete": Fields(_OWN, {**_SAID, "errors": {}, "days": 0}),
    "account_leaving": Fields((), {"days": 0}),
    "form_post": Fields(("action", "fields"), {"client_name": None, "onward": False}),
    "passwordless": Fields(
        ("action", "state", "by"),
        {
            **_CLIENT,
            **_TYPED,
            "connection": None,
            "address": "",
            "login_url": None,
            "cancels": False,
        },
    ),
    "passwordless_code": Fields(
        ("action", "state", "asked", "address", "again_url"),
        {
            **_CLIENT,
            **_TYPED,
            "by": "email",
            "by_link": False,
            "sent_again": False,
            "mailbox_url": None,
        },
    ),
    "passwordless_link": Fields(
        ("action", "ticket", "address"), {**_CLIENT, "error": None}
    ),
    "passwordless_link_failed": Fields(
        (), {"other_browser": False, "restart_url": None, "client_name": None}
    ),
    "mailbox": Fields(("messages",), {"address": None}),
    "mailbox_message": Fields(
        ("subject", "to", "text"),
        {"at": None, "mailbox_url": "/mailbox", "is_text": False},
    ),
    "home": Fields(
        ("issuer", "discovery_url"),
        {"docs_url": None, "mailbox_url": None, "version": None},
    ),
}

MAILS: Final[Mapping[str, Fields]] = {
    "verify_email": Fields(("url",), {"minutes": None, "user_name": None}),
    "reset_password": Fields(("url", "minutes"), {"user_name": None}),
    "blocked_account": Fields(("url",), {"user_name": None}),
    "mfa_code": Fields(("code", "minutes"), {"user_name": None}),
    "password_changed": Fields((), {"user_name": None, "forgot_url": None}),
    "login_code": Fields(("code", "minutes"), {"user_name": None}),
    "login_link": Fields(("url", "minutes"), {"user_name": None}),
    "change_email": Fields(("url", "minutes"), {"user_name": None}),
    "email_changed": Fields((), {"user_name": None}),
    "account_leaving": Fields((), {"user_name": None, "days": 0}),
    "passkey_added": Fields(("url",), {"user_name": None}),
    "passkey_removed": Fields(("url",), {"user_name": None}),
}
