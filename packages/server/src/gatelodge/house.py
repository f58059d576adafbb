"""The composition root's type: everything an endpoint may reach, handed in once."""

from __future__ import annotations

import msgspec

from gatelodge.base.clock import Clock
from gatelodge.base.entropy import Entropy
from gatelodge.base.opaque import RefreshTokens
from gatelodge.base.seal import Sealer
from gatelodge.hasher import HashingPool
from gatelodge.keys import Keyring
from gatelodge.model.catalogue import Catalogue, CatalogueRows, index
from gatelodge.model.reads import LoadCatalogue
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
    """

    store: Database
    clock: Clock
    entropy: Entropy
    sealer: Sealer
    refresh_tokens: RefreshTokens
    hashing: HashingPool
    pages: Pages
    issuers: tuple[str, ...]
    mailbox: bool
    snapshot: Snapshot

    @property
    def issuer(self) -> str:
        """The default issuer."""
        return self.issuers[0]

    async def reload(self) -> None:
        """Take up configuration as it is now in the database."""
        self.snapshot = await load_snapshot(self.store, self.sealer)


async def load_snapshot(store: Database, sealer: Sealer) -> Snapshot:
    """Read all configuration and unseal the keys that sign."""
    rows: CatalogueRows = await store.read(LoadCatalogue())
    return Snapshot(index(rows), Keyring(rows.signing_keys, sealer))


def refresh_tokens(sealer: Sealer) -> RefreshTokens:
    """The refresh tokens of these master keys."""
    return RefreshTokens(
        secret_keys=sealer.mac_keys("refresh secret"),
        shield_keys=sealer.mac_keys("refresh shield"),
    )
