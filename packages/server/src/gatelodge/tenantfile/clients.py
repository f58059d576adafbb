"""Auth0's Application object and our client (contract 1.4, 4.1 rows 8 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from gatelodge.model.client import (
    CLIENT_CREDENTIALS,
    CODE,
    MFA_OOB,
    MFA_OTP,
    MFA_RECOVERY,
    PASSWORD,
    PASSWORD_REALM,
    PASSWORDLESS,
    REFRESH,
    TOKEN_EXCHANGE,
    WEBAUTHN,
    Android,
    AppType,
    AuthMethod,
    Client,
    ClientOptions,
    Ios,
    NativeProvider,
    RefreshPolicy,
)
from gatelodge.tenantfile import saml_apps
from gatelodge.tenantfile.findings import Path, Remarks
from gatelodge.tenantfile.native_shapes import Enabled, NativeSocial
from gatelodge.tenantfile.shapes import (
    ClientShape,
    MobileShape,
    RefreshShape,
    given,
)

APP_TYPES: Final[Mapping[str, AppType]] = {
    "native": "native",
    "spa": "spa",
    "regular_web": "web",
    "non_interactive": "machine",
}
_AUTH0_TYPES: Final = {ours: theirs for theirs, ours in APP_TYPES.items()}
_METHODS: Final[Mapping[str, AuthMethod]] = {
    "none": "none",
    "client_secret_post": "client_secret_post",
    "client_secret_basic": "client_secret_basic",
    "private_key_jwt": "private_key_jwt",
}
GRANTS: Final = (
    CODE,
    REFRESH,
    CLIENT_CREDENTIALS,
    PASSWORD,
    PASSWORD_REALM,
    PASSWORDLESS,
    TOKEN_EXCHANGE,
    MFA_OTP,
    MFA_OOB,
    MFA_RECOVERY,
    WEBAUTHN,
)
_SOCIAL: Final[tuple[NativeProvider, ...]] = ("apple", "facebook", "google")


def merge(
    shape: ClientShape,
    current: Client | None,
    *,
    fresh_id: str,
    now: int,
    path: Path,
    remarks: Remarks,
) -> Client | None:
    """The client as the file wants it; None when the file cannot be understood."""
    app_type = _app_type(shape, current, path, remarks)
    method = _method(shape, current, app_type, path, remarks)
    if app_type is None or method is None:
        return None
    base = current or Client(
        client_id=given(shape.client_id, fresh_id),
        name=shape.name,
        app_type=app_type,
        auth_method=method,
        grant_types=(CLIENT_CREDENTIALS,) if app_type == "machine" else (CODE, REFRESH),
        created_at=now,
    )
    return msgspec.structs.replace(
        base,
        name=shape.name,
        app_type=app_type,
        auth_method=method,
        redirect_uris=_listed(shape.callbacks, base.redirect_uris),
        logout_urls=_listed(shape.allowed_logout_urls, base.logout_urls),
        origins=_origins(shape, base),
        grant_types=_grant_types(shape, base, path, remarks),
        options=msgspec.structs.replace(
            _options(shape, base.options),
            saml=saml_apps.merged(shape, base.options.saml, path=path, remarks=remarks),
        ),
        metadata=given(shape.client_metadata, base.metadata),
    )


def to_file(client: Client) -> dict[str, Any]:
    """The client in the file's words, every field said."""
    options = client.options
    found: dict[str, Any] = {
        "name": client.name,
        "client_id": client.client_id,
        "app_type": _AUTH0_TYPES[client.app_type],
        "description": options.description,
        "logo_uri": options.logo_uri,
        "is_first_party": options.first_party,
        "token_endpoint_auth_method": client.auth_method,
        "grant_types": list(client.grant_types),
        "callbacks": list(client.redirect_uris),
        "allowed_logout_urls": list(client.logout_urls),
        "web_origins": list(client.origins),
        "jwt_configuration": {
            "lifetime_in_seconds": options.id_token_lifetime,
            "alg": options.id_token_alg,
        },
        "refresh_token": _refresh_to_file(options.refresh),
        "initiate_login_uri": options.initiate_login_uri,
        "skip_non_verifiable_callback_uri_confirmation_prompt": (
            options.skip_confirmation
        ),
        "require_pkce": options.require_pkce,
        "mfa_policy": options.mfa_policy,
        "id_token_claims": dict(options.id_token_claims),
        "access_token_claims": dict(options.access_token_claims),
        "client_metadata": dict(client.metadata),
        "is_token_endpoint_ip_header_trusted": options.trusts_forwarded_for,
        "native_social_login": {
            name: {"enabled": name in options.native_social} for name in _SOCIAL
        },
    }
    saml = {"addons": saml_apps.to_file(options.saml)} if options.saml else {}
    return {**found, **_mobile_to_file(options), **saml}


