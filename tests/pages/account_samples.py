"""Contexts of the account's pages and mails: one minimal, one full for each."""

from __future__ import annotations

from tests.pages.passkey_samples import PASSKEY

_HOURS = {"text_id": "ago.hours", "params": {"n": 3}}
_DAYS = {"text_id": "ago.days", "params": {"n": 12}}
_NOW = {"text_id": "ago.now"}
_RULES = [{"text_id": "rule.length", "params": {"n": 8}}]
_VALUES = {
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "nickname": "ada",
    "phone": "+4930123456",
    "picture": "https://example.com/ada.png",
}

_APP = {
    "enrolment": "sealed",
    "qr": "otpauth://totp/Gatelodge:ada?secret=ABCD",
    "secret": "ABCD EFGH",
}


def _own(section: str, **more: object) -> dict[str, object]:
    base = {
        "action": f"/account/{section}",
        "who": "sid-1",
        "user_label": "ada@example.com",
    }
    return {**base, **more}


def _full(section: str, **more: object) -> dict[str, object]:
    said = {"done": "done.profile", "error": "error.unexpected", "errors": {}}
    return _own(section, **{**said, **more})


MINIMAL: dict[str, dict[str, object]] = {
    "keep_account": {
        "action": "/u/keep-account",
        "state": "sealed.state",
        "user_email": "ada@example.com",
        "client_name": "Timesheets",
    },
    "change_email": {
        "action": "/u/change-email",
        "ticket": "tk",
        "email": "a@b.example",
    },
    "change_email_done": {},
    "change_email_failed": {},
    "account_home": _own("home"),
    "account_profile": _own("profile", values=dict.fromkeys(_VALUES, "")),
    "account_email": _own("email", email="ada@example.com"),
    "account_password": _own("password", email="ada@example.com"),
    "account_security": _own("security"),
    "account_authenticator": _own("authenticator", **_APP),
    "account_passkey": _own("passkey", passkey=PASSKEY),
    "account_recovery": _own("recovery", code="ABCD EFGH"),
    "account_identities": _own("identities"),
    "account_devices": _own("devices"),
    "account_apps": _own("apps"),
    "account_data": _own("data"),
    "account_delete": _own("delete"),
    "account_leaving": {},
}

PAGES: dict[str, dict[str, object]] = {
    "keep_account": {
        **MINIMAL["keep_account"],
        "client_logo": "/branding/client/logo",
        "days": 9,
        "error": None,
    },
    "change_email": MINIMAL["change_email"],
    "change_email_done": MINIMAL["change_email_done"],
    "change_email_failed": MINIMAL["change_email_failed"],
    "account_home": _full(
        "home",
        user_name="Ada Lovelace",
        sections=[
            {
                "title": f"section.{name}.title",
                "lead": f"section.{name}.lead",
                "href": f"/account/{name}",
            }
            for name in [
                "profile",
                "email",
                "password",
                "security",
                "devices",
                "delete",
            ]
        ],
    ),
    "account_profile": _full(
        "profile",
        values=_VALUES,
        errors={"phone": "error.phone_invalid"},
        refreshed=True,
    ),
    "account_email": _full(
        "email",
        email="ada@example.com",
        verified=False,
        typed="ada@new.example",
        errors={"email": "error.email_same"},
        mailbox_url="/mailbox",
    ),
    "account_password": _full(
        "password",
        email="ada@example.com",
        has_password=True,
        rules=_RULES,
        errors={"current": "error.wrong_password"},
    ),
    "account_security": _full(
        "security",
        add_url="/account/authenticator",
        passkey_url="/account/passkey",
        factors=[
            {
                "id": "passkey|dev_1",
                "kind": "own_factor.passkey",
                "name": "My phone",
                "used": _HOURS,
                "renamable": True,
            },
            {
                "id": "recovery|dev_2",
                "kind": "own_factor.recovery",
                "name": None,
                "used": None,
                "renamable": False,
            },
        ],
    ),
    "account_authenticator": _full("authenticator", **_APP),
    "account_passkey": _full("passkey", passkey=PASSKEY),
    "account_recovery": _full("recovery", code="ABCD EFGH"),
    "account_identities": _full(
        "identities",
        error={"text_id": "error.identity_taken", "params": {"provider": "GitHub"}},
        identities=[
            {
                "id": "auth0|1",
                "icon": None,
                "label": None,
                "person": "ada@example.com",
                "own": True,
            },
            {
                "id": "github|2",
                "icon": "github",
                "label": "GitHub",
                "person": "ada",
                "own": False,
            },
        ],
        connections=[{"name": "apple", "label": "Apple", "connection": "apple"}],
    ),
    "account_devices": _full(
        "devices",
        others=2,
        devices=[
            {
                "key": "s.1",
                "browser": "Firefox",
                "system": "Linux",
                "apps": ["Timesheets", "Rota"],
                "ip": "192.0.2.7",
                "seen": _NOW,
                "here": True,
            },
            {
                "key": "s.2",
                "browser": "Chrome",
                "system": "Android",
                "apps": (),
                "ip": "2001:db8::7",
                "seen": _DAYS,
                "here": False,
            },
            {
                "key": "f.3",
                "browser": None,
                "system": None,
                "apps": (),
                "ip": "",
                "seen": _HOURS,
                "here": False,
            },
        ],
    ),
    "account_apps": _full(
        "apps",
        allowances=[
            {
                "name": "n1",
                "client": "Timesheets",
                "logo": "/branding/client-logo?client_id=1",
                "api": "Timesheets API",
                "given": _DAYS,
                "scopes": [
                    {"text_id": "scope.profile", "description": "profile"},
                    {"text_id": None, "description": "Read your timesheets"},
                ],
            },
        ],
    ),
    "account_data": _full("data"),
    "account_delete": _full(
        "delete", days=14, errors={"confirm": "error.delete_typed"}
    ),
    "account_leaving": {"days": 14},
}

MAILS: dict[str, dict[str, object]] = {
    "change_email": {
        "url": "https://id.example.com/u/change-email?ticket=tk",
        "minutes": 60,
        "user_name": "Ada",
    },
    "email_changed": {"user_name": "Ada"},
    "account_leaving": {"user_name": "Ada", "days": 14},
}
