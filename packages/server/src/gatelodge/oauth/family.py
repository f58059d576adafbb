"""A refresh family is born: one for each device that stays signed in (contract 1.7)."""

from __future__ import annotations

import msgspec

from gatelodge.base.change import Write
from gatelodge.model.client import Client
from gatelodge.model.grant import Family
from gatelodge.model.settings import Settings
from gatelodge.model.writes import EndOldestFamilies, InsertFamily
from gatelodge.oauth.issuance import NextRefresh, ends
from gatelodge.oauth.log import Witness


def birth(
    family: Family,
    *,
    client: Client,
    families: int,
    settings: Settings,
    witness: Witness,
) -> tuple[NextRefresh, tuple[Write, ...]]:
    """Give a new family its ends, and its person a place under the cap.

    ``families``: how many live ones the person has at this client already.
    """
    idle_until, expires_at = ends(client.options.refresh, witness.at)
    born = msgspec.structs.replace(family, idle_until=idle_until, expires_at=expires_at)
    refresh = NextRefresh(family_id=born.id, seed=born.seed, generation=1)
    capped = _cap(born, families, settings.refresh_token_cap, witness)
    return refresh, (InsertFamily(family=born), *capped)


def _cap(
    family: Family, families: int, keep: int, witness: Witness
) -> tuple[Write, ...]:
    """At most so many devices a person and client, and what ends is logged."""
    over = families + 1 - keep
    if over <= 0:
        return ()
    return (
        EndOldestFamilies(
            user_id=family.user_id,
            client_id=family.client_id,
            keep=keep,
            at=witness.at,
            reason="too many devices",
        ),
        witness.line(
            "resource_cleanup",
            client_id=family.client_id,
            user_id=family.user_id,
            nth=1,
            description=f"{over} oldest refresh tokens ended, {keep} are kept",
        ),
    )