def _app_type(
    shape: ClientShape, current: Client | None, path: Path, remarks: Remarks
) -> AppType | None:
    if isinstance(shape.app_type, UnsetType):
        if current is not None:
            return current.app_type
        if given(shape.grant_types, []) == [CLIENT_CREDENTIALS]:
            return "machine"
        remarks.refuse(path, f"app_type is missing: one of {', '.join(APP_TYPES)}")
        return None
    found = APP_TYPES.get(shape.app_type)
    if found is None:
        text = f"{shape.app_type!r} is not one of {', '.join(APP_TYPES)}"
        remarks.refuse((*path, "app_type"), text)
    return found


def _method(
    shape: ClientShape,
    current: Client | None,
    app_type: AppType | None,
    path: Path,
    remarks: Remarks,
) -> AuthMethod | None:
    name = given(shape.token_endpoint_auth_method, None)
    if name is not None:
        found = _METHODS.get(name)
        if found is None:
            text = f"{name!r} is not one of {', '.join(_METHODS)}"
            remarks.refuse((*path, "token_endpoint_auth_method"), text)
        return found
    methods = given(shape.client_authentication_methods, None)
    if shape.jwks is not UNSET or (methods and methods.private_key_jwt is not UNSET):
        return "private_key_jwt"
    if current is not None:
        return current.auth_method
    return "none" if app_type in {"native", "spa"} else "client_secret_post"


def _grant_types(
    shape: ClientShape, base: Client, path: Path, remarks: Remarks
) -> tuple[str, ...]:
    if isinstance(shape.grant_types, UnsetType):
        return base.grant_types
    unknown = [name for name in shape.grant_types if name not in GRANTS]
    if unknown:
        remarks.warn(
            (*path, "grant_types"), f"left out, not supported: {', '.join(unknown)}"
        )
    return tuple(dict.fromkeys(name for name in shape.grant_types if name in GRANTS))


def _options(shape: ClientShape, base: ClientOptions) -> ClientOptions:
    jwt = shape.jwt_configuration
    lifetime, alg = base.id_token_lifetime, base.id_token_alg
    if not isinstance(jwt, UnsetType):
        lifetime = given(jwt.lifetime_in_seconds, lifetime)
        alg = given(jwt.alg, alg)
    skip = shape.skip_non_verifiable_callback_uri_confirmation_prompt
    return msgspec.structs.replace(
        base,
        description=given(shape.description, base.description) or "",
        logo_uri=given(shape.logo_uri, base.logo_uri) or None,
        first_party=given(shape.is_first_party, base.first_party),
        id_token_lifetime=lifetime,
        id_token_alg=alg,
        refresh=_refresh(shape.refresh_token, base.refresh),
        initiate_login_uri=given(shape.initiate_login_uri, base.initiate_login_uri)
        or None,
        skip_confirmation=given(skip, base.skip_confirmation),
        require_pkce=given(shape.require_pkce, base.require_pkce),
        mfa_policy=given(shape.mfa_policy, base.mfa_policy),
        id_token_claims=given(shape.id_token_claims, base.id_token_claims),
        access_token_claims=given(shape.access_token_claims, base.access_token_claims),
        native_social=_native_social(shape.native_social_login, base),
        trusts_forwarded_for=given(
            shape.is_token_endpoint_ip_header_trusted, base.trusts_forwarded_for
        ),
        **_mobile(shape.mobile, base),
    )


