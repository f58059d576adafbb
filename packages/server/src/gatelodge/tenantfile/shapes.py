"""The file's objects in Auth0's words; UNSET is "not in the file" (contract 1.3-1.9).

Absent stays as it is; null goes back to the default where the field allows null.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from gatelodge.base.secret import Secret
from gatelodge.model.settings import MfaPolicy
from gatelodge.tenantfile.credential_shapes import KeySet, Methods, SecretDigest
from gatelodge.tenantfile.native_shapes import (
    AndroidShape,
    IosShape,
    NativeSocial,
    Totp,
)
from gatelodge.tenantfile.person_shapes import FactorShape, IdentityShape
from gatelodge.tenantfile.saml_shapes import Addons, SamlShape

_T = TypeVar("_T")
Maybe: TypeAlias = _T | UnsetType


class SessionCookie(msgspec.Struct, frozen=True, kw_only=True):
    """``persistent`` or ``non-persistent``."""

    mode: str


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """Those of Auth0's tenant flags that mean something here."""

    revoke_refresh_token_grant: Maybe[bool] = UNSET
    enable_public_signup_user_exists_error: Maybe[bool] = UNSET
    use_scope_descriptions_for_consent: Maybe[bool] = UNSET
    enforce_client_authentication_on_passwordless_start: Maybe[bool] = UNSET


class MfaShape(msgspec.Struct, frozen=True, kw_only=True):
    """``mfa`` of the tenant: when a second factor is asked for, and which."""

    policy: Maybe[str] = UNSET
    factors: Maybe[list[str]] = UNSET
    remember_days: Maybe[int] = UNSET


