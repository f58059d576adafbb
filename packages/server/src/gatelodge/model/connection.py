"""A connection: a source of identities. The first kind is our own user database."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

DEFAULT_CONNECTION: Final = "Username-Password-Authentication"
PasswordPolicy: TypeAlias = Literal["none", "low", "fair", "good", "excellent"]


class ConnectionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a database connection (contract 1.9).

    Attributes:
        enabled_clients: None means every client.
        password_policy: Auth0's five levels.
        password_min_length: characters; security defaults 27.
    """

    enabled_clients: tuple[str, ...] | None = None
    disable_signup: bool = False
    disable_self_service_change_password: bool = False
    requires_username: bool = False
    password_policy: PasswordPolicy = "good"
    password_min_length: int = 8


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table ``connection``."""

    id: str
    name: str
    strategy: str = "auth0"
    options: ConnectionOptions = ConnectionOptions()
    position: int = 0
    created_at: int = 0

    def serves(self, client_id: str) -> bool:
        """Whether this client's users may sign in through it."""
        enabled = self.options.enabled_clients
        return enabled is None or client_id in enabled
