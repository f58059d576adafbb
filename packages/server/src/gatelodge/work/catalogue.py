"""Notice within a second that configuration changed, on whichever node."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from gatelodge.base.seal import SealBroken
from gatelodge.connections.saml.keys import KINDS
from gatelodge.first_run import seen_version
from gatelodge.house import House
from gatelodge.keys import missing_keys
from gatelodge.model.catalogue import Catalogue
from gatelodge.model.reads import Pulse
from gatelodge.system import SystemClock

_log: Final = logging.getLogger("gatelodge.work")


async def follow(house: House) -> None:
    """Take up a new version, and the database's clock where it has one.

    A version whose signing keys we cannot open is left alone: what we have still
    holds, and its public keys stay published.
    """
    pulse = await house.store.read(Pulse())
    if isinstance(house.clock, SystemClock):
        house.clock.follow(pulse.now)
    if pulse.version == house.snapshot.catalogue.version:
        return
    try:
        await house.reload()
    except SealBroken:
        _log.error(
            "version %s of the configuration is not taken up: a signing key is sealed"
            " with a master key that this node lacks; add that key and restart",
            pulse.version,
        )
        return
    await ensure_keys(house)


async def ensure_keys(house: House) -> None:
    """Every algorithm that a client or API asks for has keys that sign.

    Of several nodes that make keys at once, one commits; the others follow it.
    """
    catalogue = house.snapshot.catalogue
    now = house.clock.now()
    # An RSA key is a tenth of a second of computing: too long for the event loop.
    writes = await asyncio.to_thread(
        missing_keys,
        catalogue.signing_keys,
        wanted_algorithms(catalogue),
        sealer=house.sealer,
        entropy=house.entropy,
        now=now,
    )
    if not writes:
        return
    seen = seen_version(catalogue.version, now=now)
    if await house.store.commit((seen, *writes)):
        await house.reload()


def wanted_algorithms(catalogue: Catalogue) -> frozenset[str]:
    """RS256 always, because every SDK insists; others as registered.

    SAML has keys of its own, where any connection or app speaks it.
    """
    speaks = any(one.options.saml for one in catalogue.connections) or any(
        one.options.saml for one in catalogue.clients.values()
    )
    saml = KINDS if speaks else ()
    apis = {api.signing_alg for api in catalogue.apis.values()}
    clients = {client.options.id_token_alg for client in catalogue.clients.values()}
    return frozenset({"RS256", *apis, *clients, *saml})
