"""A client that speaks SAML, and what we are to it."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import msgspec

from gatelodge.model.client import Client
from gatelodge.model.saml import SamlApp


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A client's SAML side, seen from one of our issuers."""

    client: Client
    saml: SamlApp
    issuer: str

    @property
    def entity_id(self) -> str:
        """Our name as an identity provider."""
        return entity_id(self.issuer)

    @property
    def sign_in(self) -> str:
        """Where its requests come to."""
        return f"{self.issuer}samlp/{quote(self.client.client_id, safe='')}"

    @property
    def sign_out(self) -> str:
        """Where its logout messages come to."""
        return f"{self.sign_in}/logout"


def entity_id(issuer: str) -> str:
    """Our name as an identity provider, for all apps."""
    return f"urn:{urlsplit(issuer).netloc}"


def app_of(client: Client | None, issuer: str) -> App | None:
    """The SAML side of a client; None where it has none."""
    saml = client.options.saml if client else None
    if client is None or saml is None:
        return None
    return App(client=client, saml=saml, issuer=issuer)
