"""A client: an app that is registered here (RFC 6749 §2; Auth0: Application)."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.model.saml import SamlApp
from gatelodge.model.settings import MfaPolicy

AppType: TypeAlias = Literal["native", "spa", "web", "machine"]
AuthMethod: TypeAlias = Literal[
    "none", "client_secret_post", "client_secret_basic", "private_key_jwt"
]

CODE: Final = "authorization_code"
REFRESH: Final = "refresh_token"
CLIENT_CREDENTIALS: Final = "client_credentials"
PASSWORD: Final = "password"
PASSWORD_REALM: Final = "http://auth0.com/oauth/grant-type/password-realm"
PASSWORDLESS: Final = "http://auth0.com/oauth/grant-type/passwordless/otp"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
MFA_OTP: Final = "http://auth0.com/oauth/grant-type/mfa-otp"
MFA_OOB: Final = "http://auth0.com/oauth/grant-type/mfa-oob"
MFA_RECOVERY: Final = "http://auth0.com/oauth/grant-type/mfa-recovery-code"
WEBAUTHN: Final = "urn:okta:params:oauth:grant-type:webauthn"
NativeProvider: TypeAlias = Literal["apple", "facebook", "google"]


class RefreshPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How this client's refresh tokens live; all in seconds (contract 1.7).

    ``overlap`` is Auth0's leeway: for so long after a rotation the previous token
    yields the same successor again (decisions 1).
    """

    rotating: bool = True
    expiring: bool = True
    overlap: int = 600
    lifetime: int = 2_592_000
    infinite_lifetime: bool = False
    idle_lifetime: int = 1_296_000
    infinite_idle_lifetime: bool = False


class Ios(msgspec.Struct, frozen=True, kw_only=True):
    """An iOS or macOS app, for ``apple-app-site-association``."""

    team_id: str
    bundle_id: str


class Android(msgspec.Struct, frozen=True, kw_only=True):
    """An Android app, for ``assetlinks.json``."""

    package_name: str
    fingerprints: tuple[str, ...]


class ClientOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a client may be told beyond the protocol's own fields.

    Attributes:
        id_token_lifetime: seconds.
        skip_confirmation: None leaves the choice to the tenant (contract 1.6).
        mfa_policy: None leaves the choice to the tenant.
        require_pkce: a confidential client may be held to PKCE too (decisions 3).
        native_social: whose tokens the app may bring instead of a code.
        trusts_forwarded_for: a confidential client's ``auth0-forwarded-for`` is the
            person's address (contract 1.2).
        id_token_claims, access_token_claims: claim templates by claim name.
        saml: for an app that signs people in by SAML.
    """

    description: str = ""
    logo_uri: str | None = None
    first_party: bool = True
    id_token_lifetime: int = 36_000
    id_token_alg: str = "RS256"
    refresh: RefreshPolicy = RefreshPolicy()
    initiate_login_uri: str | None = None
    skip_confirmation: bool | None = None
    require_pkce: bool = False
    mfa_policy: MfaPolicy | None = None
    ios: Ios | None = None
    android: Android | None = None
    native_social: tuple[NativeProvider, ...] = ()
    trusts_forwarded_for: bool = False
    id_token_claims: dict[str, str] = {}
    access_token_claims: dict[str, str] = {}
    saml: SamlApp | None = None


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``client``; times in milliseconds."""

    client_id: str
    name: str
    app_type: AppType
    auth_method: AuthMethod
    redirect_uris: tuple[str, ...] = ()
    logout_urls: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ()
    options: ClientOptions = ClientOptions()
    metadata: dict[str, str] = {}
    created_at: int = 0

    @property
    def public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749 §2.1)."""
        return self.auth_method == "none"


class ClientSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as its digest; two may overlap while an app is rolled over."""

    client_id: str
    secret_id: str
    digest: str
    created_at: int
    expires_at: int | None = None


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key for ``private_key_jwt`` (RFC 7523 §2.2)."""

    client_id: str
    kid: str
    jwk: dict[str, str]
    created_at: int
    expires_at: int | None = None


class ClientGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Which scopes of an API a client may have, by itself or for its users."""

    id: str
    client_id: str
    api_id: str
    scopes: tuple[str, ...] = ()
    allow_all_scopes: bool = False
    subject_type: Literal["client", "user"] = "client"
    created_at: int = 0
