"""Social and enterprise connections: Auth0's words and ours (contract 1.9)."""

from __future__ import annotations

from typing import Any, Final, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import UnsetType

from gatelodge.base.text import email_key, is_email
from gatelodge.connections import profile
from gatelodge.connections.provider import Provider, providers
from gatelodge.connections.secret import opened
from gatelodge.login.passwordless import STRATEGIES
from gatelodge.model.connection import (
    UPSTREAM_SECRET,
    Connection,
    ConnectionOptions,
    TokenAuth,
    Upstream,
)
from gatelodge.model.saml import SAMLP
from gatelodge.tenantfile import saml, upstream_params
from gatelodge.tenantfile.draft import Draft
from gatelodge.tenantfile.findings import Path
from gatelodge.tenantfile.rules import Reasons
from gatelodge.tenantfile.shapes import ConnectionShape, Maybe, UpstreamShape, given

_MOST_DOMAINS: Final = 1_000
_ROOT: Final = ("on_each_login", "on_first_login")
_AUTH: Final[tuple[str, ...]] = get_args(TokenAuth)
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")


def merge(
    shape: ConnectionShape,
    current: Connection | None,
    *,
    enabled: tuple[str, ...] | None,
    draft: Draft,
    path: Path,
) -> Connection | None:
    """The connection as the file wants it; None where it cannot be."""
    provider = providers().get(shape.strategy)
    if provider is None and shape.strategy != SAMLP:
        known = ", ".join((*providers(), SAMLP, *STRATEGIES))
        text = f"left out: strategy {shape.strategy!r} is not built; known: {known}"
        draft.remarks.warn((*path, "strategy"), text)
        return None
    base = current or Connection(
        id=draft.draw_id("con"),
        name=shape.name,
        strategy=shape.strategy,
        position=len(draft.connections),
        created_at=draft.now,
    )
    if base.strategy != shape.strategy:
        text = f"{shape.name} is a {base.strategy} connection; that never changes"
        draft.remarks.refuse((*path, "strategy"), text)
        return None
    options = _merged(shape, base.options, enabled, draft, path)
    if provider is None:
        options = _with_saml(shape, options, draft, path)
    else:
        upstream = _upstream(shape, options.upstream, draft, path)
        draft.refuse_all((*path, "options"), _problems(upstream, provider))
        options = msgspec.structs.replace(options, upstream=upstream)
    return msgspec.structs.replace(base, options=options)


def _with_saml(
    shape: ConnectionShape, options: ConnectionOptions, draft: Draft, path: Path
) -> ConnectionOptions:
    said = _options(shape)
    once = _once(said, options.once if options.saml else False, draft, path)
    found = saml.merged(said, options.saml, draft=draft, path=path, once=once)
    return msgspec.structs.replace(options, saml=found)


def _merged(
    shape: ConnectionShape,
    options: ConnectionOptions,
    enabled: tuple[str, ...] | None,
    draft: Draft,
    path: Path,
) -> ConnectionOptions:
    signup = _options(shape).disable_signup
    return msgspec.structs.replace(
        options,
        enabled_clients=_enabled(shape, options, enabled),
        display_name=given(shape.display_name, options.display_name),
        show_as_button=given(shape.show_as_button, options.show_as_button),
        disable_signup=given(signup, options.disable_signup),
        domains=_domains(shape, options, draft, path),
        link_by_verified_email=given(
            _options(shape).link_by_verified_email, options.link_by_verified_email
        ),
    )


def _domains(
    shape: ConnectionShape, options: ConnectionOptions, draft: Draft, path: Path
) -> tuple[str, ...]:
    """Domains of addresses that lead here, in the form they are compared in."""
    said = _options(shape)
    if isinstance(said.domain_aliases, UnsetType):
        return options.domains
    found = tuple(email_key(one).lstrip("@") for one in said.domain_aliases or ())
    where = (*path, "options", "domain_aliases")
    for domain in found:
        if not is_email(f"a@{domain}"):
            draft.remarks.refuse(where, f"{domain!r} is no domain")
        others = [one for one in draft.connections.values() if one.name != shape.name]
        for other in (one for one in others if domain in one.options.domains):
            text = (
                f"{domain} leads to {other.name} too; the first that serves an app wins"
            )
            draft.remarks.warn(where, text)
    if len(found) > _MOST_DOMAINS:
        draft.remarks.refuse(where, f"more than {_MOST_DOMAINS} domains")
    return tuple(dict.fromkeys(found))


def _once(said: UpstreamShape, before: bool, draft: Draft, path: Path) -> bool:
    root = given(said.set_user_root_attributes, _ROOT[before])
    if root not in _ROOT:
        text = f"{root!r} is not one of {', '.join(_ROOT)}"
        draft.remarks.refuse((*path, "options", "set_user_root_attributes"), text)
    return root == _ROOT[1]


