"""Identity providers change their keys: metadata is read anew, ends are told of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

import msgspec

from gatelodge.base.change import Write
from gatelodge.base.clock import DAY, HOUR
from gatelodge.base.encoding import digest_of
from gatelodge.base.errors import UpstreamRefusal
from gatelodge.connections.saml import certificates, metadata
from gatelodge.first_run import seen_version
from gatelodge.house import House
from gatelodge.model.connection import Connection
from gatelodge.model.saml import Saml
from gatelodge.model.writes import BumpCatalogue, PutConnection, SpendJti
from gatelodge.oauth.log import LOG_BYTES, Witness

_log: Final = logging.getLogger("gatelodge.work")
AGENT: Final = "gatelodge"
FRESH: Final = 6 * HOUR
_AGAIN: Final = HOUR
ALARM: Final = 30 * DAY
_WEEK: Final = 7 * DAY


class Keeper:
    """Remembers when each provider was asked; another node begins anew."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._due: dict[tuple[str, str], int] = {}

    async def keep(self) -> None:
        """Read metadata that is due, and tell of certificates that end soon."""
        house = self._house
        for connection in house.snapshot.catalogue.connections:
            saml = connection.options.saml
            if saml is not None and self._is_due(connection, saml):
                await self._refresh(connection, saml)
        for connection in house.snapshot.catalogue.connections:
            await _tell(house, connection)

    def _is_due(self, connection: Connection, saml: Saml) -> bool:
        key = (connection.id, saml.metadata_url or "")
        return (
            bool(saml.metadata_url) and self._due.get(key, 0) <= self._house.clock.now()
        )

    async def _refresh(self, connection: Connection, saml: Saml) -> None:
        house = self._house
        now, url = house.clock.now(), saml.metadata_url or ""
        self._due[connection.id, url] = now + _AGAIN
        try:
            fresh = await described(house, saml)
        except UpstreamRefusal as refusal:
            text = "metadata of %s is not taken up: %s"
            _log.warning(text, connection.name, refusal.because)
            return
        self._due[connection.id, url] = now + FRESH
        if fresh != saml:
            await _take_up(house, connection, fresh)


async def described(house: House, saml: Saml) -> Saml:
    """The provider as its metadata has it now; its first reading also names it.

    Raises:
        UpstreamRefusal: it cannot be had, or not be believed.
    """
    raw = await house.gate.metadata(saml.metadata_url or "")
    found = metadata.read(raw, entity_id=saml.entity_id or None)
    named = msgspec.structs.replace(saml, entity_id=saml.entity_id or found.entity_id)
    return metadata.adopted(named, found)


async def _take_up(house: House, connection: Connection, fresh: Saml) -> None:
    """Only on the configuration that was seen: an administrator may be at work."""
    now = house.clock.now()
    options = msgspec.structs.replace(connection.options, saml=fresh)
    changed = msgspec.structs.replace(connection, options=options)
    line = _witness(house).line(
        "sapi",
        connection_id=connection.id,
        description="Take up SAML metadata",
        name=connection.name,
        certificates=[certificates.fingerprint(one) for one in fresh.certificates],
    )
    writes = (
        seen_version(house.snapshot.catalogue.version, now=now),
        PutConnection(connection=changed),
        line,
        BumpCatalogue(),
    )
    if await house.store.commit(writes):
        _log.info("metadata of %s has changed and is taken up", connection.name)
        await house.reload()


async def _tell(house: House, connection: Connection) -> None:
    """Once a week and certificate, in the tenant log and the process's."""
    now = house.clock.now()
    days = days_left(connection, now)
    if days is None:
        return
    saml = connection.options.saml
    last = max(saml.certificates, key=certificates.ends_at) if saml else ""
    key = f"saml alarm\x00{connection.id}\x00{last}\x00{now // _WEEK}"
    text = f"the provider's last certificate ends in {days} days"
    spent = SpendJti(key=digest_of(key), expires_at=now + 2 * _WEEK)
    line: Write = _witness(house).line(
        "w", connection_id=connection.id, description=text, name=connection.name
    )
    if await house.store.commit((spent, line)):
        _log.warning("connection %s: %s", connection.name, text)


def days_left(connection: Connection, now: int) -> int | None:
    """Days until nothing the provider signs counts; None where that is far off."""
    ends = tuple(_ends(connection))
    if not ends or max(ends) - now > ALARM:
        return None
    return int((max(ends) - now) // DAY)


def _ends(connection: Connection) -> Iterator[int]:
    saml = connection.options.saml
    yield from (
        certificates.ends_at(one) for one in (saml.certificates if saml else ())
    )


def _witness(house: House) -> Witness:
    raw = house.entropy.draw(LOG_BYTES)
    return Witness(at=house.clock.now(), ip="", agent=AGENT, raw=raw)
