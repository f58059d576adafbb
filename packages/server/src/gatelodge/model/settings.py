"""Tenant settings: everything an administrator may change while we run."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from gatelodge.model.action import Action
from gatelodge.model.attack_protection import AttackProtection

MfaPolicy: TypeAlias = Literal["never", "enrolled", "adaptive", "always"]
MfaFactor: TypeAlias = Literal["otp", "webauthn", "email", "sms", "recovery-code"]


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """How our pages look and where they link (decisions 20)."""

    accent: str = "#3a5bc7"
    logo_url: str | None = None
    privacy_url: str | None = None
    terms_url: str | None = None


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The sender of our mails; the SMTP server itself is process configuration."""

    sender: str | None = None


class MfaSettings(msgspec.Struct, frozen=True, kw_only=True):
    """When a second factor is asked for, and which are offered (contract 2.3).

    Attributes:
        policy: ``enrolled`` asks whoever has set one up, ``adaptive`` asks them only in
            a browser where they did not answer lately, ``always`` has everybody set
            one up.
        remember_days: how long a browser may be remembered; 0 never offers it.
    """

    policy: MfaPolicy = "enrolled"
    factors: tuple[MfaFactor, ...] = ("otp", "webauthn", "recovery-code")
    remember_days: int = 30


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is one row of table ``setting``; lifetimes in seconds.

    Attributes:
        session_lifetime, idle_session_lifetime: contract 4.1, row 25.
        error_profile: changes statuses only (decisions 8).
        refresh_token_cap: families per user and client (decisions 1).
        numeric_updated_at: OpenID's number instead of Auth0's string (decisions 9).
        keep_refresh_tokens_on_password_change: contract 4.1, row 24.
        default_directory: the database that the password grant asks.
        phone_region: the country of numbers typed without one (ISO 3166).
        passkey_rp_id: a parent domain of the issuer's, so that passkeys made here work
            there too; None means the issuer's own host.
        log_retention_days: 0 keeps the tenant log for ever.
        account_deletion_grace_days: how long a person may think again.
        actions: webhooks, and what functions are given and held to.
    """

    friendly_name: str = "Gatelodge"
    support_email: str | None = None
    support_url: str | None = None
    docs_url: str | None = None
    default_audience: str | None = None
    default_redirection_uri: str | None = None
    allowed_logout_urls: tuple[str, ...] = ()
    session_lifetime: int = 604_800
    idle_session_lifetime: int = 259_200
    session_cookie_persistent: bool = True
    enabled_locales: tuple[str, ...] = ("en", "de")
    error_profile: Literal["rfc", "auth0"] = "rfc"
    code_lifetime: int = 60
    refresh_token_cap: int = 200
    numeric_updated_at: bool = False
    userinfo_query_token: bool = False
    logout_always_asks: bool = False
    skip_confirmation: bool = False
    public_signup_user_exists_error: bool = False
    revoke_refresh_token_grant: bool = False
    keep_refresh_tokens_on_password_change: bool = False
    use_scope_descriptions_for_consent: bool = True
    resource_parameter: bool = False
    default_directory: str | None = None
    phone_region: str | None = None
    enforce_client_authentication_on_passwordless_start: bool = True
    reset_ticket_lifetime: int = 3_600
    verify_ticket_lifetime: int = 432_000
    log_retention_days: int = 30
    passkey_rp_id: str | None = None
    account_deletion_grace_days: int = 14
    branding: Branding = Branding()
    mail: MailSettings = MailSettings()
    mfa: MfaSettings = MfaSettings()
    attack_protection: AttackProtection = AttackProtection()
    actions: tuple[Action, ...] = ()
