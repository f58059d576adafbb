"""One full context for every mail."""

from __future__ import annotations

from tests.pages import account_samples

MAILS: dict[str, dict[str, object]] = {
    **account_samples.MAILS,
    "verify_email": {
        "url": "https://id.example.com/u/verify?ticket=tk",
        "minutes": 7_200,
        "user_name": "Ada",
    },
    "reset_password": {
        "url": "https://id.example.com/u/reset?ticket=tk",
        "minutes": 45,
        "user_name": "Ada",
    },
    "blocked_account": {
        "url": "https://id.example.com/u/unblock?ticket=tk",
        "user_name": "Ada",
    },
    "mfa_code": {"code": "123456", "minutes": 5, "user_name": "Ada"},
    "password_changed": {
        "user_name": "Ada",
        "forgot_url": "https://id.example.com/u/forgot",
    },
    "passkey_added": {
        "url": "https://id.example.com/account/security",
        "user_name": "Ada",
    },
    "passkey_removed": {
        "url": "https://id.example.com/account/security",
        "user_name": "Ada",
    },
    "login_code": {"code": "123456", "minutes": 3, "user_name": "Ada"},
    "login_link": {
        "url": "https://id.example.com/passwordless/verify-redirect?ticket=tk",
        "minutes": 3,
        "user_name": "Ada",
    },
}
