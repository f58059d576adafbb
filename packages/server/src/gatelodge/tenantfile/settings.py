"""Auth0's tenant settings and ours (contract 3.11, tenant settings)."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec import UnsetType

from gatelodge.login.phone import is_region
from gatelodge.model.settings import Branding, MailSettings, MfaSettings, Settings
from gatelodge.tenantfile import attack_protection
from gatelodge.tenantfile.attack_protection import AttackProtectionShape
from gatelodge.tenantfile.findings import Remarks
from gatelodge.tenantfile.rules import is_web, url_reasons
from gatelodge.tenantfile.shapes import BrandingShape, MfaShape, TenantShape, given

_HOUR: Final = 3600
_LONGEST_SESSION: Final = 8760 * _HOUR
_LONGEST_MEMORY: Final = 365
_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*")
_RESOURCE: Final = {"audience": False, "compatibility": True}
_COOKIE: Final = {"persistent": True, "non-persistent": False}
# Fields that have one name on both sides.
_SAME: Final = (
    "friendly_name",
    "support_email",
    "support_url",
    "docs_url",
    "default_audience",
    "default_redirection_uri",
    "default_directory",
    "phone_region",
    "error_profile",
    "code_lifetime",
    "refresh_token_cap",
    "numeric_updated_at",
    "userinfo_query_token",
    "logout_always_asks",
    "keep_refresh_tokens_on_password_change",
    "reset_ticket_lifetime",
    "verify_ticket_lifetime",
    "log_retention_days",
    "passkey_rp_id",
    "account_deletion_grace_days",
)
_TUPLES: Final = ("allowed_logout_urls", "enabled_locales")
_FLAGS: Final = {
    "revoke_refresh_token_grant": "revoke_refresh_token_grant",
    "enable_public_signup_user_exists_error": "public_signup_user_exists_error",
    "use_scope_descriptions_for_consent": "use_scope_descriptions_for_consent",
    "enforce_client_authentication_on_passwordless_start": (
        "enforce_client_authentication_on_passwordless_start"
    ),
}


def merge(
    tenant: TenantShape | None,
    branding: BrandingShape | None,
    current: Settings,
    *,
    shields: AttackProtectionShape | None = None,
    remarks: Remarks,
) -> Settings:
    """The settings as the file wants them."""
    values = {
        name: getattr(current, name) for name in Settings.__struct_fields__
    } | _tenant(tenant or TenantShape(), current, remarks)
    values["branding"] = _branding(
        branding or BrandingShape(), values["branding"], remarks
    )
    values["attack_protection"] = attack_protection.merge(
        shields, current.attack_protection, remarks=remarks
    )
    try:
        found = msgspec.convert(msgspec.to_builtins(values), type=Settings)
    except msgspec.ValidationError as error:
        remarks.refuse(("tenant",), str(error))
        return current
    _check(found, remarks)
    return found


def to_file(settings: Settings) -> dict[str, dict[str, Any]]:
    """``tenant``, ``branding`` and ``attackProtection``, every field said."""
    tenant = {name: getattr(settings, name) for name in _SAME}
    tenant.update({name: list(getattr(settings, name)) for name in _TUPLES})
    tenant["session_lifetime"] = _hours(settings.session_lifetime)
    tenant["idle_session_lifetime"] = _hours(settings.idle_session_lifetime)
    mode = "persistent" if settings.session_cookie_persistent else "non-persistent"
    tenant["session_cookie"] = {"mode": mode}
    tenant["skip_non_verifiable_callback_uri_confirmation_prompt"] = (
        settings.skip_confirmation
    )
    tenant["resource_parameter_profile"] = (
        "compatibility" if settings.resource_parameter else "audience"
    )
    tenant["mail_sender"] = settings.mail.sender
    tenant["mfa"] = {
        "policy": settings.mfa.policy,
        "factors": list(settings.mfa.factors),
        "remember_days": settings.mfa.remember_days,
    }
    tenant["flags"] = {
        theirs: getattr(settings, ours) for theirs, ours in _FLAGS.items()
    }
    branding = settings.branding
    return {
        "tenant": tenant,
        "branding": {
            "colors": {"primary": branding.accent},
            "logo_url": branding.logo_url,
            "privacy_url": branding.privacy_url,
            "terms_url": branding.terms_url,
        },
        "attackProtection": attack_protection.to_file(settings.attack_protection),
    }


def _tenant(shape: TenantShape, current: Settings, remarks: Remarks) -> dict[str, Any]:
    said = msgspec.structs.asdict(shape)
    said = {name: v for name, v in said.items() if not isinstance(v, UnsetType)}
    found: dict[str, Any] = {}
    found |= {name: said[name] for name in (*_SAME, *_TUPLES) if name in said}
    lives = ("session_lifetime", "idle_session_lifetime")
    found |= {name: round(said[name] * _HOUR) for name in lives if name in said}
    if not isinstance(shape.flags, UnsetType):
        for theirs, ours in _FLAGS.items():
            found[ours] = given(getattr(shape.flags, theirs), getattr(current, ours))
    skip = shape.skip_non_verifiable_callback_uri_confirmation_prompt
    if not isinstance(skip, UnsetType):
        found["skip_confirmation"] = bool(skip)
    if not isinstance(shape.mail_sender, UnsetType):
        found["mail"] = MailSettings(sender=shape.mail_sender)
    if not isinstance(shape.mfa, UnsetType):
        found["mfa"] = _mfa(shape.mfa, current.mfa, remarks)
    if not isinstance(shape.picture_url, UnsetType):
        found["branding"] = msgspec.structs.replace(
            current.branding, logo_url=shape.picture_url
        )
    return found | _choices(shape, remarks)


def _mfa(shape: MfaShape, current: MfaSettings, remarks: Remarks) -> MfaSettings:
    said = msgspec.structs.asdict(current) | {
        name: value
        for name, value in msgspec.structs.asdict(shape).items()
        if not isinstance(value, UnsetType)
    }
    try:
        found = msgspec.convert(msgspec.to_builtins(said), type=MfaSettings)
    except msgspec.ValidationError as error:
        remarks.refuse(("tenant", "mfa"), str(error))
        return current
    if not 0 <= found.remember_days <= _LONGEST_MEMORY:
        text = f"remember_days is not between 0 and {_LONGEST_MEMORY}"
        remarks.refuse(("tenant", "mfa", "remember_days"), text)
    if found.policy == "always" and not set(found.factors) - {"recovery-code"}:
        text = "policy always needs a factor that can be set up"
        remarks.refuse(("tenant", "mfa", "factors"), text)
    return found


def _choices(shape: TenantShape, remarks: Remarks) -> dict[str, Any]:
    cookie = shape.session_cookie
    mode = None if isinstance(cookie, UnsetType) else cookie.mode
    found: dict[str, Any] = {}
    for theirs, ours, value, choices in (
        ("session_cookie", "session_cookie_persistent", mode, _COOKIE),
        (
            "resource_parameter_profile",
            "resource_parameter",
            given(shape.resource_parameter_profile, None),
            _RESOURCE,
        ),
    ):
        if value is None:
            continue
        if value not in choices:
            text = f"{value!r} is not one of {', '.join(choices)}"
            remarks.refuse(("tenant", theirs), text)
            continue
        found[ours] = choices[value]
    return found


def _branding(shape: BrandingShape, current: Branding, remarks: Remarks) -> Branding:
    accent = current.accent
    if not isinstance(shape.colors, UnsetType):
        accent = given(shape.colors.primary, accent)
    if not _COLOR.fullmatch(accent):
        text = f"{accent!r} is not a colour such as #3a5bc7"
        remarks.refuse(("branding", "colors", "primary"), text)
    return Branding(
        accent=accent,
        logo_url=given(shape.logo_url, current.logo_url),
        privacy_url=given(shape.privacy_url, current.privacy_url),
        terms_url=given(shape.terms_url, current.terms_url),
    )


def _check(found: Settings, remarks: Remarks) -> None:
    """Bounds that keep an honest mistake from locking everybody out."""
    lives = (found.session_lifetime, found.idle_session_lifetime)
    if not all(0 < life <= _LONGEST_SESSION for life in lives):
        text = "session lifetimes are above 0 and at most 8760 hours"
        remarks.refuse(("tenant", "session_lifetime"), text)
    for name, least, most in (
        ("code_lifetime", 1, 600),
        ("refresh_token_cap", 1, 100_000),
        ("reset_ticket_lifetime", 1, 2_592_000),
        ("verify_ticket_lifetime", 1, 2_592_000),
        ("log_retention_days", 0, 3_650),
        ("account_deletion_grace_days", 0, 90),
    ):
        if not least <= getattr(found, name) <= most:
            remarks.refuse(("tenant", name), f"{least} to {most}")
    for field, reason in url_reasons("allowed_logout_urls", found.allowed_logout_urls):
        remarks.refuse(("tenant", field), reason)
    _check_places(found, remarks)
    if not found.enabled_locales:
        remarks.refuse(("tenant", "enabled_locales"), "at least one language")
    _check_addresses(found, remarks)


def _check_addresses(found: Settings, remarks: Remarks) -> None:
    domain = found.passkey_rp_id
    if domain is not None and not _DOMAIN.fullmatch(domain):
        text = f"{domain!r} is not a domain such as example.com"
        remarks.refuse(("tenant", "passkey_rp_id"), text)
    urls = {
        ("tenant", "support_url"): found.support_url,
        ("tenant", "docs_url"): found.docs_url,
        ("tenant", "default_redirection_uri"): found.default_redirection_uri,
        ("branding", "logo_url"): found.branding.logo_url,
        ("branding", "privacy_url"): found.branding.privacy_url,
        ("branding", "terms_url"): found.branding.terms_url,
    }
    for path, url in urls.items():
        if url and not is_web(url):
            remarks.refuse(path, f"{url!r} is not an http or https URL")


def _check_places(found: Settings, remarks: Remarks) -> None:
    if found.phone_region and not is_region(found.phone_region):
        text = f"{found.phone_region!r} is not a country such as DE"
        remarks.refuse(("tenant", "phone_region"), text)


def _hours(seconds: int) -> int | float:
    return seconds // _HOUR if seconds % _HOUR == 0 else seconds / _HOUR
