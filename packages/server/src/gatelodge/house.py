"""The composition root's type: everything an endpoint may reach, handed in once."""

from __future__ import annotations

import msgspec

from gatelodge.actions.runner import Actions
from gatelodge.base.clock import Clock
from gatelodge.base.entropy import Entropy
from gatelodge.base.opaque import RefreshTokens
from gatelodge.base.seal import Sealer
from gatelodge.connections.gate import Gate
from gatelodge.hasher import HashingPool
from gatelodge.keys import Keyring
from gatelodge.model.catalogue import Catalogue, CatalogueRows, index
from gatelodge.model.reads import LoadCatalogue
from gatelodge.outbound import FetchRefused, Outbound
from gatelodge.pages.logos import LARGEST, Logo, Logos
from gatelodge.pages.render import Pages
from gatelodge.store.database import Database


class Snapshot(msgspec.Struct, frozen=True):
    """Configuration and signers of one version; a request uses one from end to end."""

    catalogue: Catalogue
    keyring: Keyring


class House(msgspec.Struct, kw_only=True):
    """One running server. The snapshot is its only part that changes.

    Attributes:
        issuers: ours, the first is the default; each ends with a slash.
        mailbox: whether mails are shown on a page of ours instead of being sent.
        hashing: where passwords are hashed.
        gate: speaks with other parties who vouch for people.
        actions: asks the administrator's functions and webhooks.
    """

    store: Database
    clock: Clock
    entropy: Entropy
    sealer: Sealer
    refresh_tokens: RefreshTokens
    hashing: HashingPool
    pages: Pages
    logos: Logos
    gate: Gate
    actions: Actions
    issuers: tuple[str, ...]
    mailbox: bool
    snapshot: Snapshot

    @property
    def issuer(self) -> str:
        """The default issuer."""
        return self.issuers[0]

    async def reload(self) -> None:
        """Take up configuration as it is now in the database."""
        self.snapshot = await load_snapshot(self.store, self.sealer, self.issuers)


async def load_snapshot(
    store: Database, sealer: Sealer, issuers: tuple[str, ...]
) -> Snapshot:
    """Read all configuration and unseal the keys that sign."""
    rows: CatalogueRows = await store.read(LoadCatalogue())
    return Snapshot(index(rows, issuers), Keyring(rows.signing_keys, sealer))


def refresh_tokens(sealer: Sealer) -> RefreshTokens:
    """The refresh tokens of these master keys."""
    return RefreshTokens(
        secret_keys=sealer.mac_keys("refresh secret"),
        shield_keys=sealer.mac_keys("refresh shield"),
    )


def logos(outbound: Outbound) -> Logos:
    """Logos fetched through the one way out; one that cannot be had is left away."""

    async def fetch(url: str) -> Logo | None:
        try:
            found = await outbound.get(url, largest=LARGEST, media_types="image/")
        except FetchRefused:
            return None
        return Logo(found.media_type, found.body)

    return Logos(fetch)
