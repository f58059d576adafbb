"""What this server is and can, for machines (OIDC Discovery 1.0 §3, RFC 8414 §2)."""

from __future__ import annotations

from typing import Any, Final

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
)
from gatelodge.oauth import claims
from gatelodge.oauth.response import MODES
from gatelodge.oauth.scope import OFFLINE, STANDARD
from gatelodge.oauth.second_factor import ACR

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
AUTH_METHODS: Final = (
    "none",
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
)
ASSERTION_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")


def document(
    issuer: str, *, algorithms: tuple[str, ...], locales: tuple[str, ...]
) -> dict[str, Any]:
    """The metadata document; both well-known forms answer with it."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}authorize",
        "token_endpoint": f"{issuer}oauth/token",
        "userinfo_endpoint": f"{issuer}userinfo",
        "jwks_uri": f"{issuer}.well-known/jwks.json",
        "mfa_challenge_endpoint": f"{issuer}mfa/challenge",
        "revocation_endpoint": f"{issuer}oauth/revoke",
        "end_session_endpoint": f"{issuer}oidc/logout",
        "scopes_supported": [*sorted(STANDARD), OFFLINE],
        "response_types_supported": ["code"],
        "response_modes_supported": list(MODES),
        "grant_types_supported": list(GRANTS),
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(algorithms),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "claims_supported": list(claims.SUPPORTED),
        "acr_values_supported": [ACR],
        "claims_parameter_supported": True,
        "prompt_values_supported": [
            "none",
            "login",
            "consent",
            "select_account",
            "create",
        ],
        "ui_locales_supported": list(locales),
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
