"""My Account's routes: paths with a name in them, matched segment by segment."""

from __future__ import annotations

from typing import Final

from gatelodge.endpoints.me import accounts, enrolments, methods

_METHODS: Final = "/me/v1/authentication-methods"
_ACCOUNTS: Final = "/me/v1/connected-accounts"
NAMED: Final = "{id}"
ME: Final = {
    ("GET", _METHODS): methods.list_methods,
    ("POST", _METHODS): enrolments.create_method,
    ("GET", f"{_METHODS}/{NAMED}"): methods.get_method,
    ("PATCH", f"{_METHODS}/{NAMED}"): methods.rename_method,
    ("DELETE", f"{_METHODS}/{NAMED}"): methods.delete_method,
    ("POST", f"{_METHODS}/{NAMED}/verify"): enrolments.verify_method,
    ("GET", "/me/v1/factors"): methods.list_factors,
    ("GET", f"{_ACCOUNTS}/accounts"): accounts.list_accounts,
    ("GET", f"{_ACCOUNTS}/connections"): accounts.list_connections,
    ("DELETE", f"{_ACCOUNTS}/accounts/{NAMED}"): accounts.delete_account,
    ("GET", "/me/v1/consents"): accounts.list_consents,
    ("GET", f"/me/v1/consents/{NAMED}"): accounts.get_consent,
    ("DELETE", f"/me/v1/consents/{NAMED}"): accounts.delete_consent,
    ("GET", "/me/v1/sessions"): accounts.list_sessions,
    ("DELETE", f"/me/v1/sessions/{NAMED}"): accounts.delete_session,
    ("GET", "/me/v1/profile"): accounts.get_profile,
}
_PREFIX: Final = "/me/v1/"


def template_of(path: str) -> str | None:
    """The path as it stands in ``ME``; None for others."""
    if not path.startswith(_PREFIX):
        return None
    known = {template for _, template in ME}
    return next((one for one in known if _fits(path, one)), None)


def _fits(path: str, template: str) -> bool:
    parts, wanted = path.split("/"), template.split("/")
    return len(parts) == len(wanted) and all(
        part == name or (name == NAMED and part)
        for part, name in zip(parts, wanted, strict=True)
    )
