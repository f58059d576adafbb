"""What may be registered (contract 1.3-1.5, decisions 5): reasons, with remedies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gatelodge.base.jose import ALGORITHMS
from gatelodge.base.urls import DANGEROUS_SCHEMES, parse
from gatelodge.model.api import Api
from gatelodge.model.client import CLIENT_CREDENTIALS, Client, RefreshPolicy
from gatelodge.oauth import claim_template, redirect_uri

MOST_URIS: Final = 100
MOST_SCOPES: Final = 1000
LONGEST_TOKEN_LIFE: Final = 2_592_000
LONGEST_REFRESH_LIFE: Final = 31_557_600
LONGEST_OVERLAP: Final = 86_400
_LONGEST_DESCRIPTION: Final = 140
_MOST_METADATA: Final = 10
_LONGEST_METADATA: Final = 255
# A scope token: printable ASCII save space, quote and backslash (RFC 6749 §3.3).
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,280}")
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_.~-]{1,128}")
_FINGERPRINT: Final = re.compile(r"([0-9A-F]{2}:){31}[0-9A-F]{2}")

Reasons = Iterator[tuple[str, str]]
"""Pairs of the field (in Auth0's words) and what is wrong with it."""


def client_reasons(client: Client) -> Reasons:
    """Why this client may not be registered; nothing when it may."""
    yield from _names(client)
    yield from _uris(client)
    if client.public and CLIENT_CREDENTIALS in client.grant_types:
        remedy = "use app_type non_interactive, or an auth method with a secret"
        yield "grant_types", f"a public client cannot hold client_credentials: {remedy}"
    options = client.options
    yield from alg_reasons("jwt_configuration", options.id_token_alg)
    yield from refresh_reasons(options.refresh)
    yield from template_reasons("id_token_claims", options.id_token_claims)
    yield from template_reasons("access_token_claims", options.access_token_claims)
    if not 0 < options.id_token_lifetime <= LONGEST_TOKEN_LIFE:
        yield "jwt_configuration", f"lifetime_in_seconds is 1 to {LONGEST_TOKEN_LIFE}"
    wrong = [
        one
        for one in (options.android.fingerprints if options.android else ())
        if not _FINGERPRINT.fullmatch(one)
    ]
    if wrong:
        yield "mobile", f"{wrong[0][:30]!r} is not a SHA-256 fingerprint like AB:CD:…"


def api_reasons(api: Api) -> Reasons:
    """Why this API may not be registered; nothing when it may."""
    if not api.identifier or any(char.isspace() for char in api.identifier):
        yield "identifier", "an identifier is text without spaces; a URL is customary"
    if not api.name or "<" in api.name or ">" in api.name:
        yield "name", "a name is not empty and has no < or >"
    yield from alg_reasons("signing_alg", api.signing_alg)
    if not 0 < api.token_lifetime <= LONGEST_TOKEN_LIFE:
        yield "token_lifetime", f"1 to {LONGEST_TOKEN_LIFE} seconds"
    if len(api.scopes) > MOST_SCOPES:
        yield "scopes", f"at most {MOST_SCOPES}"
    for scope in api.scopes:
        if not _SCOPE.fullmatch(scope.value):
            yield "scopes", f"{scope.value!r} is not a scope: no spaces or quotes"
    if len(api.scope_values) < len(api.scopes):
        yield "scopes", "a scope stands here twice"
    yield from template_reasons("claims", api.options.claims)


def alg_reasons(field: str, alg: str) -> Reasons:
    """Asymmetric algorithms only: a shared secret would let an API make tokens."""
    if alg not in ALGORITHMS:
        yield field, f"{alg} cannot sign here: use {', '.join(ALGORITHMS)}"


def refresh_reasons(policy: RefreshPolicy) -> Reasons:
    """Lifetimes within bounds, idle within absolute (contract 1.7)."""
    lives = (policy.lifetime, policy.idle_lifetime)
    if any(not 0 < life <= LONGEST_REFRESH_LIFE for life in lives):
        yield "refresh_token", f"lifetimes are 1 to {LONGEST_REFRESH_LIFE} seconds"
    if not 0 <= policy.overlap <= LONGEST_OVERLAP:
        yield "refresh_token", f"leeway is 0 to {LONGEST_OVERLAP} seconds"
    if policy.rotating and not policy.expiring:
        yield (
            "refresh_token",
            "rotating tokens expire: set expiration_type: expiring",
        )
    both = not policy.infinite_lifetime and not policy.infinite_idle_lifetime
    if policy.expiring and both and policy.idle_lifetime > policy.lifetime:
        yield "refresh_token", "idle_token_lifetime is longer than token_lifetime"


def template_reasons(field: str, templates: Mapping[str, str]) -> Reasons:
    """Registered claims cannot be set (contract 1.10)."""
    for name, template in templates.items():
        reason = claim_template.unfit(name, template) or claim_template.misspelt(
            name, template
        )
        if reason:
            yield field, f"{reason}; use a name of your own such as a URL"


def url_reasons(field: str, urls: Iterable[str]) -> Reasons:
    """For places a browser is sent that are not redirect URIs."""
    for url in urls:
        parts = parse(url)
        if "*" in url or "{" in url:
            yield field, f"{url!r}: wildcards are not allowed; list each URL in full"
        elif parts is None or parts.scheme in DANGEROUS_SCHEMES:
            yield field, f"{url!r} is not an absolute URL we can send a browser to"


def _names(client: Client) -> Reasons:
    if not client.name.strip() or "<" in client.name or ">" in client.name:
        yield "name", "a name is not empty and has no < or >"
    if not _CLIENT_ID.fullmatch(client.client_id):
        yield "client_id", "letters, digits and _ . ~ - only, at most 128"
    if len(client.options.description) > _LONGEST_DESCRIPTION:
        yield "description", f"at most {_LONGEST_DESCRIPTION} characters"
    long = any(
        len(text) > _LONGEST_METADATA
        for pair in client.metadata.items()
        for text in pair
    )
    if len(client.metadata) > _MOST_METADATA or long:
        limits = f"{_MOST_METADATA} keys, and {_LONGEST_METADATA} characters each"
        yield "client_metadata", f"at most {limits}"


def _uris(client: Client) -> Reasons:
    lists = (
        ("callbacks", client.redirect_uris),
        ("allowed_logout_urls", client.logout_urls),
        ("web_origins", client.origins),
    )
    yield from (
        (field, f"at most {MOST_URIS}")
        for field, urls in lists
        if len(urls) > MOST_URIS
    )
    reasons = (redirect_uri.unfit([uri]) for uri in client.redirect_uris)
    yield from (("callbacks", reason) for reason in reasons if reason)
    yield from url_reasons("allowed_logout_urls", client.logout_urls)
    yield from _origins(client.origins)
    options = client.options
    for field, url in (
        ("logo_uri", options.logo_uri),
        ("initiate_login_uri", options.initiate_login_uri),
    ):
        if url and not is_web(url):
            yield field, f"{url!r} is not an http or https URL"


def is_web(url: str) -> bool:
    """Whether this is an absolute http or https URL."""
    parts = parse(url)
    return parts is not None and parts.scheme in {"http", "https"}


def _origins(origins: Iterable[str]) -> Reasons:
    yield from url_reasons("web_origins", origins)
    for origin in origins:
        parts = parse(origin)
        if parts and (parts.path not in {"", "/"} or parts.query or parts.fragment):
            yield "web_origins", f"{origin!r}: an origin has no path"
