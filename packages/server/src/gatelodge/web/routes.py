"""Which endpoint answers where, as one table.

``surface`` says how refusals look: ``api`` JSON, ``page`` a page for people. A page's
POST must come from a page of ours (``guarded``); ``cors`` endpoints may be called by
registered web apps.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeAlias

import msgspec

from gatelodge.base.exchange import Exchange, Reply
from gatelodge.endpoints import (
    account_pages,
    authorize,
    branding,
    continuing,
    dbconnections,
    forgot_page,
    health,
    landing,
    login_page,
    logout,
    mailbox,
    mfa_api,
    mfa_enrol_page,
    mfa_page,
    mfa_recovery_page,
    mfa_standing,
    passkey_api,
    passkey_pages,
    passwordless_link,
    passwordless_page,
    passwordless_start,
    revoke,
    saml_app,
    saml_logout,
    saml_metadata,
    saml_round,
    signup_page,
    ticket_pages,
    token,
    unblock_page,
    upstream,
    userinfo,
    wellknown,
)
from gatelodge.endpoints.account import (
    address,
    apps,
    authenticator,
    connecting,
    data,
    delete,
    devices,
    entry,
    identities,
    overview,
    passkey,
    password,
    profile,
    security,
)
from gatelodge.house import House
from gatelodge.model.builtin import ACCOUNT_CALLBACK
from gatelodge.pages.looks import LOGO_PATH
from gatelodge.web import me_routes

Endpoint: TypeAlias = Callable[[House, Exchange], Awaitable[Reply]]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint under one method and path."""

    endpoint: Endpoint
    surface: Literal["api", "page"] = "api"
    cors: bool = False
    guarded: bool = False
    any_host: bool = False


def _api(endpoint: Endpoint, *, cors: bool = True) -> Route:
    return Route(endpoint=endpoint, cors=cors)


def _page(endpoint: Endpoint, *, guarded: bool = False) -> Route:
    return Route(endpoint=endpoint, surface="page", guarded=guarded)


