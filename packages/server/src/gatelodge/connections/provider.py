"""What is known of a provider beforehand: one small file each, in ``providers``.

Two mechanisms carry them all: ``oidc`` (an ID token says who it is) and ``oauth2`` (its
own documents do). A provider of either kind that is not here is a connection of
strategy ``oidc`` or ``oauth2`` with everything said in its options.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from gatelodge.model.connection import Connection, TokenAuth, Upstream


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider.

    Attributes:
        kind: the mechanism.
        label: what its button says.
        issuers: whose ID tokens count; ``{tid}`` stands for a claim of that name.
        documents: further documents about the person, by name; each is fetched with
            the access token. ``userinfo`` is the first.
        profile: where each of our fields stands; the first path found wins.
        trusts_email: the provider proves every address it tells of.
        params: added to each request.
        form_post: the answer comes as a form (OAuth 2.0 Form Post Response Mode).
        secret: ``jwt`` where the secret is a signed JWT (Apple).
        short_state: carries only a short state.
        pkce: proof key for code exchange (RFC 7636); False where it is refused.
        revocation_endpoint: where its tokens are given back (RFC 7009); for ``issuer``
            only.
        revocation_required: they have to be when an account is deleted, so they are
            kept for that.
        scope_separator: between scopes; a space in RFC 6749 §3.3.
        web_views: False where the provider refuses windows inside apps.
    """

    kind: Literal["oidc", "oauth2"]
    label: str
    issuer: str | None = None
    issuers: tuple[str, ...] = ()
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    revocation_endpoint: str | None = None
    revocation_required: bool = False
    documents: dict[str, str] = {}
    scopes: tuple[str, ...] = ()
    profile: dict[str, tuple[str, ...]] = {}
    trusts_email: bool = False
    params: dict[str, str] = {}
    token_auth: TokenAuth = "client_secret_post"
    form_post: bool = False
    secret: Literal["text", "jwt"] = "text"
    short_state: bool = False
    pkce: bool = True
    scope_separator: str = " "
    web_views: bool = True


@cache
def providers() -> Mapping[str, Provider]:
    """Every provider by the name of its strategy."""
    folder = resources.files("gatelodge.connections") / "providers"
    return {
        file.name.removesuffix(".toml"): msgspec.toml.decode(
            file.read_bytes(), type=Provider
        )
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith(".toml")
    }


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A connection's other party: the provider's data and our standing there."""

    connection: Connection
    provider: Provider
    upstream: Upstream

    @property
    def label(self) -> str:
        """What the connection is called on our pages."""
        return self.connection.options.display_name or self.provider.label

    @property
    def icon(self) -> str:
        """The name of its mark; pages that do not know it show none."""
        return self.connection.strategy

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked of every person."""
        own = self.upstream.scopes
        return self.provider.scopes if own is None else own

    @property
    def callback(self) -> str:
        """Where answers come to, below the issuer."""
        own = f"/{self.connection.name}" if self.upstream.own_callback else ""
        return f"login/callback{own}"


def party_of(connection: Connection | None) -> Party | None:
    """The other party of a connection; None for our own database."""
    upstream = connection.options.upstream if connection else None
    provider = providers().get(connection.strategy) if connection else None
    if connection is None or upstream is None or provider is None:
        return None
    return Party(connection=connection, provider=provider, upstream=upstream)
