"""One minimal and one full context for every page and mail."""

from __future__ import annotations

from gatelodge.pages.theme import Theme
from tests.pages import account_samples

from .logout_samples import APPS, APPS_MINIMAL
from .mail_samples import MAILS
from .passkey_samples import OFFER, OFFER_MINIMAL, PASSKEY

__all__ = ["BARE", "FULL", "MAILS", "MINIMAL", "PAGES"]

BARE = Theme()
FULL = Theme(
    tenant_name="Riverside Works",
    logo_path="/branding/logo",
    accent="#0f766e",
    privacy_url="https://example.com/privacy",
    terms_url="https://example.com/terms",
    support_url="https://example.com/help",
    support_email="help@example.com",
)
_FORM = {"action": "/u/step", "state": "sealed.state"}
_CLIENT = {"client_name": "Timesheets", "client_logo": "/branding/client/logo"}
_RULES = [
    {"text_id": "rule.length", "params": {"n": 8}},
    {"text_id": "rule.three_of_four"},
    {"text_id": "rule.not_common", "params": {}},
]
_WAYS = [
    {"text_id": "way.restart", "href": "/authorize?client_id=c"},
    {"text_id": "way.back_to_app", "href": "com.example.app:/back?error=x"},
]

MINIMAL: dict[str, dict[str, object]] = {
    **account_samples.MINIMAL,
    "login": _FORM,
    "signup": _FORM,
    "consent": {
        **_FORM,
        "client_name": "Timesheets",
        "user_email": "ada@example.com",
        "scopes": [],
    },
    "confirm": {**_FORM, "client_name": "Timesheets", "user_email": "ada@example.com"},
    "select_account": {**_FORM, "user_email": "ada@example.com"},
    "mfa": {
        **_FORM,
        "user_email": "ada@example.com",
        "factor": "totp|dev_1",
        "lead": "factor.lead_totp",
    },
    "mfa_enroll": {
        **_FORM,
        "user_email": "ada@example.com",
        "lead": "factor.enroll_lead",
    },
    "mfa_recovery": {**_FORM, "code": "ABCD EFGH"},
    "passkey_offer": OFFER_MINIMAL,
    "forgot": {"action": "/u/forgot"},
    "forgot_sent": {"email": "ada@example.com"},
    "reset": {"action": "/u/reset", "ticket": "tk"},
    "reset_done": {},
    "ticket_expired": {"forgot_url": "/u/forgot"},
    "unblock": {
        "action": "/u/unblock",
        "ticket": "tk",
        "email": "ada@example.com",
    },
    "unblock_done": {},
    "verify_email": {"action": "/u/verify", "ticket": "tk", "email": "ada@example.com"},
    "verify_email_done": {},
    "verify_email_failed": {"action": "/u/verify"},
    "error": {"title": "problem.server.title", "text": "problem.server.text"},
    "session_expired": {},
    "logged_out": {},
    "logout_confirm": {"action": "/oidc/logout"},
    "logout_apps": APPS_MINIMAL,
    "return_to_app": {"client_name": "Timesheets", "app_url": "com.example.app:/cb"},
    "form_post": {"action": "https://app.example.com/cb", "fields": [("code", "c")]},
    "passwordless": {**_FORM, "by": "code"},
    "passwordless_code": {
        **_FORM,
        "asked": "sealed.asked",
        "address": "ada@example.com",
        "again_url": "/u/passwordless?state=sealed.state",
    },
    "passwordless_link": {
        "action": "/passwordless/verify-redirect",
        "ticket": "tk",
        "address": "ada@example.com",
    },
    "passwordless_link_failed": {},
    "mailbox": {"messages": []},
    "mailbox_message": {"subject": "Hello", "to": "ada@example.com", "text": "Hi"},
    "home": {
        "issuer": "http://localhost:8080/",
        "discovery_url": "/.well-known/openid-configuration",
    },
}

