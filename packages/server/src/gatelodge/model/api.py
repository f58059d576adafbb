"""An API whose tokens we issue (RFC 8707's resource; Auth0: resource server)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Dialect: TypeAlias = Literal[
    "access_token",
    "access_token_authz",
    "rfc9068_profile",
    "rfc9068_profile_authz",
]
UserPolicy: TypeAlias = Literal["allow_all", "require_client_grant", "deny_all"]
ClientPolicy: TypeAlias = Literal["require_client_grant", "deny_all"]


class ApiScope(msgspec.Struct, frozen=True, kw_only=True):
    """One permission of an API, with the words a consent page shows."""

    value: str
    description: str = ""


class ApiOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Behaviour of an API's tokens (contract 1.5).

    Attributes:
        enforce_policies: RBAC; granted scopes shrink to the user's permissions.
        claims: claim templates written into its access tokens, by claim name.
    """

    allow_offline_access: bool = False
    skip_consent: bool = False
    enforce_policies: bool = False
    dialect: Dialect = "access_token"
    user_policy: UserPolicy = "allow_all"
    client_policy: ClientPolicy = "require_client_grant"
    claims: dict[str, str] = {}


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``api``; ``token_lifetime`` in seconds."""

    id: str
    identifier: str
    name: str
    signing_alg: str = "RS256"
    token_lifetime: int = 86_400
    scopes: tuple[ApiScope, ...] = ()
    options: ApiOptions = ApiOptions()
    created_at: int = 0

    @property
    def scope_values(self) -> frozenset[str]:
        """The scopes that exist here."""
        return frozenset(scope.value for scope in self.scopes)

    @property
    def rfc9068(self) -> bool:
        """Whether its tokens follow RFC 9068 rather than Auth0's older form."""
        return self.options.dialect.startswith("rfc9068")

    @property
    def shows_permissions(self) -> bool:
        """Whether its tokens carry the ``permissions`` claim."""
        return self.options.dialect.endswith("_authz")
