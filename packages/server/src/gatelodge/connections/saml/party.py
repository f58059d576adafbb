"""A SAML connection's two ends: the identity provider, and what we are to it."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from gatelodge.model.connection import Connection
from gatelodge.model.saml import SAMLP, Saml

CALLBACK = "login/callback"


class SamlParty(msgspec.Struct, frozen=True, kw_only=True):
    """A connection's identity provider, seen from one of our issuers."""

    connection: Connection
    saml: Saml
    issuer: str

    @property
    def label(self) -> str:
        """What the connection is called on our pages."""
        return label_of(self.connection)

    @property
    def entity_id(self) -> str:
        """Our name there: the only audience whose assertions count."""
        name = self.connection.name
        return self.saml.own_entity_id or f"urn:auth0:{self._host}:{name}"

    @property
    def consumer(self) -> str:
        """Where answers come to: the only recipient (contract 1.9)."""
        name = quote(self.connection.name, safe="")
        return f"{self.issuer}{CALLBACK}?connection={name}"

    @property
    def logout(self) -> str:
        """Where logout messages come to."""
        return f"{self.issuer}logout"

    @property
    def _host(self) -> str:
        return self.issuer.split("://", 1)[-1].rstrip("/").split("/")[0].split(":")[0]


def saml_party(connection: Connection | None, issuer: str) -> SamlParty | None:
    """The SAML identity provider of a connection; None for other kinds."""
    saml = connection.options.saml if connection else None
    if connection is None or saml is None or connection.strategy != SAMLP:
        return None
    return SamlParty(connection=connection, saml=saml, issuer=issuer)


def label_of(connection: Connection) -> str:
    """Its display name, or else its own."""
    return connection.options.display_name or connection.name