def _native_social(
    shape: NativeSocial | UnsetType, base: ClientOptions
) -> tuple[NativeProvider, ...]:
    if isinstance(shape, UnsetType):
        return base.native_social
    wanted: list[NativeProvider] = []
    for name in _SOCIAL:
        before = Enabled(enabled=name in base.native_social)
        said: Enabled = given(getattr(shape, name), before)
        wanted += [name] if said.enabled else []
    return tuple(wanted)


def _refresh(shape: RefreshShape | UnsetType, base: RefreshPolicy) -> RefreshPolicy:
    """An explicit leeway, 0 included, is honoured (decisions 1)."""
    if isinstance(shape, UnsetType):
        return base
    rotation = given(shape.rotation_type, "")
    expiration = given(shape.expiration_type, "")
    return RefreshPolicy(
        rotating=rotation == "rotating" if rotation else base.rotating,
        expiring=expiration == "expiring" if expiration else base.expiring,
        overlap=given(shape.leeway, base.overlap),
        lifetime=given(shape.token_lifetime, base.lifetime),
        infinite_lifetime=given(shape.infinite_token_lifetime, base.infinite_lifetime),
        idle_lifetime=given(shape.idle_token_lifetime, base.idle_lifetime),
        infinite_idle_lifetime=given(
            shape.infinite_idle_token_lifetime, base.infinite_idle_lifetime
        ),
    )


def _refresh_to_file(policy: RefreshPolicy) -> dict[str, Any]:
    return {
        "rotation_type": "rotating" if policy.rotating else "non-rotating",
        "expiration_type": "expiring" if policy.expiring else "non-expiring",
        "leeway": policy.overlap,
        "token_lifetime": policy.lifetime,
        "infinite_token_lifetime": policy.infinite_lifetime,
        "idle_token_lifetime": policy.idle_lifetime,
        "infinite_idle_token_lifetime": policy.infinite_idle_lifetime,
    }


def _mobile(shape: MobileShape | UnsetType, base: ClientOptions) -> dict[str, Any]:
    if isinstance(shape, UnsetType):
        return {}
    found: dict[str, Any] = {"ios": base.ios, "android": base.android}
    if not isinstance(shape.ios, UnsetType):
        found["ios"] = shape.ios and Ios(
            team_id=shape.ios.team_id, bundle_id=shape.ios.app_bundle_identifier
        )
    if not isinstance(shape.android, UnsetType):
        found["android"] = shape.android and Android(
            package_name=shape.android.app_package_name,
            fingerprints=tuple(
                one.upper() for one in shape.android.sha256_cert_fingerprints
            ),
        )
    return found


def _mobile_to_file(options: ClientOptions) -> dict[str, Any]:
    mobile: dict[str, Any] = {}
    if options.ios:
        mobile["ios"] = {
            "team_id": options.ios.team_id,
            "app_bundle_identifier": options.ios.bundle_id,
        }
    if options.android:
        mobile["android"] = {
            "app_package_name": options.android.package_name,
            "sha256_cert_fingerprints": list(options.android.fingerprints),
        }
    return {"mobile": mobile} if mobile else {}


def _origins(shape: ClientShape, base: Client) -> tuple[str, ...]:
    """Auth0 keeps two lists; one is enough here."""
    if shape.web_origins is UNSET and shape.allowed_origins is UNSET:
        return base.origins
    both = [*given(shape.web_origins, []), *given(shape.allowed_origins, [])]
    return tuple(dict.fromkeys(origin.rstrip("/") for origin in both))


def _listed(
    texts: list[str] | UnsetType, otherwise: tuple[str, ...]
) -> tuple[str, ...]:
    return otherwise if isinstance(texts, UnsetType) else tuple(dict.fromkeys(texts))