_SCREENS: Final[Mapping[str, tuple[Endpoint, Endpoint]]] = {
    "/u/login": (login_page.show, login_page.submit),
    "/u/passwordless": (passwordless_page.show, passwordless_page.submit),
    "/u/passwordless/code": (
        passwordless_page.show_code,
        passwordless_page.submit_code,
    ),
    passwordless_link.PATH: (passwordless_link.show, passwordless_link.submit),
    "/u/signup": (signup_page.show, signup_page.submit),
    "/u/passkey": (passkey_pages.show, passkey_pages.submit),
    "/u/forgot": (forgot_page.show, forgot_page.submit),
    "/u/reset": (ticket_pages.show_reset, ticket_pages.submit_reset),
    mfa_standing.MFA_PATH: (mfa_page.show, mfa_page.submit),
    mfa_standing.ENROL_PATH: (mfa_enrol_page.show, mfa_enrol_page.submit),
    "/u/change-email": (address.show_link, address.submit_link),
    "/account/profile": (profile.show, profile.submit),
    "/account/email": (address.show, address.submit),
    "/account/password": (password.show, password.submit),
    "/account/security": (security.show, security.submit),
    "/account/authenticator": (authenticator.show, authenticator.submit),
    "/account/passkey": (passkey.show, passkey.submit),
    "/account/identities": (identities.show, connecting.submit),
    "/account/devices": (devices.show, devices.submit),
    "/account/apps": (apps.show, apps.submit),
    "/account/data": (data.show, data.submit),
    "/account/delete": (delete.show, delete.submit),
    "/u/verify-email": (ticket_pages.show_verify, ticket_pages.submit_verify),
    "/u/unblock": (unblock_page.show, unblock_page.submit),
    **{
        f"/u/{screen}": (
            account_pages.showing(screen),
            account_pages.answering(screen),
        )
        for screen in ("consent", "confirm", "select-account", "keep-account")
    },
}
_LEGACY: Final = (
    "/oauth/ro",
    "/oauth/access_token",
    "/delegation",
    "/tokeninfo",
    "/unlink",
    "/ssodata",
    "/passwordless/verify",
)
_DISCOVERY: Final = (
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
)
_APPLE: Final = (
    "/.well-known/apple-app-site-association",
    "/apple-app-site-association",
)
CALLBACK_KINDS: Final = frozenset({"ios", "macos", "visionos", "android", "capacitor"})
UPSTREAM_CALLBACK: Final = _page(connecting.come_back)
RETURN_TO_APP: Final = _page(landing.return_to_app)

ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", "/authorize"): _page(authorize.authorize),
    ("POST", "/authorize"): _page(authorize.authorize),
    ("POST", "/oauth/token"): _api(token.token),
    ("GET", "/mfa/authenticators"): _api(mfa_api.authenticators),
    ("POST", "/mfa/associate"): _api(mfa_api.associate),
    ("POST", "/mfa/challenge"): _api(mfa_api.challenge),
    ("POST", "/oauth/revoke"): _api(revoke.revoke),
    ("GET", "/userinfo"): _api(userinfo.userinfo),
    ("POST", "/userinfo"): _api(userinfo.userinfo),
    ("GET", "/v2/logout"): _page(logout.auth0_logout),
    ("GET", "/oidc/logout"): _page(logout.oidc_logout),
    ("POST", "/oidc/logout"): _page(logout.oidc_logout),
    ("POST", "/u/logout"): _page(logout.confirmed, guarded=True),
    ("GET", saml_round.PATH): _page(saml_round.go_on),
    ("POST", mfa_standing.DONE_PATH): _page(mfa_recovery_page.done, guarded=True),
    ("POST", "/u/passkey/login"): _page(passkey_pages.sign_in, guarded=True),
    ("POST", "/passkey/register"): _api(passkey_api.register),
    ("POST", "/passkey/challenge"): _api(passkey_api.challenge),
    ("POST", "/u/verify-email/resend"): _page(ticket_pages.resend_verify, guarded=True),
    ("POST", "/dbconnections/signup"): _api(dbconnections.sign_up),
    ("POST", "/dbconnections/change_password"): _api(dbconnections.change_password),
    ("POST", "/passwordless/start"): _api(passwordless_start.start),
    ("GET", "/.well-known/jwks.json"): _api(wellknown.jwks),
    ("GET", "/.well-known/assetlinks.json"): _api(wellknown.assetlinks),
    ("GET", continuing.PATH): _page(continuing.come_back),
    ("POST", continuing.PATH): _page(continuing.come_back),
    ("GET", "/u/upstream"): _page(upstream.leave),
    ("GET", "/account"): _page(overview.show),
    ("GET", f"/{ACCOUNT_CALLBACK}"): _page(entry.came_in),
    ("GET", upstream.CALLBACK): UPSTREAM_CALLBACK,
    ("POST", upstream.CALLBACK): UPSTREAM_CALLBACK,
    ("GET", "/samlp/metadata"): _page(saml_metadata.ours),
    ("GET", "/logout"): _page(saml_logout.landing),
    ("POST", "/logout"): _page(saml_logout.landing),
    ("GET", "/"): _page(landing.home),
    ("GET", "/favicon.svg"): _page(landing.favicon),
    ("GET", "/favicon.ico"): _page(landing.favicon),
    ("GET", LOGO_PATH): _page(branding.tenant_logo),
    ("GET", branding.CLIENT_LOGO): _page(branding.client_logo),
    ("GET", "/mailbox"): _page(mailbox.inbox),
    ("GET", "/mailbox/message"): _page(mailbox.message),
    ("GET", "/healthz"): Route(endpoint=health.healthz, any_host=True),
    ("GET", "/readyz"): Route(endpoint=health.readyz, any_host=True),
    **{("GET", path): _api(wellknown.discovery) for path in _DISCOVERY},
    **{("GET", path): _api(wellknown.apple_app_site_association) for path in _APPLE},
    **{("POST", path): _api(landing.legacy) for path in _LEGACY},
    **{key: _api(endpoint) for key, endpoint in me_routes.ME.items()},
    **{("GET", path): _page(pair[0]) for path, pair in _SCREENS.items()},
    **{("POST", path): _page(pair[1], guarded=True) for path, pair in _SCREENS.items()},
}
BELOW: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", f"{upstream.CALLBACK}/"): UPSTREAM_CALLBACK,
    ("POST", f"{upstream.CALLBACK}/"): UPSTREAM_CALLBACK,
    ("GET", saml_app.PREFIX): _page(saml_app.any_app),
    ("POST", saml_app.PREFIX): _page(saml_app.any_app),
    ("DELETE", mfa_api.AUTHENTICATOR): _api(mfa_api.remove),
    **{("GET", f"/{kind}/"): RETURN_TO_APP for kind in CALLBACK_KINDS},
}
"""What answers at every path that begins so; ``ROUTES`` goes before it."""
PATHS: Final = frozenset(path for _, path in ROUTES)


def find(method: str, path: str) -> Route | None:
    """The route of a request; exact, but for paths that hold a name."""
    method_known = "GET" if method == "HEAD" else method
    found = ROUTES.get((method_known, me_routes.template_of(path) or path))
    return found or _below(method_known, path)


def _below(method: str, path: str) -> Route | None:
    for (known, start), route in BELOW.items():
        if known == method and path.startswith(start):
            return route
    return None


def methods(path: str) -> tuple[str, ...]:
    """Methods that exist at ``path``, for ``Allow``."""
    template = me_routes.template_of(path) or path
    exact = {method for method, known in ROUTES if known == template}
    below = {method for method, start in BELOW if path.startswith(start)}
    return tuple(sorted(exact | below))
