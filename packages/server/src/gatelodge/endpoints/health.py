"""``/healthz``: the process lives. ``/readyz``: it can do its work."""

from __future__ import annotations

from gatelodge.base.exchange import Exchange, Json, Reply
from gatelodge.house import House
from gatelodge.model.reads import Pulse


async def healthz(house: House, exchange: Exchange) -> Reply:
    """Always 200 while the event loop turns."""
    return Json(body={"status": "ok"})


async def readyz(house: House, exchange: Exchange) -> Reply:
    """200 when the database answers and there is a key to sign with."""
    await house.store.read(Pulse())
    ready = bool(house.snapshot.keyring.algorithms())
    status = "ready" if ready else "no signing key"
    return Json(body={"status": status}, status=200 if ready else 503)
