"""An empty database becomes one we can serve from; a full one is left as it is.

Safe to call at every start and from several nodes at once: the commit spends the
catalogue's version as a single-use value, so of two nodes one wins and the other reads
again.
"""

from __future__ import annotations

from typing import Final

from gatelodge.base.change import Write
from gatelodge.base.clock import DAY, Clock
from gatelodge.base.entropy import Entropy
from gatelodge.base.errors import Mistake
from gatelodge.base.ids import ENTITY_ID_BYTES, entity_id
from gatelodge.base.seal import SealBroken, Sealer
from gatelodge.keys import Keyring, missing_keys
from gatelodge.model.catalogue import CatalogueRows
from gatelodge.model.connection import DEFAULT_CONNECTION, Connection
from gatelodge.model.reads import LoadCatalogue
from gatelodge.model.writes import BumpCatalogue, PutConnection, SpendJti
from gatelodge.store.database import Database

_MOST_TRIES: Final = 10
ALGORITHMS: Final = frozenset({"RS256"})


async def prepare(
    database: Database, *, sealer: Sealer, entropy: Entropy, clock: Clock
) -> None:
    """Migrate, then make what every tenant has: a user database, signing keys.

    Raises:
        SchemaMismatch: the schema is newer than this code.
        Mistake: the master key is not the one this database was sealed with.
    """
    await database.migrate()
    for _ in range(_MOST_TRIES):
        rows = await database.read(LoadCatalogue())
        check_master_key(rows, sealer)
        writes = missing(rows, sealer=sealer, entropy=entropy, now=clock.now())
        if await database.commit(writes):
            return
    raise Mistake("configuration keeps changing: the first run could not finish")


def missing(
    rows: CatalogueRows, *, sealer: Sealer, entropy: Entropy, now: int
) -> tuple[Write, ...]:
    """Writes that complete a tenant; none when nothing is missing."""
    keys = missing_keys(
        rows.signing_keys, ALGORITHMS, sealer=sealer, entropy=entropy, now=now
    )
    connection = Connection(
        id=entity_id("con", entropy.draw(ENTITY_ID_BYTES)),
        name=DEFAULT_CONNECTION,
        created_at=now,
    )
    wanted = () if rows.connections else (PutConnection(connection=connection),)
    writes: tuple[Write, ...] = (*wanted, *keys)
    if not writes:
        return ()
    return (seen_version(rows.version, now=now), *writes, BumpCatalogue())


def seen_version(version: int, *, now: int) -> SpendJti:
    """Let a commit of configuration hold only if nobody changed it since ``version``.

    All who change configuration from the outside carry this; of two that read the
    same version, the later one loses.
    """
    return SpendJti(key=f"catalogue:{version}", expires_at=now + DAY)


def check_master_key(rows: CatalogueRows, sealer: Sealer) -> None:
    """Open the signing keys once.

    Raises:
        Mistake: the master key does not open them (security 58).
    """
    try:
        Keyring(rows.signing_keys, sealer)
    except SealBroken:
        raise Mistake(
            "the master key does not open this database's signing keys: restore the"
            " master.key file that belongs to it, or put that key behind the new one"
        ) from None