PAGES: dict[str, dict[str, object]] = {
    **account_samples.PAGES,
    "login": {
        **_FORM,
        **_CLIENT,
        "login_hint": "ada@example.com",
        "usernames": True,
        "passwords": True,
        "address_only": False,
        "browser_url": "https://id.example.com/authorize?client_id=c",
        "error": "error.wrong_credentials",
        "errors": {"password": "error.required"},
        "signup_url": "/u/signup?state=sealed.state",
        "forgot_url": "/u/forgot?state=sealed.state",
        "back_url": "com.example.app:/back?error=access_denied",
        "passkey": PASSKEY,
        "connections": [
            {"name": "github", "label": "GitHub", "href": "/u/go?c=github"},
            {"name": "acme", "label": "Acme", "href": "/u/go?c=acme"},
        ],
        "codes": [{"text": "way.by_sms", "href": "/u/passwordless?c=sms"}],
    },
    "signup": {
        **_FORM,
        **_CLIENT,
        "email": "ada@example",
        "given": {"username": "ada", "name": "Ada"},
        "asks_username": True,
        "asks_name": True,
        "error": "error.signup_failed",
        "errors": {"email": "error.email_invalid", "password": "error.password_weak"},
        "password_rules": _RULES,
        "login_url": "/u/login?state=sealed.state",
        "back_url": "/back",
        "passkey": True,
    },
    "passkey_offer": OFFER,
    "consent": {
        **_FORM,
        **_CLIENT,
        "user_email": "ada@example.com",
        "audience_name": "Timesheets API",
        "error": "error.unexpected",
        "scopes": [
            {
                "value": "profile",
                "description": None,
                "text_id": "scope.profile",
            },
            {
                "value": "read:timesheets",
                "description": "Read your timesheets",
                "text_id": None,
            },
            {"value": "create:timesheets", "description": "Add hours to them"},
            {"value": "approve:timesheets", "description": ""},
            {"value": "offline_access", "text_id": "scope.offline_access"},
        ],
    },
    "confirm": {
        **_FORM,
        **_CLIENT,
        "user_email": "ada@example.com",
        "scheme": "com.example.timesheets",
        "error": "error.form_expired",
    },
    "select_account": {
        **_FORM,
        **_CLIENT,
        "user_email": "ada@example.com",
        "user_name": "Ada",
        "error": "error.session_lost",
    },
    "mfa": {
        **_FORM,
        **_CLIENT,
        "user_email": "ada@example.com",
        "factor": "email|dev_2",
        "lead": {"text_id": "factor.lead_email", "params": {"to": "a•••@example.com"}},
        "asks_code": True,
        "passkey": None,
        "recovery": True,
        "can_send": True,
        "remember_days": 30,
        "error": "error.code_wrong",
        "others": [
            {
                "label": {"text_id": "factor.with_totp", "params": {"to": ""}},
                "href": "/u/mfa?state=s&factor=totp",
            },
            {
                "label": {"text_id": "factor.with_sms", "params": {"to": "••• 11"}},
                "href": "/u/mfa?state=s&factor=sms",
            },
        ],
    },
    "mfa_enroll": {
        **_FORM,
        **_CLIENT,
        "user_email": "ada@example.com",
        "kinds": [
            {"text_id": "factor.choose_otp", "href": "/u/mfa-enroll?kind=otp"},
            {"text_id": "factor.choose_email", "href": "/u/mfa-enroll?kind=email"},
        ],
        "lead": "factor.enroll_lead_totp",
        "passkey": PASSKEY,
        "asks_number": True,
        "phone": "0171",
        "errors": {"phone": "error.phone_invalid"},
        "enrolment": "sealed.enrolment",
        "qr": "otpauth://totp/Riverside:ada?secret=ABC",
        "secret": "ABCD EFGH",
        "asks_code": True,
        "can_send": True,
        "choose_url": "/u/mfa-enroll?state=s",
        "error": "error.too_many_tries",
    },
    "mfa_recovery": {**_FORM, **_CLIENT, "code": "ABCD EFGH", "used": True},
    "forgot": {
        **_FORM,
        "email": "ada@",
        "errors": {"email": "error.email_invalid"},
        "error": "error.unexpected",
        "login_url": "/u/login",
        "back_url": "/back",
    },
    "forgot_sent": {
        "email": "ada@example.com",
        "forgot_url": "/u/forgot",
        "login_url": "/u/login",
        "mailbox_url": "/mailbox",
    },
    "reset": {
        "action": "/u/reset",
        "ticket": "tk",
        "state": "sealed.state",
        "email": "ada@example.com",
        "rules": _RULES,
        "errors": {"password": "error.password_common"},
        "error": "error.unexpected",
        "back_url": "/back",
    },
    "reset_done": {
        "app_url": "https://app.example.com/",
        "client_name": "Timesheets",
        "login_url": "/u/login",
    },
    "ticket_expired": {"forgot_url": "/u/forgot", "login_url": "/u/login"},
    "unblock": {
        "action": "/u/unblock",
        "ticket": "tk",
        "email": "ada@example.com",
        "forgot_url": "/u/forgot",
    },
    "unblock_done": {
        "app_url": "https://app.example.com/",
        "client_name": "Timesheets",
    },
    "verify_email": {"action": "/u/verify", "ticket": "tk", "email": "ada@example.com"},
    "verify_email_done": {
        "app_url": "com.example.app:/home",
        "client_name": "Timesheets",
    },
    "verify_email_failed": {
        **_FORM,
        "ticket": "tk",
        "email": "ada@example.com",
        "sent": True,
        "mailbox_url": "/mailbox",
        "error": "error.unexpected",
        "errors": {},
        "back_url": "/back",
    },
    "error": {
        "title": "problem.redirect_uri.title",
        "text": "problem.redirect_uri.text",
        "client_name": "Timesheets",
        "params": {},
        "way_on": _WAYS,
        "form": {
            "action": "https://app.example.com/cb",
            "fields": (("error", "access_denied"), ("state", "s")),
        },
        "details": {
            "error": "invalid_request",
            "error_description": "The redirect_uri is not registered",
            "trace_id": "9f3c2a7be1",
        },
    },
    "session_expired": {
        "restart_url": "/authorize?client_id=c",
        "client_name": "Timesheets",
    },
    "logged_out": {
        "client_name": "Timesheets",
        "app_url": "https://app.example.com/",
        "login_url": "/u/login",
    },
    "logout_confirm": {
        **_FORM,
        "client_name": "Timesheets",
        "user_email": "ada@example.com",
    },
    "logout_apps": APPS,
    "return_to_app": {
        **_CLIENT,
        "app_url": "com.example.app:/cb?code=c&state=s",
        "stores": [{"label": "App Store", "href": "https://apps.example.com/1"}],
        "restart_url": "/authorize?client_id=c",
    },
    "form_post": {
        "action": "https://app.example.com/cb",
        "fields": {"code": "c", "state": "s", "iss": "http://localhost:8080/"},
        "client_name": "Timesheets",
    },
    "passwordless": {
        **_FORM,
        **_CLIENT,
        "by": "sms",
        "connection": "sms",
        "address": "+44 7400 12",
        "error": "error.too_many_messages",
        "errors": {"username": "error.phone_invalid"},
        "login_url": "/u/login?state=sealed.state",
        "cancels": True,
        "back_url": "/back",
    },
    "passwordless_code": {
        **_FORM,
        **_CLIENT,
        "asked": "sealed.asked",
        "address": "+44 7400 123456",
        "by": "sms",
        "by_link": False,
        "sent_again": True,
        "again_url": "/u/passwordless?state=sealed.state",
        "mailbox_url": "/mailbox",
        "error": "error.wait_a_moment",
        "errors": {"code": "error.code_wrong"},
        "back_url": "/back",
    },
    "passwordless_link": {
        **_CLIENT,
        "action": "/passwordless/verify-redirect",
        "ticket": "tk",
        "address": "ada@example.com",
        "error": "error.unexpected",
    },
    "passwordless_link_failed": {
        "other_browser": True,
        "restart_url": "/authorize?client_id=c",
        "client_name": "Timesheets",
    },
    "mailbox": {
        "address": "/mailbox",
        "messages": [
            {
                "subject": "Choose a new password for Riverside Works",
                "to": "ada@example.com",
                "at": "2026-03-01 09:30",
                "href": "/mailbox/2",
                "is_text": False,
            },
            {
                "subject": "Confirm your e-mail address for Riverside Works",
                "to": "grace@example.com",
                "at": "2026-03-01 09:12",
                "href": "/mailbox/1",
                "is_text": False,
            },
            {
                "subject": "123456 is your code for Riverside Works.",
                "to": "+44 7400 123456",
                "at": "2026-03-01 09:10",
                "href": "/mailbox/0",
                "is_text": True,
            },
        ],
    },
    "mailbox_message": {
        "subject": "Choose a new password for Riverside Works",
        "to": "ada@example.com",
        "at": "2026-03-01 09:30",
        "mailbox_url": "/mailbox",
        "is_text": True,
        "text": "Hello Ada,\n\nsomeone, probably you, has asked for a new password.\n\n"
        "http://localhost:8080/u/reset?ticket=tk_4fJ2\n\nIf it was not you, you need "
        "not do anything.",
    },
    "home": {
        "issuer": "http://localhost:8080/",
        "discovery_url": "/.well-known/openid-configuration",
        "docs_url": "https://docs.example.com/",
        "mailbox_url": "/mailbox",
        "version": "0.1.0",
    },
}