class TenantShape(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``tenant``; session lifetimes in hours, ours in seconds."""

    friendly_name: Maybe[str] = UNSET
    picture_url: Maybe[str | None] = UNSET
    support_email: Maybe[str | None] = UNSET
    support_url: Maybe[str | None] = UNSET
    default_audience: Maybe[str | None] = UNSET
    default_redirection_uri: Maybe[str | None] = UNSET
    default_directory: Maybe[str | None] = UNSET
    phone_region: Maybe[str | None] = UNSET
    allowed_logout_urls: Maybe[list[str]] = UNSET
    session_lifetime: Maybe[float] = UNSET
    idle_session_lifetime: Maybe[float] = UNSET
    session_cookie: Maybe[SessionCookie] = UNSET
    enabled_locales: Maybe[list[str]] = UNSET
    skip_non_verifiable_callback_uri_confirmation_prompt: Maybe[bool | None] = UNSET
    resource_parameter_profile: Maybe[str] = UNSET
    flags: Maybe[Flags] = UNSET
    docs_url: Maybe[str | None] = UNSET
    error_profile: Maybe[str] = UNSET
    code_lifetime: Maybe[int] = UNSET
    refresh_token_cap: Maybe[int] = UNSET
    numeric_updated_at: Maybe[bool] = UNSET
    userinfo_query_token: Maybe[bool] = UNSET
    logout_always_asks: Maybe[bool] = UNSET
    keep_refresh_tokens_on_password_change: Maybe[bool] = UNSET
    reset_ticket_lifetime: Maybe[int] = UNSET
    verify_ticket_lifetime: Maybe[int] = UNSET
    log_retention_days: Maybe[int] = UNSET
    account_deletion_grace_days: Maybe[int] = UNSET
    mail_sender: Maybe[str | None] = UNSET
    passkey_rp_id: Maybe[str | None] = UNSET
    mfa: Maybe[MfaShape] = UNSET


class Colors(msgspec.Struct, frozen=True, kw_only=True):
    """``primary`` is our accent."""

    primary: Maybe[str] = UNSET


class BrandingShape(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``branding``."""

    colors: Maybe[Colors] = UNSET
    logo_url: Maybe[str | None] = UNSET
    privacy_url: Maybe[str | None] = UNSET
    terms_url: Maybe[str | None] = UNSET


class RefreshShape(msgspec.Struct, frozen=True, kw_only=True):
    """``refresh_token`` of a client; seconds (contract 1.7)."""

    rotation_type: Maybe[str] = UNSET
    expiration_type: Maybe[str] = UNSET
    leeway: Maybe[int] = UNSET
    token_lifetime: Maybe[int] = UNSET
    infinite_token_lifetime: Maybe[bool] = UNSET
    idle_token_lifetime: Maybe[int] = UNSET
    infinite_idle_token_lifetime: Maybe[bool] = UNSET


class JwtShape(msgspec.Struct, frozen=True, kw_only=True):
    """``jwt_configuration`` of a client."""

    lifetime_in_seconds: Maybe[int] = UNSET
    alg: Maybe[str] = UNSET


class MobileShape(msgspec.Struct, frozen=True, kw_only=True):
    """``mobile`` of a client."""

    ios: Maybe[IosShape | None] = UNSET
    android: Maybe[AndroidShape | None] = UNSET


class ClientShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``clients``."""

    name: str
    client_id: Maybe[str] = UNSET
    client_secret: Maybe[Secret] = UNSET
    client_secret_digest: Maybe[str | list[SecretDigest]] = UNSET
    app_type: Maybe[str] = UNSET
    description: Maybe[str | None] = UNSET
    logo_uri: Maybe[str | None] = UNSET
    is_first_party: Maybe[bool] = UNSET
    callbacks: Maybe[list[str]] = UNSET
    allowed_logout_urls: Maybe[list[str]] = UNSET
    web_origins: Maybe[list[str]] = UNSET
    allowed_origins: Maybe[list[str]] = UNSET
    grant_types: Maybe[list[str]] = UNSET
    token_endpoint_auth_method: Maybe[str | None] = UNSET
    client_authentication_methods: Maybe[Methods | None] = UNSET
    jwks: Maybe[KeySet] = UNSET
    refresh_token: Maybe[RefreshShape] = UNSET
    jwt_configuration: Maybe[JwtShape] = UNSET
    mobile: Maybe[MobileShape] = UNSET
    native_social_login: Maybe[NativeSocial] = UNSET
    is_token_endpoint_ip_header_trusted: Maybe[bool] = UNSET
    initiate_login_uri: Maybe[str | None] = UNSET
    client_metadata: Maybe[dict[str, str]] = UNSET
    skip_non_verifiable_callback_uri_confirmation_prompt: Maybe[bool | None] = UNSET
    require_pkce: Maybe[bool] = UNSET
    mfa_policy: Maybe[MfaPolicy | None] = UNSET
    addons: Maybe[Addons | None] = UNSET
    id_token_claims: Maybe[dict[str, str]] = UNSET
    access_token_claims: Maybe[dict[str, str]] = UNSET


class ScopeShape(msgspec.Struct, frozen=True, kw_only=True):
    """One permission of an API."""

    value: str
    description: str | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """One half of ``subject_type_authorization``."""

    policy: str


class SubjectTypes(msgspec.Struct, frozen=True, kw_only=True):
    """Who may have tokens for an API."""

    user: Maybe[Policy] = UNSET
    client: Maybe[Policy] = UNSET


class ApiShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``resourceServers``."""

    identifier: str
    name: Maybe[str] = UNSET
    scopes: Maybe[list[ScopeShape]] = UNSET
    signing_alg: Maybe[str] = UNSET
    token_lifetime: Maybe[int] = UNSET
    allow_offline_access: Maybe[bool] = UNSET
    skip_consent_for_verifiable_first_party_clients: Maybe[bool] = UNSET
    enforce_policies: Maybe[bool] = UNSET
    token_dialect: Maybe[str] = UNSET
    subject_type_authorization: Maybe[SubjectTypes] = UNSET
    claims: Maybe[dict[str, str]] = UNSET


class GrantShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``clientGrants``; ``client_id`` may be a client's name."""

    client_id: str
    audience: str
    scope: Maybe[list[str]] = UNSET
    subject_type: str = "client"
    allow_all_scopes: Maybe[bool] = UNSET


class PermissionShape(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A permission of a role or a user."""

    permission_name: str
    resource_server_identifier: str


class RoleShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``roles``."""

    name: str
    description: Maybe[str | None] = UNSET
    permissions: Maybe[list[PermissionShape]] = UNSET


class UpstreamShape(
    SamlShape,
    frozen=True,
    kw_only=True,
    rename={
        "authorization_url": "authorizationURL",
        "token_url": "tokenURL",
        "userinfo_url": "userInfoURL",
    },
):
    """``options`` of a social, enterprise or passwordless connection.

    ``authorizationURL`` and its like are Auth0's spelling for OAuth 2.0 servers,
    ``authorization_endpoint`` that for OpenID providers. ``app_secret``, ``team_id``
    and ``kid`` are Apple's. ``profile``, ``own_callback``, ``keep_tokens`` and
    ``link_by_verified_email`` are ours. ``totp`` and what follows it are of ``email``
    and ``sms``. Those of a SAML connection stand beside them; ``issuer`` is its
    provider's name.
    """

    client_id: Maybe[str] = UNSET
    client_secret: Maybe[Secret] = UNSET
    app_secret: Maybe[Secret] = UNSET
    team_id: Maybe[str | None] = UNSET
    kid: Maybe[str | None] = UNSET
    issuer: Maybe[str | None] = UNSET
    authorization_endpoint: Maybe[str | None] = UNSET
    token_endpoint: Maybe[str | None] = UNSET
    userinfo_endpoint: Maybe[str | None] = UNSET
    authorization_url: Maybe[str | None] = UNSET
    token_url: Maybe[str | None] = UNSET
    userinfo_url: Maybe[str | None] = UNSET
    jwks_uri: Maybe[str | None] = UNSET
    token_endpoint_auth_method: Maybe[str | None] = UNSET
    scope: Maybe[str | list[str] | None] = UNSET
    upstream_params: Maybe[dict[str, Any] | None] = UNSET
    profile: Maybe[dict[str, str] | None] = UNSET
    set_user_root_attributes: Maybe[str] = UNSET
    own_callback: Maybe[bool] = UNSET
    keep_tokens: Maybe[bool] = UNSET
    allowed_audiences: Maybe[list[str]] = UNSET
    disable_signup: Maybe[bool] = UNSET
    totp: Maybe[Totp] = UNSET
    send: Maybe[str] = UNSET
    template: Maybe[str | None] = UNSET
    regions: Maybe[list[str] | None] = UNSET
    most_per_hour: Maybe[int] = UNSET
    link_by_verified_email: Maybe[bool] = UNSET


class ConnectionShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``connections``; null clients means every client."""

    name: str
    strategy: str
    display_name: Maybe[str | None] = UNSET
    show_as_button: Maybe[bool] = UNSET
    enabled_clients: Maybe[list[str] | None] = UNSET
    options: Maybe[UpstreamShape] = UNSET


class UserShape(msgspec.Struct, frozen=True, kw_only=True):
    """One of ``users``, a list of our own.

    ``linked_to``: the ``user_id`` of the account that it is part of. ``identities``
    and ``factors`` are taken up for an account that is new.
    """

    email: str = ""
    connection: Maybe[str] = UNSET
    user_id: Maybe[str] = UNSET
    password: Maybe[Secret] = UNSET
    password_hash: Maybe[str] = UNSET
    email_verified: Maybe[bool] = UNSET
    username: Maybe[str | None] = UNSET
    name: Maybe[str | None] = UNSET
    given_name: Maybe[str | None] = UNSET
    family_name: Maybe[str | None] = UNSET
    nickname: Maybe[str | None] = UNSET
    picture: Maybe[str | None] = UNSET
    phone_number: Maybe[str | None] = UNSET
    phone_verified: Maybe[bool] = UNSET
    user_metadata: Maybe[dict[str, Any]] = UNSET
    app_metadata: Maybe[dict[str, Any]] = UNSET
    blocked: Maybe[bool] = UNSET
    roles: Maybe[list[str]] = UNSET
    permissions: Maybe[list[PermissionShape]] = UNSET
    created_at: Maybe[str] = UNSET
    last_login: Maybe[str | None] = UNSET
    logins_count: Maybe[int] = UNSET
    linked_to: Maybe[str | None] = UNSET
    identities: Maybe[list[IdentityShape]] = UNSET
    factors: Maybe[list[FactorShape]] = UNSET


def given(value: Maybe[_T], otherwise: _T) -> _T:
    """What the file says, or ``otherwise``."""
    return otherwise if isinstance(value, UnsetType) else value