def to_file(connection: Connection, *, secret: str | None = None) -> dict[str, Any]:
    """The connection in the file's words; ``secret`` where it may be told."""
    options = connection.options
    upstream = options.upstream or Upstream(client_id="")
    enabled = options.enabled_clients
    said: dict[str, Any] = {
        "client_id": upstream.client_id,
        "team_id": upstream.team_id,
        "kid": upstream.key_id,
        "issuer": upstream.issuer,
        "authorization_endpoint": upstream.authorization_endpoint,
        "token_endpoint": upstream.token_endpoint,
        "userinfo_endpoint": upstream.userinfo_endpoint,
        "jwks_uri": upstream.jwks_uri,
        "token_endpoint_auth_method": upstream.token_auth,
        "scope": None if upstream.scopes is None else " ".join(upstream.scopes),
        "upstream_params": upstream_params.to_file(upstream),
        "profile": upstream.profile,
        "set_user_root_attributes": _ROOT[upstream.once],
        "own_callback": upstream.own_callback,
        "keep_tokens": upstream.keep_tokens,
        "allowed_audiences": list(upstream.native_ids),
        "domain_aliases": list(options.domains),
        "disable_signup": options.disable_signup,
        "link_by_verified_email": options.link_by_verified_email,
    }
    if secret is not None:
        said["client_secret"] = secret
    if options.saml is not None:
        said = saml.to_file(options, options.saml)
    return {
        "name": connection.name,
        "strategy": connection.strategy,
        "display_name": options.display_name,
        "show_as_button": options.show_as_button,
        "enabled_clients": None if enabled is None else list(enabled),
        "options": said,
    }


def _upstream(
    shape: ConnectionShape, current: Upstream | None, draft: Draft, path: Path
) -> Upstream:
    said = _options(shape)
    generic = shape.strategy in ("oidc", "oauth2")
    base = current or Upstream(client_id="", own_callback=generic)
    once = _once(said, base.once, draft, path)
    params = upstream_params.merged(said.upstream_params, base, draft=draft, path=path)
    method = given(said.token_endpoint_auth_method, base.token_auth)
    if method is not None and method not in _AUTH:
        text = f"{method!r} is not one of {', '.join(_AUTH)}"
        draft.remarks.refuse((*path, "options", "token_endpoint_auth_method"), text)
    return msgspec.convert(
        {
            "client_id": given(said.client_id, base.client_id),
            "sealed_secret": _secret(said, base, draft),
            "issuer": given(said.issuer, base.issuer),
            **_endpoints(said, base),
            "jwks_uri": given(said.jwks_uri, base.jwks_uri),
            "token_auth": method if method in _AUTH else None,
            "scopes": _scopes(said.scope, base.scopes),
            "params": params.params,
            "aliases": params.aliases,
            "profile": given(said.profile, base.profile) or {},
            "own_callback": given(said.own_callback, base.own_callback),
            "once": once,
            "keep_tokens": given(said.keep_tokens, base.keep_tokens),
            "native_ids": tuple(given(said.allowed_audiences, [*base.native_ids])),
            "team_id": given(said.team_id, base.team_id),
            "key_id": given(said.kid, base.key_id),
        },
        type=Upstream,
    )


def _secret(said: UpstreamShape, base: Upstream, draft: Draft) -> str | None:
    """A secret that is there already is not sealed anew: nothing has changed."""
    told = given(said.client_secret, given(said.app_secret, None))
    if told is None:
        return base.sealed_secret
    if opened(base, draft.sealer) == told.reveal():
        return base.sealed_secret
    return draft.seal(told.reveal(), purpose=UPSTREAM_SECRET)


def _endpoints(said: UpstreamShape, base: Upstream) -> dict[str, str | None]:
    """Both spellings of each."""
    told = {
        "authorization_endpoint": (said.authorization_endpoint, said.authorization_url),
        "token_endpoint": (said.token_endpoint, said.token_url),
        "userinfo_endpoint": (said.userinfo_endpoint, said.userinfo_url),
    }
    return {
        name: given(one, given(other, getattr(base, name)))
        for name, (one, other) in told.items()
    }


def _scopes(
    said: Maybe[str | list[str] | None], base: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    if isinstance(said, UnsetType):
        return base
    if said is None:
        return None
    return tuple(said.replace(",", " ").split() if isinstance(said, str) else said)


def _problems(upstream: Upstream, provider: Provider) -> Reasons:
    """What would make every sign-in through it fail."""
    if not upstream.client_id:
        yield "client_id", "missing: what the provider calls this server"
    yield from _bad_addresses(upstream)
    if provider.kind == "oidc" and not (upstream.issuer or provider.issuer):
        yield "issuer", "missing: whose ID tokens are believed"
    if provider.kind == "oauth2" and not provider.token_endpoint:
        absent = [name for name in _ENDPOINTS if getattr(upstream, name) is None]
        for name in absent:
            yield name, "missing: an OAuth 2.0 server does not say it itself"
    for field, claim in upstream.profile.items():
        if field not in _FIELDS or profile.unfit(claim):
            yield "profile", f"{field}: {claim!r} is no path to one of {_FIELDS}"


def _bad_addresses(upstream: Upstream) -> Reasons:
    for name in (*_ENDPOINTS, "issuer", "jwks_uri"):
        value = getattr(upstream, name)
        if value is not None and not _is_address(value):
            yield name, f"{value!r} is no http(s) address"


_FIELDS: Final = (
    "external_id",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
)


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _enabled(
    shape: ConnectionShape, base: ConnectionOptions, enabled: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    untold = isinstance(shape.enabled_clients, UnsetType)
    return base.enabled_clients if untold else enabled


def _options(shape: ConnectionShape) -> UpstreamShape:
    unset = UpstreamShape()
    return unset if isinstance(shape.options, UnsetType) else shape.options
